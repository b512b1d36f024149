"""How often somebody may report: so often that an honest person never notices, so seldom that a list stays readable."""

from datetime import timedelta

from fastapi import Request
from sqlalchemy import func, select

from app.core.access import Principal
from app.core.errors import TooManyRequestsError
from app.lapor.models import LaporReport

BY_ACCOUNT = 30
WINDOW = timedelta(hours=1)


async def count_report(request: Request, principal: Principal | None) -> None:
    """Count a report that is about to be sent, in a transaction of its own: a refusal must not undo the counting.

    Raises:
        TooManyRequestsError: too many of late.
    """
    if principal is None:
        return
    query = select(func.count()).where(
        LaporReport.account_id == principal.account_id, LaporReport.at > func.now() - WINDOW
    )
    async with request.app.state.sessions.begin() as session:
        if (await session.execute(query)).scalar_one() >= BY_ACCOUNT:
            raise TooManyRequestsError(
                "Terlalu banyak laporan dalam satu jam. (Too many reports within an hour.)",
                "Tunggu sebentar, lalu kirim lagi. (Wait a while, then send again.)",
            )
