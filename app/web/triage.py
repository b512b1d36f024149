"""Page ``/tinjau/foto``: copies and appeals for reviewers; and what an uploader does on ``/unggahan``: appeal, move."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from app.core.access import Principal, Role, signed_in
from app.core.errors import RunutError
from app.core.parameters import BIGINT_MAX, RowId
from app.intake.triage.appeals import answer_appeal, appeal_photo, find_contest_of
from app.intake.triage.by_hand import list_placed, take_placement_back
from app.intake.triage.decide import decide_cluster, reopen_cluster
from app.intake.triage.listing import PAGE, count_waiting, list_appeals, list_clusters
from app.intake.triage.place import move_own_photo
from app.intake.triage.placement import CUT_MAX, Placement
from app.intake.upload import UPLOADERS
from app.intake.views import PhotoView
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.web.errors import render_error
from app.web.rendering import render
from app.web.translation import choose_language
from app.wilayah.service import Region, get_path

router = APIRouter(include_in_schema=False)

Uploader = Annotated[Principal, signed_in(*UPLOADERS)]
Reviewer = Annotated[Principal, signed_in(Role.REVIEWER)]
View = Literal["salinan", "banding", "ditempatkan", "diputuskan"]
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
        clusters = await list_clusters(session, state=state, after=after) if view in {"salinan", "diputuskan"} else ()
        placed = await list_placed(session, before=after, limit=PAGE) if view == "ditempatkan" else ()
        photos = [photo for one in clusters for photo in one.members]
        photos += [one.photo for one in appeals] + [one.photo for one in placed]
        sheets = {one.photo.id: await _list_sheets(session, one.photo) for one in appeals}
        places = {kode: await _name_place(session, kode) for kode in {photo.tps_kode for photo in photos}}
    last = [one.appeal.id for one in appeals] or [one.id for one in clusters]
    last = last or [one.photo.placement_id or 0 for one in placed]
    return render(
        request,
        "triage.html",
        status=200 if error is None else error.status,
        headers={"cache-control": "no-store"},
        view=view,
        clusters=clusters,
        appeals=appeals,
        placed=placed,
        sheets=sheets,
        cut_max=CUT_MAX,
        places=places,
        waiting=waiting,
        first=after is None,
        following=last[-1] if len(last) == PAGE else None,
        mine=principal.account_id,
        error=error,
    )


@dataclass(frozen=True)
class Sheet:
    """A page that a photograph may show. ``value``: as the form sends it; ``sections``: what stands on the page."""

    value: str
    form: str
    page: int
    sections: str


async def _list_sheets(session: AsyncSession, photo: PhotoView) -> tuple[Sheet, ...]:
    """Return the pages of its contest's forms; none for a photograph that the machine can read, or for a document."""
    refused = photo.state == "refused" or (photo.state in {"duplicate", "rejected"} and photo.quality is None)
    if not refused or photo.content_type == "application/pdf":
        return ()
    contest = await get_contest(session, id=photo.pemilihan_id)
    return tuple(
        Sheet(f"{place}/{page}", form, page, ", ".join(one.nama for one in contest.sections_of_page(page, form=form)))
        for place, form in enumerate(contest.form_names)
        for page in contest.pages_of(form, required=False)
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
        placement = None
        if form.get("halaman"):
            contest = await find_contest_of(session, appeal_id=appeal_id)
            placement = _read_placement(contest, form)
        await answer_appeal(
            session,
            appeal_id=appeal_id,
            by=principal.account_id,
            grant=grant,
            answer=answer,
            tps=tps or None,
            placement=placement if grant else None,
        )

    return await _act(request, principal, "banding", act)


def _read_placement(contest: Contest, form: dict[str, str]) -> Placement:
    """Return what was chosen; what is none of the choices is refused where placements are checked."""
    place, _, page = form["halaman"].partition("/")
    number = _read_number(place)
    known = number is not None and number < len(contest.form_names)
    edges = [_read_number(form.get(side, "") or "0") for side in ("atas", "kanan", "bawah", "kiri")]
    top, right, bottom, left = (CUT_MAX + 1 if one is None else one for one in edges)
    turns = _read_number(form.get("putar", "0"))
    return Placement(
        form=contest.form_names[number or 0] if known else "",
        page=_read_number(page) or 0,
        quarter_turns=-1 if turns is None else turns,
        cut=(top, right, bottom, left),
    )


@router.post("/tinjau/foto/ditempatkan/{photo_id}")
async def post_unplace(request: Request, photo_id: RowId, principal: Reviewer) -> Response:
    """Take a placement back, and show the list anew."""
    reason = (await _read_form(request)).get("alasan", "")

    async def act(session: AsyncSession) -> None:
        await take_placement_back(session, photo_id=photo_id, by=principal.account_id, reason=reason)

    return await _act(request, principal, "ditempatkan", act)


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
    async with request.form(max_files=0, max_fields=12, max_part_size=_TEXT_MAX * 4) as form:
        return {name: value[:_TEXT_MAX] for name, value in form.items() if isinstance(value, str)}


def _read_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None  # noqa: PLR2004 - digits of a bigint


def _lead(request: Request, path: str, fragment: str = "", **query: str) -> RedirectResponse:
    """Lead to the page anew, so that reloading it sends nothing twice."""
    if choose_language(request) == "en":
        query["bahasa"] = "en"
    address = f"{path}?{urlencode(query)}" if query else path
    return RedirectResponse(f"{address}#{fragment}" if fragment else address, status_code=303)
