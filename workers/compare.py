"""Job ``compare``: bring the differences of some TPS to the present state of results and official figures.

Results that rest on one source and are far from what is known around them are put before a reviewer as well.
"""

from collections.abc import Mapping
from typing import Any

from app.discrepancy.service import compare_many
from app.pemilu.service import get_contest
from app.verification.review.check_results import check_results
from workers.job import Context


async def compare(context: Context, payload: Mapping[str, Any]) -> None:
    """Compare ``{"pemilihan_id", "tps_kode"}`` or ``{"pemilihan_id", "tps_kodes": [...]}``; twice changes nothing."""
    tps_kodes = payload["tps_kodes"] if "tps_kodes" in payload else [payload["tps_kode"]]
    async with context.sessions.begin() as session:
        contest = await get_contest(session, id=payload["pemilihan_id"])
        await compare_many(session, contest=contest, tps_kodes=tps_kodes)
    # Apart: a comparison notes its flags beside results, and whoever settles locks cases before results.
    async with context.sessions.begin() as session:
        await check_results(session, contest=contest, tps_kodes=tps_kodes)
