"""Differences as pages of JSON. Public: everything here is decided or published already."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import public
from app.core.errors import ErrorAnswer
from app.discrepancy.kinds import Kind
from app.discrepancy.listing import (
    PAGE_MAX,
    DiscrepancyFilter,
    DiscrepancyPage,
    Order,
    count_discrepancies,
    list_discrepancies,
)
from app.discrepancy.models import Life, Severity
from app.reports.answers import DiscrepancyList, answer_page
from app.reports.asking import GroupWord, StateWord, make_filter
from app.reports.paging import cursor_behind, parse_cursor, read_page_after
from app.reports.regions import find_places

router = APIRouter(prefix="/api/v1", tags=["reports"], dependencies=[public()])

REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "The contest or the region is not known."},
    409: {"model": ErrorAnswer, "description": "The contest's numbers are not public yet: voting goes on."},
    422: {"model": ErrorAnswer, "description": "A word of the filter is none."},
}
BIGGEST = 2**31 - 1


class DiscrepancyQuery:
    """The filter as it stands in an address."""

    def __init__(
        self,
        *,
        pemilihan: Annotated[str | None, Query(description="Contest, e.g. `ppwp-2024`. Default: all.")] = None,
        wilayah: Annotated[
            str | None, Query(description="Any region's or TPS's code; `0` is the nation. Default: all.")
        ] = None,
        kind: Annotated[Kind | None, Query(description="Code of a rule. Default: all.")] = None,
        group: Annotated[GroupWord, Query(description="Which list.")] = "difference",
        severity: Annotated[Severity | None, Query(description="Default: all sizes.")] = None,
        state: Annotated[StateWord, Query(description="Whether it still stands.")] = "open",
        life: Annotated[Life | None, Query(description="What has been made of it. Default: all.")] = None,
        field: Annotated[str | None, Query(max_length=100, description="One field or sum.")] = None,
        min_size: Annotated[int, Query(ge=0, le=BIGGEST, description="Smallest size, without its sign.")] = 0,
        opened_from: Annotated[datetime | None, Query(description="Found then or later (ISO 8601).")] = None,
        opened_before: Annotated[datetime | None, Query(description="Found before then (ISO 8601).")] = None,
    ) -> None:
        self.pemilihan = pemilihan
        self.words: dict[str, Any] = {
            "pemilihan": pemilihan,
            "wilayah": wilayah,
            "kind": kind,
            "group": group,
            "severity": severity,
            "state": state,
            "life": life,
            "field": field,
            "min_size": min_size,
            "opened_from": opened_from,
            "opened_before": opened_before,
        }

    async def as_filter(self, session: AsyncSession) -> DiscrepancyFilter:
        """Look the contest up and return the filter. Raises NotFoundError, NotYetPublicError."""
        return await make_filter(session, **self.words)


@router.get(
    "/discrepancies",
    summary="Differences between accepted numbers and official figures",
    response_description="One page, and the totals of all that the filter lets through.",
    responses=REFUSED,
)
async def show_discrepancies(
    request: Request,
    query: Annotated[DiscrepancyQuery, Depends()],
    *,
    order: Annotated[Order, Query(description="The largest first, or the newest.")] = "size",
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 100,
    offset: Annotated[int, Query(ge=0, le=BIGGEST, description="For those who count; slow on late pages.")] = 0,
    after: Annotated[str | None, Query(max_length=100, description="`next` of the page before.")] = None,
) -> DiscrepancyList:
    """List differences. A difference says that two copies of one sheet are to be checked, not which one is right."""
    async with request.app.state.sessions.begin() as session:
        filters = await query.as_filter(session)
        if after is None:
            page = await list_discrepancies(session, filters=filters, order=order, limit=limit, offset=offset)
        else:
            items = await read_page_after(
                session, filters=filters, cursor=parse_cursor(after, order=order), limit=limit
            )
            page = DiscrepancyPage(items, await count_discrepancies(session, filters=filters), limit, offset)
        places = await find_places(session, (item.tps_kode for item in page.items))
    return answer_page(page, places, following=cursor_behind(page.items, order=order, limit=limit))
