"""What an import moves in each kecamatan: sums for the rules of ``alarm_rules.py``, added up by PostgreSQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.official.alarm_rules import ChartGap, Finding, Movement, find_alarms
from app.official.models import OfficialAlarm
from app.official.staging import Comparison
from app.pemilu.definition import Contest, Identity

CHOICES_MAX = 40
"""With more choices in a contest, only its parties are watched and not each of their candidates."""
ALARMS_MAX = 2_000
"""Alarms that one import raises, the gravest; a file of nonsense is not to fill the page."""

# Rows are votes where any choice has a number; "new" is a TPS that had none.
_MOVED = """
SELECT left(x.tps_kode, 6) AS kode,
       count(*) FILTER (WHERE {has_now} AND NOT {had_before}) AS tps_new,
       count(*) FILTER (WHERE {had_before} AND ({differs})) AS tps_changed, {sums}
FROM {changed} x {before}
WHERE NOT x.older AND x.new_numbers GROUP BY 1 ORDER BY 1
"""
_BEFORE = """
SELECT left(c.tps_kode, 6) AS kode, count(*) FILTER (WHERE {had_before}) AS tps_before, {sums}
FROM official_current c JOIN official_row r ON r.id = c.row_id
WHERE c.pemilihan_id = :pemilihan_id GROUP BY 1 ORDER BY 1
"""


async def load_movements(session: AsyncSession, contest: Contest, comparison: Comparison) -> list[Movement]:
    """Return what a staged import moves in each kecamatan. To be called before its rows are written."""
    if not comparison.to_compare:
        return []
    return await _load_movements(session, contest, comparison, watched_choices(contest), watched_charts(contest))


def list_findings(contest: Contest, movements: Sequence[Movement]) -> list[Finding]:
    """Return what the rules find in the movements of an import, the gravest last."""
    charts = [identity.total for identity in watched_charts(contest)]
    return find_alarms(movements, watched_choices(contest), charts)[-ALARMS_MAX:] if movements else []


async def write_alarms(
    session: AsyncSession, contest: Contest, findings: Sequence[Finding], *, snapshot_id: int
) -> None:
    """Write alarms of this import, in the order given."""
    place = {"snapshot_id": snapshot_id, "pemilihan_id": contest.id}
    rows = [
        {**place, "kind": one.kind, "kode": one.kode, "field": one.field, "facts": one.facts, "severity": one.severity}
        for one in findings
    ]
    if rows:
        await session.execute(insert(OfficialAlarm), rows)


def watched_choices(contest: Contest) -> list[str]:
    """Return the fields of the choices that are watched: all with an official name, or the parties of a long list."""
    known = [choice for choice in contest.choices if choice.field in contest.official_names]
    if len(known) > CHOICES_MAX:
        known = [choice for choice in known if choice.partai is None or choice.nama == choice.partai]
    return [choice.field for choice in known]


def watched_charts(contest: Contest) -> list[Identity]:
    """Return the identities whose total the authority keeps in another part of its file than the terms."""

    def part(field: str) -> str | None:
        return contest.official_names[field].split(".")[0] if field in contest.official_names else None

    found = []
    for identity in contest.identities:
        parts = {part(field) for field in identity.terms}
        if len(parts) == 1 and None not in parts and part(identity.total) not in {None, *parts}:
            found.append(identity)
    return found


async def _load_movements(
    session: AsyncSession, contest: Contest, comparison: Comparison, choices: list[str], charts: list[Identity]
) -> list[Movement]:
    places = [contest.places[field] for field in choices]
    now = [comparison.number(place) for place in places]
    previous = ["NULL::integer" if comparison.first else f"r.numbers[{place + 1}]" for place in places]
    pairs = list(zip(now, previous, strict=True))
    sums = [f"sum(coalesce({new}, 0) - coalesce({old}, 0))" for new, old in pairs]
    sums += [column for identity in charts for column in _spell_chart(contest, comparison, identity)]
    moved = _MOVED.format(
        changed=comparison.relation,
        before="" if comparison.first else "LEFT JOIN official_row r ON r.id = x.previous_id",
        has_now=_any_known(now),
        had_before=_any_known(previous),
        differs=" OR ".join(f"{new} IS DISTINCT FROM {old}" for new, old in pairs) or "false",
        sums=", ".join(sums) or "0",
    )
    before = await _load_before(session, contest, places) if not comparison.first else {}
    rows = {row[0]: row for row in await session.execute(text(moved), dict(comparison.binds))}
    nothing = (0,) * len(places)
    found = []
    for kode in sorted(rows.keys() | before.keys()):
        tps_before, votes = before.get(kode, (0, nothing))
        counts = [
            int(number or 0) for number in rows.get(kode, (kode, *(0,) * (2 + len(places) + 3 * len(charts))))[1:]
        ]
        gain, gaps = tuple(counts[2 : 2 + len(places)]), counts[2 + len(places) :][: 3 * len(charts)]
        found.append(
            Movement(
                kode=kode,
                tps_before=tps_before,
                tps_new=counts[0],
                tps_changed=counts[1],
                before=votes,
                gain=gain,
                charts=tuple(ChartGap(*gaps[start : start + 3]) for start in range(0, len(gaps), 3)),
            )
        )
    return found


async def _load_before(
    session: AsyncSession, contest: Contest, places: Sequence[int]
) -> dict[str, tuple[int, tuple[int, ...]]]:
    columns = [f"r.numbers[{place + 1}]" for place in places]
    sums = ", ".join(f"coalesce(sum({column}), 0)" for column in columns) or "0"
    statement = _BEFORE.format(had_before=_any_known(columns), sums=sums)
    rows: Any = await session.execute(text(statement), {"pemilihan_id": contest.id})
    return {row[0]: (row[1], tuple(int(number) for number in row[2 : 2 + len(places)])) for row in rows}


def _any_known(columns: Sequence[str]) -> str:
    return f"(coalesce({', '.join(columns)}) IS NOT NULL)" if columns else "false"


def _spell_chart(contest: Contest, comparison: Comparison, identity: Identity) -> tuple[str, str, str]:
    terms = " + ".join(comparison.number(contest.places[field]) for field in identity.terms)
    gap = f"({terms} - {comparison.number(contest.places[identity.total])})"
    return f"count(*) FILTER (WHERE {gap} <> 0)", f"sum(abs({gap}))", f"sum({gap})"
