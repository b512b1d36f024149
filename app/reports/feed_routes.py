"""Feeds of what is new. Public."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.core.access import public
from app.discrepancy.listing import list_discrepancies
from app.pemilu.routes import PemilihanInPath
from app.reports.asking import get_public_contest, make_filter
from app.reports.download_routes import find_site
from app.reports.feed import MEDIA_TYPE, NEWEST, write_feed
from app.reports.regions import find_places
from app.reports.routes import REFUSED
from app.wilayah.codes import NATION, parse_kode

router = APIRouter(prefix="/api/v1/feeds", tags=["reports"], dependencies=[public()])

_ATOM: dict[str, Any] = {
    "content": {
        "application/atom+xml": {
            "schema": {"type": "string"},
            "example": '<feed xmlns="http://www.w3.org/2005/Atom"><title>Selisih / Differences</title></feed>',
        }
    },
    "description": "The newest hundred.",
}


@router.get(
    "/discrepancies/{pemilihan}.atom",
    summary="The newest differences as an Atom feed",
    response_class=Response,
    responses={200: _ATOM, 304: {"description": "Nothing is new since `If-None-Match`."}, **REFUSED},
)
async def show_feed(
    request: Request,
    pemilihan: PemilihanInPath,
    wilayah: Annotated[
        str, Query(max_length=40, description="Any region's or TPS's code; `0` is the nation.")
    ] = NATION,
) -> Response:
    """Tell the newest differences of a region. Ask with `If-None-Match` and nothing is sent twice."""
    region = parse_kode(wilayah).text
    async with request.app.state.sessions.begin() as session:
        contest = await get_public_contest(session, kode=pemilihan)
        filters = await make_filter(session, pemilihan=contest.kode, wilayah=region, state="all")
        page = await list_discrepancies(session, filters=filters, order="newest", limit=NEWEST)
        places = await find_places(session, (row.tps_kode for row in page.items))
    body = write_feed(contest, page.items, places, site=find_site(request), wilayah=region)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "public, max-age=60"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)
