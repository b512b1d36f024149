"""Pictures of decided forms, for everybody: the covered page and the boxes of one field, nothing else."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import public
from app.core.errors import NotFoundError
from app.core.parameters import RowId
from app.intake.service import crop_key, get_photo, page_key
from app.pemilu.service import get_contest
from app.verification.service import view_sections

router = APIRouter(include_in_schema=False)

_KEPT = "public, max-age=300"
"""Short: a decision may be withdrawn, and its pictures with it."""


@router.get("/foto/{photo_id}/halaman.jpg", dependencies=[public()])
async def show_page(request: Request, photo_id: RowId) -> Response:
    """Return the straightened page with names and signatures covered."""
    async with request.app.state.sessions.begin() as session:
        await _require_decided(session, photo_id)
    return await _send(request, page_key(photo_id))


@router.get("/foto/{photo_id}/angka/{field}.jpg", dependencies=[public()])
async def show_crop(request: Request, photo_id: RowId, field: str) -> Response:
    """Return the boxes of one field."""
    async with request.app.state.sessions.begin() as session:
        fields = await _require_decided(session, photo_id)
    if field not in fields:
        raise _absent()
    return await _send(request, crop_key(photo_id, field))


async def _require_decided(session: AsyncSession, photo_id: int) -> tuple[str, ...]:
    """Return the fields on the photograph's page, if the current decision of its section rests on it.

    Raises:
        NotFoundError: there is no such photograph, or people may still be asked to read it.
    """
    photo = await get_photo(session, photo_id=photo_id)
    if photo.placement_id is not None:
        raise NotFoundError(
            "Foto ini dibaca orang dari gambar utuhnya dan tidak ditampilkan. "
            "(People read this photograph from the whole picture, and it is not shown.)",
            "Nama dan tanda tangan di dalamnya tidak dapat ditutup. (Names and signatures on it cannot be covered.)",
        )
    contest = await get_contest(session, id=photo.pemilihan_id)
    for section in await view_sections(session, contest=contest, tps_kode=photo.tps_kode):
        decision = section.decision
        if decision is not None and decision.outcome == "accept":
            pages = contest.section(section.section).pages
            fields = tuple(name for page, shown in decision.photos.items() if shown == photo_id for name in pages[page])
            if fields:
                return fields
    raise _absent()


def _absent() -> NotFoundError:
    return NotFoundError(
        "Gambar ini tidak ada atau belum dibuka. (There is no such picture, or it is not public yet.)",
        "Gambar dibuka setelah angkanya diputuskan. (Pictures open once the numbers are decided.)",
    )


async def _send(request: Request, key: str) -> Response:
    data: bytes = await request.app.state.storage.read(key)
    return Response(data, media_type="image/jpeg", headers={"Cache-Control": _KEPT})
