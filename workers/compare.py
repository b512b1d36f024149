"""Jobs that compare: ``compare`` for some TPS, ``compare_contest`` for all of them, and what whole regions tell.

Results that rest on one source and are far from what is known around them are put before a reviewer as well.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from app.core.database import is_outage
from app.core.jobs import enqueue, enqueue_many, take_waiting
from app.discrepancy.everything import BEHIND, compare_everything, list_to_review
from app.discrepancy.ladder import compare_ladder
from app.discrepancy.regions import compare_kelurahan, compare_regions
from app.discrepancy.service import compare_many
from app.pemilu.service import get_contest
from app.verification.review.check_results import check_results
from app.wilayah.codes import ancestors, parent_of
from workers.job import Context

log = structlog.get_logger(__name__)

REVIEWED_AT_ONCE = 200
KELURAHAN_AT_ONCE = 100
"""So many kelurahan that wait are looked at by one job: a job costs more than looking at one of them."""


async def compare(context: Context, payload: Mapping[str, Any]) -> None:
    """Compare ``{"pemilihan_id", "tps_kode"}`` or ``{"pemilihan_id", "tps_kodes": [...]}``; twice changes nothing."""
    tps_kodes = payload["tps_kodes"] if "tps_kodes" in payload else [payload["tps_kode"]]
    async with context.sessions.begin() as session:
        contest = await get_contest(session, id=payload["pemilihan_id"])
        await compare_many(session, contest=contest, tps_kodes=tps_kodes)
        kelurahan = sorted({parent_of(kode) or "" for kode in tps_kodes})
        await enqueue_many(
            session,
            "compare_regions",
            [{"pemilihan_id": contest.id, "wilayah": kode, "level": "kelurahan"} for kode in kelurahan],
            dedupe=[f"regions/{contest.id}/{kode}" for kode in kelurahan],
            priority=BEHIND,
        )
    # Apart: a comparison notes its flags beside results, and whoever settles locks cases before results.
    async with context.sessions.begin() as session:
        await check_results(session, contest=contest, tps_kodes=tps_kodes)


async def compare_contest(context: Context, payload: Mapping[str, Any]) -> None:
    """Compare ``{"pemilihan_id"}``, every TPS of it; those that a reviewer might have to see are queued once more."""
    async with context.sessions.begin() as session:
        contest = await get_contest(session, id=payload["pemilihan_id"])
        await compare_everything(session, contest=contest)
        weak = await list_to_review(session, contest=contest)
        batches = [weak[start : start + REVIEWED_AT_ONCE] for start in range(0, len(weak), REVIEWED_AT_ONCE)]
        await enqueue_many(session, "compare", [{"pemilihan_id": contest.id, "tps_kodes": batch} for batch in batches])
        ladder = {"pemilihan_id": contest.id}
        await enqueue(session, "compare_ladder", ladder, dedupe=f"compare_ladder/{contest.id}", priority=BEHIND)


async def compare_region(context: Context, payload: Mapping[str, Any]) -> None:
    """Look at the region in ``{"pemilihan_id", "wilayah"}``; with ``"level": "kelurahan"``, at others that wait too."""
    if payload.get("level") == "kelurahan":
        try:
            await _compare_kelurahan(context, payload, others=KELURAHAN_AT_ONCE - 1)
        except Exception as error:
            if is_outage(error):
                raise
            # One of the others may be what fails; they wait again, and each is picked in its turn.
            log.warning("kelurahan could not be looked at together", exc_info=error)
            await _compare_kelurahan(context, payload, others=0)
        return
    async with context.sessions.begin() as session:
        contest = await get_contest(session, id=payload["pemilihan_id"])
        await compare_regions(session, contest=contest, wilayah=payload["wilayah"])
        above = (payload["wilayah"], *ancestors(payload["wilayah"]))
        await compare_ladder(session, contest=contest, kodes=above)


async def _compare_kelurahan(context: Context, payload: Mapping[str, Any], *, others: int) -> None:
    async with context.sessions.begin() as session:
        contest = await get_contest(session, id=payload["pemilihan_id"])
        like = {"pemilihan_id": contest.id, "level": "kelurahan"}
        waiting = await take_waiting(session, "compare_regions", like=like, limit=others)
        kelurahan = sorted({payload["wilayah"], *(one["wilayah"] for one in waiting)})
        await compare_kelurahan(session, contest=contest, kelurahan=kelurahan)
        # Beside the kelurahan everything above them may have another sum now.
        above = {region for kode in kelurahan for region in (kode, *ancestors(kode))}
        await compare_ladder(session, contest=contest, kodes=sorted(above))


async def compare_recaps(context: Context, payload: Mapping[str, Any]) -> None:
    """Hold the sums of ``{"pemilihan_id"}`` against recap sheets and decrees."""
    async with context.sessions.begin() as session:
        contest = await get_contest(session, id=payload["pemilihan_id"])
        await compare_ladder(session, contest=contest)
