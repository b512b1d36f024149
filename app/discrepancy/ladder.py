"""From C to D: hold the sums over regions against recap sheets, decrees and pages of totals, at every level."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.everything import list_stretches
from app.discrepancy.kinds import LADDER, Kind
from app.discrepancy.load import load_stretch
from app.discrepancy.models import ClosedBy
from app.discrepancy.rules.figures import UNKNOWN
from app.discrepancy.rules.finding import Finding
from app.discrepancy.rules.ladder import Sheet, Sum, add_children, compare_sheet
from app.discrepancy.service import CompareReport, report_plan
from app.discrepancy.standing import Explain, Standing, load_standing, plan_changes
from app.discrepancy.write import apply_plan, log_comparison
from app.official.recaps import list_recaps
from app.pemilu.definition import Contest
from app.wilayah.codes import NATION

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_OURS = text(
    """SELECT kode, sums, tps_expected > 0 AND tps_accepted = tps_expected AS whole FROM tally
       WHERE pemilihan_id = :pemilihan AND kode = ANY(CAST(:kodes AS text[])) AND tps_accepted > 0"""
)
_EXPECTED = text("SELECT kode, tps_count FROM wilayah WHERE kode = ANY(CAST(:kodes AS text[]))")
_CHILDREN = text(
    """SELECT induk, array_agg(kode ORDER BY kode) AS kodes FROM wilayah
       WHERE induk = ANY(CAST(:kodes AS text[])) AND edisi_akhir IS NULL AND tps_count > 0 GROUP BY induk"""
)


async def compare_ladder(
    session: AsyncSession, *, contest: Contest, kodes: Sequence[str] | None = None
) -> CompareReport:
    """Bring the differences between sums and sheets to the present; twice changes nothing.

    Our sums are those of the tally as it was last rolled up; the authority's own are added up here, from its TPS.
    ``kodes``: our sums alone, and of these regions only: what a new result may have changed, without all figures.
    """
    await session.execute(_LOCK, {"name": f"ladder/{contest.id}"})
    recaps = await list_recaps(session, pemilihan_id=contest.id, kodes=kodes)
    sheets = [Sheet(one.kode, one.source_kind, one.numbers) for one in recaps]
    findings = await _find_ours(session, contest, sheets) if sheets else []
    if sheets and kodes is None:
        findings += await _find_official(session, contest, sheets)
        findings += await _find_between(session, contest, sheets)
    off = set(contest.discrepancies.off)
    findings = [one for one in findings if one.code not in off]
    if kodes is None:
        standing = await load_standing(session, contest=contest, kinds=LADDER, between=("", ":"))
    else:
        standing = await load_standing(session, contest=contest, kinds={Kind.LADDER_OURS}, tps_kodes=kodes)
    plan = plan_changes(standing, findings, _explain_by(sheets, contest.fields, off))
    if plan.opened or plan.closed:
        entry = await log_comparison(session, contest=contest, plan=plan, of="ladder")
        await apply_plan(session, contest=contest, plan=plan, row_ids={}, entry=entry)
    return report_plan(plan)


def _explain_by(sheets: Sequence[Sheet], fields: Sequence[str], off: set[str]) -> Explain:
    stated = {
        (sheet.kode, f"{field}@{sheet.kind}"): number
        for sheet in sheets
        for field, number in zip(fields, sheet.numbers, strict=True)
    }

    def explain(row: Standing) -> ClosedBy:
        if row.kind in off:
            return "rules_changed"
        same = stated.get((row.tps_kode, row.field.partition("/")[0])) == row.official
        return "result_changed" if same and row.kind == Kind.LADDER_OURS else "official_changed"

    return explain


async def _find_ours(session: AsyncSession, contest: Contest, sheets: Sequence[Sheet]) -> list[Finding]:
    """Hold our tally against the sheets. A sum over accepted TPS lacks fields of sections that nobody waits for."""
    values = {"pemilihan": contest.id, "kodes": sorted({sheet.kode for sheet in sheets})}
    required = set(contest.required_fields)
    sums = {
        row.kode: Sum(
            [number if field in required else None for field, number in zip(contest.fields, row.sums, strict=True)],
            whole=row.whole,
        )
        for row in await session.execute(_OURS, values)
    }
    return [
        finding
        for sheet in sheets
        if sheet.kode in sums
        for finding in compare_sheet(sheet, sums[sheet.kode], contest.fields, Kind.LADDER_OURS)
    ]


async def _find_official(session: AsyncSession, contest: Contest, sheets: Sequence[Sheet]) -> list[Finding]:
    """Hold the authority's own figures of TPS against its sheets."""
    kodes = sorted({sheet.kode for sheet in sheets})
    added = await _add_official(session, contest, kodes)
    expected: dict[str, int] = dict((await session.execute(_EXPECTED, {"kodes": kodes})).all())
    found: list[Finding] = []
    for sheet in sheets:
        sums, known = added.get(sheet.kode, (None, None))
        if sums is None or known is None:
            continue
        numbers = [int(number) if count else None for number, count in zip(sums, known, strict=True)]
        # Whole field by field: the votes may all be there while page 1 is not.
        for whole in (True, False):
            chosen = [
                number if (count >= expected.get(sheet.kode, np.inf)) == whole else None
                for number, count in zip(numbers, known.tolist(), strict=True)
            ]
            found += compare_sheet(sheet, Sum(chosen, whole=whole), contest.fields, Kind.LADDER_OFFICIAL)
    return found


