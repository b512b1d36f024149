"""Page ``/unggah``: find the TPS, then send photographs of its form; without scripts one photograph at a time."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.access import Principal, signed_in
from app.core.errors import RunutError
from app.intake.routes import keep_photo
from app.intake.service import find_place, list_uploads
from app.intake.upload import UPLOADERS, Upload, read_upload
from app.pemilu.definition import Contest
from app.pemilu.service import list_contests
from app.web.rendering import render
from app.wilayah.codes import NATION, is_within
from app.wilayah.service import Region, TpsPlace, get_path, list_children, list_tps, resolve, search_wilayah

router = APIRouter(include_in_schema=False)

RECENT_PHOTOS = 60
RECENT_MAX = 3
FOUND_MAX = 15


class Step(BaseModel):
    """How far the person has come: what the address says has been chosen or searched for."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    pemilihan: str = Field(default="", max_length=100)
    wilayah: str = Field(default="", max_length=20)
    tps: str = Field(default="", max_length=40)
    q: str = Field(default="", max_length=80)
    bahasa: str = ""


@dataclass(frozen=True)
class RecentTps:
    """A TPS this person sent photographs of lately, so that page 3 is one tap away from page 2."""

    pemilihan: str
    kode: str
    nomor: int
    kelurahan: str


@dataclass(frozen=True)
class Chooser:
    """How far the choice of a TPS has come: the path so far, and what can be chosen next."""

    path: tuple[Region, ...]
    children: tuple[Region, ...]
    tps: tuple[TpsPlace, ...]
    found: tuple[Region, ...]


@router.get("/unggah")
async def show_upload(
    request: Request,
    step: Annotated[Step, Query()],
    principal: Principal = signed_in(*UPLOADERS),
) -> Response:
    """Show the next step: contest, region after region, TPS, and at last the buttons to send."""
    async with request.app.state.sessions.begin() as session:
        contests = await list_contests(session)
        contest = next((one for one in contests if one.kode == step.pemilihan), contests[0] if contests else None)
        if contest is None:
            return render(request, "upload_place.html", contests=(), contest=None, error=None)
        error: RunutError | None = None
        if step.tps:
            try:
                return await _show_sending(request, session, contest, step.tps)
            except RunutError as refused:
                error = refused
        chooser = await _choose(session, contest, step)
        recent = await _find_recent(session, principal, contests)
    return render(
        request,
        "upload_place.html",
        status=error.status if error else 200,
        contests=contests,
        contest=contest,
        chooser=chooser,
        recent=recent,
        error=error,
        step=step,
    )


@router.post("/unggah")
async def post_upload(request: Request, upload: Annotated[Upload, Depends(read_upload)]) -> Response:
    """Keep one photograph sent by a browser without scripts and show it among the uploads."""
    receipt = await keep_photo(request.app.state, upload)
    language = "&bahasa=en" if request.query_params.get("bahasa") == "en" else ""
    return RedirectResponse(f"/unggahan?baru={receipt.photo_id}{language}#foto-{receipt.photo_id}", status_code=303)


async def _show_sending(request: Request, session: AsyncSession, contest: Contest, tps: str) -> Response:
    contest, kode = await find_place(session, pemilihan=contest.kode, tps=tps)
    path = await get_path(session, kode=kode)
    wanted = [(form, contest.pages_of(form, required=True)) for form in contest.form_names]
    return render(
        request,
        "upload.html",
        contest=contest,
        tps=kode,
        nomor=int(kode[-3:]),
        places=path[1:],
        wanted=wanted,
        megabytes=request.app.state.settings.photo_bytes_max // 1_048_576,
    )


async def _choose(session: AsyncSession, contest: Contest, step: Step) -> Chooser:
    region = await resolve(session, kode=step.wilayah or NATION)
    children = await list_children(session, kode=region.kode)
    return Chooser(
        path=await get_path(session, kode=region.kode),
        children=tuple(child for child in children if _touches(contest, child.kode)),
        tps=await list_tps(session, kelurahan=region.kode) if region.tingkat == "kelurahan" else (),
        found=tuple(
            hit
            for hit in (await search_wilayah(session, text=step.q, limit=FOUND_MAX) if step.q else ())
            if _touches(contest, hit.kode)
        ),
    )


def _touches(contest: Contest, kode: str) -> bool:
    """Tell whether some TPS of this region may vote in the contest."""
    return any(is_within(kode, region) or is_within(region, kode) for region in contest.wilayah)


async def _find_recent(session: AsyncSession, principal: Principal, contests: tuple[Contest, ...]) -> list[RecentTps]:
    names = {contest.id: contest.kode for contest in contests}
    sent = await list_uploads(session, account_id=principal.account_id, limit=RECENT_PHOTOS)
    places = list(dict.fromkeys((names[one.photo.pemilihan_id], one.photo.tps_kode) for one in sent))[:RECENT_MAX]
    return [
        RecentTps(pemilihan, kode, int(kode[-3:]), (await get_path(session, kode=kode))[-1].nama)
        for pemilihan, kode in places
    ]
