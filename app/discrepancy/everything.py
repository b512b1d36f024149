"""Compare a whole contest at once: stretch by stretch of the country, figures by COPY, rules over arrays, rows by COPY.

What `compare_many` does for the TPS of a job, in the same rules and the same rows. One log entry a stretch instead of
one a difference: a nation's first comparison opens more than a hundred thousand, and each of them can still be proved
from the entry's hash.
"""

import asyncio
from collections.abc import Callable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue_many
from app.discrepancy.kinds import PLAIN
from app.discrepancy.load import Stretch, load_stretch
from app.discrepancy.rules.catalogue import find_all
from app.discrepancy.rules.finding import Rule
from app.discrepancy.service import CompareReport, lock_contest, report_plan, rules_of
from app.discrepancy.standing import Plan, explain_by, load_standing, plan_changes
from app.discrepancy.write import apply_plan, log_comparison
from app.pemilu.definition import Contest
from app.tally.service import note_flagged

NUMBERS_AT_ONCE = 1_500_000
"""Numbers of one side in memory together: some 50,000 TPS of the presidential form."""
LAST = ":"
"""Stands behind every code: it follows 9."""
BEHIND = -1
"""Priority of what describes: behind all that people wait for."""

Progress = Callable[[int], None]
"""Called with the number of TPS compared so far."""

_KABUPATEN = text("SELECT kode, tps_count FROM wilayah WHERE tingkat = 'kabupaten_kota' ORDER BY kode")
_WEAK = text(
    """SELECT DISTINCT d.tps_kode FROM discrepancy d
       JOIN result r ON r.pemilihan_id = d.pemilihan_id AND r.tps_kode = d.tps_kode AND r.current
       WHERE d.pemilihan_id = :pemilihan AND d.state = 'open' AND d.kind = 'number'
         AND r.state = 'accepted' AND r.source_class = 'one_uploader' ORDER BY 1"""
)


async def compare_everything(
    session: AsyncSession, *, contest: Contest, progress: Progress | None = None
) -> CompareReport:
    """Bring all differences of a contest to what the rules find now; doing it twice changes nothing.

    TPS that only the authority knows are looked at as well. What needs whole kelurahan is queued, a job a kabupaten.
    """
    await lock_contest(session, contest)
    rules = rules_of(contest, scope="tps")
    reports: list[CompareReport] = []
    done = 0
    for stretch in await list_stretches(session, contest):
        plan, count = await _compare_stretch(session, contest, stretch, rules)
        reports.append(report_plan(plan))
        done += count
        if progress:
            progress(done)
    await queue_regions(session, contest=contest)
    # A hundred thousand rows have come: a download planned on the old statistics would compare each with each.
    await session.execute(text("ANALYZE discrepancy"))
    return CompareReport(
        sum(one.opened for one in reports), sum(one.kept for one in reports), sum(one.closed for one in reports)
    )


async def list_stretches(session: AsyncSession, contest: Contest) -> list[Stretch]:
    """Cut the codes into stretches of whole kabupaten that fit into memory; together they hold every code there is."""
    wide = NUMBERS_AT_ONCE // len(contest.fields)
    cuts, count = [""], 0
    for kode, tps in await session.execute(_KABUPATEN):
        if count and count + tps > wide:
            cuts.append(kode)
            count = 0
        count += tps
    return [Stretch(first, end) for first, end in zip(cuts, [*cuts[1:], LAST], strict=True)]


async def _compare_stretch(
    session: AsyncSession, contest: Contest, stretch: Stretch, rules: Sequence[Rule]
) -> tuple[Plan, int]:
    """Compare one stretch; return what was changed, and how many TPS there are."""
    loaded = await load_stretch(session, contest=contest, stretch=stretch)
    between = (stretch.first, stretch.end)
    standing = await load_standing(session, contest=contest, kinds=PLAIN, between=between)

    def decide() -> Plan:
        findings = find_all(loaded.figures, contest, rules)
        return plan_changes(standing, findings, explain_by(loaded.figures, {rule.code for rule in rules}))

    plan = await asyncio.to_thread(decide)  # seconds of arithmetic, in which the loop must not stand still
    if plan.opened or plan.closed:
        entry = await log_comparison(session, contest=contest, plan=plan, of=f"{stretch.first}-{stretch.end}")
        await apply_plan(session, contest=contest, plan=plan, row_ids=loaded.row_ids, entry=entry)
    # Of all that stood or stands: also where nothing changed a new round of the TPS may not know it yet.
    flagged = {row.tps_kode for row in standing} | {one.finding.tps_kode for one in plan.opened}
    await note_flagged(session, pemilihan_id=contest.id, counts=plan.count_flagged(flagged))
    return plan, len(loaded.figures.tps_kodes)


async def list_to_review(session: AsyncSession, *, contest: Contest) -> list[str]:
    """Return the TPS whose accepted result rests on one uploader and differs from the official votes, by code."""
    return list((await session.execute(_WEAK, {"pemilihan": contest.id})).scalars())


async def queue_regions(session: AsyncSession, *, contest: Contest) -> None:
    """Queue what is told of whole kelurahan for the whole contest, a job a kabupaten."""
    kodes = [kode for kode, _ in await session.execute(_KABUPATEN)]
    payloads = [{"pemilihan_id": contest.id, "wilayah": kode} for kode in kodes]
    keys = [f"regions/{contest.id}/{kode}" for kode in kodes]
    ordered = sorted(zip(keys, payloads, strict=True), key=lambda pair: pair[0])
    await enqueue_many(
        session,
        "compare_regions",
        [payload for _, payload in ordered],
        dedupe=[key for key, _ in ordered],
        priority=BEHIND,
    )
