"""What can be told of whole kelurahan only: equal neighbours, and a TPS unlike the others. It describes, no more.

Kept apart from the other differences, behind them in the queue, and counted nowhere as one.
"""

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.kinds import DESCRIPTIVE
from app.discrepancy.load import Stretch, load_stretch
from app.discrepancy.rules.catalogue import find_all
from app.discrepancy.service import CompareReport, report_plan, rules_of
from app.discrepancy.standing import Plan, explain_by, load_standing, plan_changes
from app.discrepancy.write import apply_plan, log_comparison
from app.pemilu.definition import Contest
from app.wilayah.codes import parse_kode

KABUPATEN_DIGITS = 4
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


async def compare_regions(session: AsyncSession, *, contest: Contest, wilayah: str) -> CompareReport:
    """Bring what is told of the kelurahan in a region to the present; ``wilayah``: a kabupaten or anything in it.

    Raises:
        KodeError: no region's code.
    """
    kode = parse_kode(wilayah).text
    # Of a kelurahan and of its kabupaten at once, both would open the same.
    await session.execute(_LOCK, {"name": f"regions/{contest.id}/{kode[:KABUPATEN_DIGITS]}"})
    rules = rules_of(contest, scope="kelurahan")
    stretch = Stretch(kode, f"{kode}:")
    loaded = await load_stretch(session, contest=contest, stretch=stretch)
    standing = await load_standing(session, contest=contest, kinds=DESCRIPTIVE, between=(stretch.first, stretch.end))

    def decide() -> Plan:
        findings = find_all(loaded.figures, contest, rules)
        return plan_changes(standing, findings, explain_by(loaded.figures, {rule.code for rule in rules}))

    plan = await asyncio.to_thread(decide)
    if plan.opened or plan.closed:
        entry = await log_comparison(session, contest=contest, plan=plan, of=kode)
        await apply_plan(session, contest=contest, plan=plan, row_ids=loaded.row_ids, entry=entry)
    return report_plan(plan)