Added = tuple[NDArray[np.int64], NDArray[np.int64]]


async def _add_official(session: AsyncSession, contest: Contest, kodes: Iterable[str]) -> dict[str, Added]:
    """Return sums, and numbers of TPS that state a field, over the authority's TPS in each of these regions."""
    lengths = sorted({0 if kode == NATION else len(kode) for kode in kodes})
    wanted = set(kodes)
    width = len(contest.fields)
    added: dict[str, Added] = defaultdict(lambda: (np.zeros(width, np.int64), np.zeros(width, np.int64)))
    for stretch in await list_stretches(session, contest):
        figures = (await load_stretch(session, contest=contest, stretch=stretch)).figures
        numbers = np.where(figures.official == UNKNOWN, 0, figures.official).astype(np.int64)
        stated = (figures.official != UNKNOWN).astype(np.int64)
        for length in lengths:
            regions = np.array([kode[:length] or NATION for kode in figures.tps_kodes])
            names, begins = np.unique(regions, return_index=True)
            for place, name in enumerate(names.tolist()):
                if name in wanted:
                    rows = slice(begins[place], begins[place + 1] if place + 1 < len(names) else None)
                    added[name][0].__iadd__(numbers[rows].sum(axis=0))
                    added[name][1].__iadd__(stated[rows].sum(axis=0))
    return added


async def _find_between(session: AsyncSession, contest: Contest, sheets: Sequence[Sheet]) -> list[Finding]:
    """Hold each sheet against the sheets of its kind right below, and against other papers of the same region."""
    rows = await session.execute(_CHILDREN, {"kodes": sorted({sheet.kode for sheet in sheets})})
    children: dict[str, list[str]] = dict(rows.all())
    found: list[Finding] = []
    for sheet in sheets:
        same = [one for one in sheets if one.kind == sheet.kind]
        below = add_children(same, children.get(sheet.kode, []))
        if below is not None:
            found += compare_sheet(sheet, below, contest.fields, Kind.LADDER_RECAP, "/below")
        for other in sheets:
            if other.kode == sheet.kode and other.kind > sheet.kind:
                one = Sum(other.numbers, whole=True)
                found += compare_sheet(sheet, one, contest.fields, Kind.LADDER_RECAP, f"/{other.kind}")
    return found
