"""Page ``/tinjau/foto``: copies and appeals for reviewers; and what an uploader does on ``/unggahan``: appeal, move."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.access import Principal, Role, signed_in
from app.core.errors import RunutError
from app.core.parameters import BIGINT_MAX, RowId
from app.intake.triage.appeals import answer_appeal, appeal_photo
from app.intake.triage.decide import decide_cluster, reopen_cluster
from app.intake.triage.listing import PAGE, count_waiting, list_appeals, list_clusters
from app.intake.triage.place import move_own_photo, move_photo
from app.intake.upload import UPLOADERS
from app.web.errors import render_error
from app.web.rendering import render
from app.web.translation import choose_language
from app.wilayah.service import Region, get_path

router = APIRouter(include_in_schema=False)

Uploader = Annotated[Principal, signed_in(*UPLOADERS)]
Reviewer = Annotated[Principal, signed_in(Role.REVIEWER)]
View = Literal["salinan", "banding", "diputuskan"]
_TEXT_MAX = 1000


@router.get("/tinjau/foto")
async def show_triage(
    request: Request,
    principal: Reviewer,
    lihat: View = "salinan",
    sesudah: Annotated[int | None, Query(ge=0, le=BIGINT_MAX)] = None,
) -> Response:
    """Show pictures that were sent for several TPS, or appeals, oldest first."""
    return await _show(request, principal, lihat, sesudah)


async def _show(
    request: Request, principal: Principal, view: View, after: int | None = None, *, error: RunutError | None = None
) -> Response:
    async with request.app.state.sessions.begin() as session:
        waiting = await count_waiting(session)
        state = "decided" if view == "diputuskan" else "open"
        appeals = await list_appeals(session, after=after) if view == "banding" else ()
        clusters = await list_clusters(session, state=state, after=after) if view != "banding" else ()
        photos = [photo for one in clusters for photo in one.members] + [one.photo for one in appeals]
        places = {kode: await _name_place(session, kode) for kode in {photo.tps_kode for photo in photos}}
    last = [one.appeal.id for one in appeals] or [one.id for one in clusters]
    return render(
        request,
        "triage.html",
        status=200 if error is None else error.status,
        headers={"cache-control": "no-store"},
        view=view,
        clusters=clusters,
        appeals=appeals,
        places=places,
        waiting=waiting,
        first=after is None,
        following=last[-1] if len(last) == PAGE else None,
        mine=principal.account_id,
        error=error,
    )


async def _name_place(session: AsyncSession, kode: str) -> Region:
    return (await get_path(session, kode=kode))[-1]


@router.post("/tinjau/foto/kelompok/{cluster_id}")
async def post_cluster(request: Request, cluster_id: RowId, principal: Reviewer) -> Response:
    """Decide a cluster, or take a decision back, and show the list anew."""
    form = await _read_form(request)
    deed, reason, head = form.get("putusan", ""), form.get("alasan", ""), form.get("foto", "")

    async def act(session: AsyncSession) -> None:
        how: dict[str, Any] = {"cluster_id": cluster_id, "by": principal.account_id, "reason": reason}
        if deed == "buka":
            await reopen_cluster(session, **how)
        elif deed in {"reject", "apart"}:
            await decide_cluster(session, decision=deed, **how)  # type: ignore[arg-type] # one of the two
        else:
            await decide_cluster(session, decision="keep", head_id=_read_number(head), **how)

    return await _act(request, principal, "diputuskan" if deed == "buka" else "salinan", act)


@router.post("/tinjau/foto/banding/{appeal_id}")
async def post_appeal_answer(request: Request, appeal_id: RowId, principal: Reviewer) -> Response:
    """Answer an appeal; with another TPS, grant it by moving the photograph there."""
    form = await _read_form(request)
    grant, answer, tps = form.get("jawab") == "terima", form.get("alasan", ""), form.get("tps", "").strip()

    async def act(session: AsyncSession) -> None:
        appeal = await answer_appeal(
            session, appeal_id=appeal_id, by=principal.account_id, grant=grant and not tps, answer=answer
        )
        if grant and tps:
            await move_photo(session, photo_id=appeal.photo_id, tps=tps, by=principal.account_id, reason=answer)

    return await _act(request, principal, "banding", act)


async def _act(
    request: Request, principal: Principal, view: View, act: Callable[[AsyncSession], Awaitable[None]]
) -> Response:
    try:
        async with request.app.state.sessions.begin() as session:
            await act(session)
    except RunutError as error:
        return await _show(request, principal, view, error=error)
    return _lead(request, "/tinjau/foto", lihat=view)


@router.post("/unggahan/{photo_id}/banding")
async def post_own_appeal(request: Request, photo_id: RowId, principal: Uploader) -> Response:
    """Appeal, and show the uploads anew."""
    form = await _read_form(request)
    try:
        async with request.app.state.sessions.begin() as session:
            await appeal_photo(
                session, photo_id=photo_id, account_id=principal.account_id, note=form.get("catatan", "")
            )
    except RunutError as error:
        return render_error(request, error)
    return _lead(request, "/unggahan", fragment=f"foto-{photo_id}")


@router.post("/unggahan/{photo_id}/pindah")
async def post_own_move(request: Request, photo_id: RowId, principal: Uploader) -> Response:
    """Move one's own photograph to another TPS, and show it there among the uploads."""
    form = await _read_form(request)
    try:
        async with request.app.state.sessions.begin() as session:
            receipt = await move_own_photo(
                session,
                photo_id=photo_id,
                tps=form.get("tps", ""),
                account_id=principal.account_id,
                reason="Salah TPS, kata pengunggah. (Wrong TPS, says the uploader.)",
            )
    except RunutError as error:
        return render_error(request, error)
    return _lead(request, "/unggahan", fragment=f"foto-{receipt.photo_id}", baru=str(receipt.photo_id))


async def _read_form(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=10, max_part_size=_TEXT_MAX * 4) as form:
        return {name: value[:_TEXT_MAX] for name, value in form.items() if isinstance(value, str)}


def _read_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - digits of a bigint


def _lead(request: Request, path: str, fragment: str = "", **query: str) -> RedirectResponse:
    """Lead to the page anew, so that reloading it sends nothing twice."""
    if choose_language(request) == "en":
        query["bahasa"] = "en"
    address = f"{path}?{urlencode(query)}" if query else path
    return RedirectResponse(f"{address}#{fragment}" if fragment else address, status_code=303)
