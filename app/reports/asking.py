"""From the words of an address or a command line to what is asked for, and whether it may be shown yet."""

from datetime import UTC, datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.kinds import Group, Kind
from app.discrepancy.listing import DiscrepancyFilter
from app.discrepancy.models import Life, Severity
from app.pemilu.definition import Contest
from app.pemilu.publication import check_public
from app.pemilu.service import get_contest, list_contests
from app.tally.holding import is_held

StateWord = Literal["open", "closed", "all"]
GroupWord = Literal[Group, "all"]


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
    group: GroupWord = "difference",
    severity: Severity | None = None,
    life: Life | None = None,
    opened_from: datetime | None = None,
    opened_before: datetime | None = None,
) -> DiscrepancyFilter:
    """Return the filter; without a contest, all whose numbers may be shown. A moment without a zone is taken as UTC.

    Raises:
        NotFoundError, NotYetPublicError: as :func:`get_public_contest`.
    """
    if pemilihan:
        contests = [await get_public_contest(session, kode=pemilihan)]
    else:
        contests = [contest for contest in await list_contests(session) if not is_held(contest)]
    return DiscrepancyFilter(
        pemilihan_ids=tuple(contest.id for contest in contests),
        wilayah=wilayah or None,
        kind=kind,
        state=None if state == "all" else state,
        field=field or None,
        min_size=min_size,
        group=None if group == "all" else group,
        severity=severity,
        life=life,
        opened_from=_with_zone(opened_from),
        opened_before=_with_zone(opened_before),
    )


def _with_zone(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
