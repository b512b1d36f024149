"""What can be told of whole kelurahan only: equal neighbours, and a TPS unlike the others. It describes, no more.

Kept apart from the other differences, behind them in the queue, and counted nowhere as one.
"""

import asyncio
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.kinds import DESCRIPTIVE
from app.discrepancy.load import Loaded, Stretch, load_some, load_stretch
from app.discrepancy.rules.catalogue import find_all
from app.discrepancy.service import CompareReport, report_plan, rules_of
from app.discrepancy.standing import Plan, Standing, explain_by, load_standing, plan_changes
from app.discrepancy.write import apply_plan, log_comparison
from app.pemilu.definition import Contest
from app.wilayah.codes import parse_kode

KABUPATEN_DIGITS = 4
_LOCK_MANY = text(
    """SELECT count(pg_advisory_xact_lock(hashtextextended(name, 0)))
       FROM unnest(CAST(:names AS text[])) name"""
)
# Everything that a side knows or that stands there, from as many stretches of indexes as there are kelurahan.
_INSIDE = text(
    """SELECT DISTINCT found.kode FROM unnest(CAST(:kelurahan AS text[])) AS one (kode) CROSS JOIN LATERAL (
         SELECT tps_kode AS kode FROM result
         WHERE pemilihan_id = :pemilihan AND current AND tps_kode >= one.kode AND tps_kode < one.kode || ':'
         UNION ALL
         SELECT tps_kode FROM official_current
         WHERE pemilihan_id = :pemilihan AND tps_kode >= one.kode AND tps_kode < one.kode || ':'
         UNION ALL
         SELECT tps_kode FROM discrepancy
         WHERE pemilihan_id = :pemilihan AND state = 'open' AND tps_kode >= one.kode AND tps_kode < one.kode || ':'
       ) found ORDER BY 1"""
)


async def compare_regions(session: AsyncSession, *, contest: Contest, wilayah: str) -> CompareReport:
    """Bring what is told of the kelurahan in a region to the present; ``wilayah``: a kabupaten or anything in it.

    Raises:
        KodeError: no region's code.
    """
    kode = parse_kode(wilayah).text
    await _lock(session, contest, [kode])
    stretch = Stretch(kode, f"{kode}:")
    loaded = await load_stretch(session, contest=contest, stretch=stretch)
    standing = await load_standing(session, contest=contest, kinds=DESCRIPTIVE, between=(stretch.first, stretch.end))
    return await _compare(session, contest, loaded, standing, of=kode)


async def compare_kelurahan(session: AsyncSession, *, contest: Contest, kelurahan: Sequence[str]) -> CompareReport:
    """Do for kelurahan, ascending by code, what :func:`compare_regions` does for one, with as few statements."""
    await _lock(session, contest, kelurahan)
    values = {"pemilihan": contest.id, "kelurahan": list(kelurahan)}
    tps_kodes = list((await session.execute(_INSIDE, values)).scalars())
    loaded = await load_some(session, contest=contest, tps_kodes=tps_kodes)
    standing = await load_standing(session, contest=contest, kinds=DESCRIPTIVE, tps_kodes=tps_kodes)
    of = kelurahan[0] if len(kelurahan) == 1 else f"{kelurahan[0]}-{kelurahan[-1]}"
    return await _compare(session, contest, loaded, standing, of=of)


async def _lock(session: AsyncSession, contest: Contest, kodes: Sequence[str]) -> None:
    """Lock the kabupaten: of a kelurahan and of its kabupaten at once, both would open the same. In their order."""
    kabupaten = sorted({kode[:KABUPATEN_DIGITS] for kode in kodes})
    await session.execute(_LOCK_MANY, {"names": [f"regions/{contest.id}/{kode}" for kode in kabupaten]})


async def _compare(
    session: AsyncSession, contest: Contest, loaded: Loaded, standing: Sequence[Standing], *, of: str
) -> CompareReport:
    rules = rules_of(contest, scope="kelurahan")

    def decide() -> Plan:
        findings = find_all(loaded.figures, contest, rules)
        return plan_changes(standing, findings, explain_by(loaded.figures, {rule.code for rule in rules}))

    plan = await asyncio.to_thread(decide)
    if plan.opened or plan.closed:
        entry = await log_comparison(session, contest=contest, plan=plan, of=of)
        await apply_plan(session, contest=contest, plan=plan, row_ids=loaded.row_ids, entry=entry)
    return report_plan(plan)
