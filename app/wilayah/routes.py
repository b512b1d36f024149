"""The electoral geography. Public."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.core.access import public
from app.core.errors import ErrorAnswer
from app.wilayah import service
from app.wilayah.schemas import FoundAnswer, PlaceAnswer, answer_region, answer_tps

router = APIRouter(prefix="/api/v1/wilayah", tags=["wilayah"], dependencies=[public()])

KodeInPath = Annotated[
    str, Path(max_length=40, description="KPU's code; 0 is the nation. Dots between digits are allowed.")
]


@router.get("", summary="Search regions")
async def search_regions(
    request: Request,
    *,
    q: Annotated[str, Query(max_length=80, description="Words of a name, or the beginning of a code.")] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> FoundAnswer:
    """Find current regions whose name holds every word of `q`; the exact name and higher levels come first."""
    async with request.app.state.sessions.begin() as session:
        found = await service.search_wilayah(session, text=q, limit=limit)
    return FoundAnswer(q=q, found=[answer_region(one) for one in found])


@router.get(
    "/{kode}",
    summary="A region, what it lies in and what lies in it",
    responses={404: {"model": ErrorAnswer}, 422: {"model": ErrorAnswer}},
)
async def show_region(request: Request, kode: KodeInPath) -> PlaceAnswer:
    """Return a region by its code. Codes that a later edition ended stay known and name their successors."""
    async with request.app.state.sessions.begin() as session:
        region = await service.resolve(session, kode=kode)
        path = await service.get_path(session, kode=region.kode)
        children = await service.list_children(session, kode=region.kode)
        places = await service.list_tps(session, kelurahan=region.kode)
    return PlaceAnswer(
        region=answer_region(region),
        path=[answer_region(one) for one in path],
        children=[answer_region(one) for one in children],
        tps=[answer_tps(one) for one in places],
    )
