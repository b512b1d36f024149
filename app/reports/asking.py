"""From the words of an address or a command line to what is asked for, and whether it may be shown yet."""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.kinds import Kind
from app.discrepancy.listing import DiscrepancyFilter
from app.pemilu.definition import Contest
from app.pemilu.publication import check_public, may_publish
from app.pemilu.service import get_contest, list_contests

StateWord = Literal["open", "closed", "all"]


async def get_public_contest(session: AsyncSession, *, kode: str) -> Contest:
    """Return a contest whose numbers may be shown.

    Raises:
        NotFoundError: there is none of this code.
        NotYetPublicError: its numbers are not public before the time that the election file names.
    """
    return check_public(await get_contest(session, kode=kode))


async def make_filter(
    session: AsyncSession,
    *,
    pemilihan: str | None = None,
    wilayah: str | None = None,
    kind: Kind | None = None,
    state: StateWord = "open",
    field: str | None = None,
    min_size: int = 0,
) -> DiscrepancyFilter:
    """Return the filter; without a contest, all whose numbers may be shown.

    Raises:
        NotFoundError, NotYetPublicError: as :func:`get_public_contest`.
    """
    if pemilihan:
        contests = [await get_public_contest(session, kode=pemilihan)]
    else:
        contests = [contest for contest in await list_contests(session) if may_publish(contest)]
    return DiscrepancyFilter(
        pemilihan_ids=tuple(contest.id for contest in contests),
        wilayah=wilayah or None,
        kind=kind,
        state=None if state == "all" else state,
        field=field or None,
        min_size=min_size,
    )
