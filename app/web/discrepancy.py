"""The page of one difference: both sides beside one another, its history, and what a monitor may do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Principal, Role, public, signed_in
from app.core.errors import NotFoundError, RunutError
from app.core.parameters import RowId
from app.discrepancy.kinds import LADDER
from app.discrepancy.life import (
    MAY_FOLLOW,
    Event,
    Step,
    assign,
    find_undoable,
    list_events,
    note_look,
    note_words,
    take_step,
    undo_step,
)
from app.discrepancy.listing import get_discrepancy
from app.discrepancy.margin import MarginEffect, weigh_margin
from app.discrepancy.rows import DiscrepancyRow
from app.discrepancy.rules.catalogue import BY_CODE
from app.official.service import OfficialFigures, list_official_history
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.tally.holding import is_held
from app.tally.scope import OutsideContestError
from app.tally.service import get_result, get_tally
from app.verification.review.cases import NOTE_MAX
from app.verification.service import view_sections
from app.web import discrepancy_words as words
from app.web.rendering import render
from app.web.trail import Step as TrailStep
from app.web.trail import make_trail
from app.web.translation import choose_language
from app.web.words import name_briefly, name_field
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Deed = Literal["lihat", "ambil", "lepas", "catat", "pastikan", "laporkan", "jelaskan", "buka", "batal"]
_STEPS: Mapping[str, Step] = {
    "pastikan": "confirmed",
    "laporkan": "reported",
    "jelaskan": "explained",
    "buka": "reopened",
}
MONITORS = (Role.MONITOR, Role.REVIEWER)
Monitor = Annotated[Principal, signed_in(*MONITORS)]


@dataclass(frozen=True)
class Line:
    """One number on both sides; ``photo_id``: whose boxes show ours, where it is decided.

    ``placed``: that photograph was placed by hand, and there is no public picture of it.
    """

    field: str
    nama: str
    ours: int | None
    official: int | None
    photo_id: int | None
    placed: bool


@dataclass(frozen=True)
class Lead:
    """What the difference does to the lead in one region."""

    region: str
    effect: MarginEffect


@dataclass(frozen=True)
class DiscrepancyPage:
    """Everything that the page shows. ``then``: official figures when it was opened; ``now``: as they are."""

    row: DiscrepancyRow
    contest: Contest
    trail: tuple[TrailStep, ...]
    lines: tuple[Line, ...]
    photos: tuple[int, ...]
    then: OfficialFigures | None
    closing: OfficialFigures | None
    leads: tuple[Lead, ...]
    events: tuple[Event, ...]


@router.get("/selisih/cara", dependencies=[public()])
async def show_rules(request: Request) -> HTMLResponse:
    """Tell how figures are compared, rule by rule."""
    return render(request, "discrepancy_rules.html", rules=BY_CODE, kinds=words.RULES, ladder=sorted(LADDER))


@router.get("/selisih/nomor/{discrepancy_id}", dependencies=[public()])
async def show_discrepancy(request: Request, discrepancy_id: RowId) -> HTMLResponse:
    """Show one difference."""
    return await _show(request, discrepancy_id)


async def _show(
    request: Request, discrepancy_id: int, *, error: RunutError | None = None, typed: Mapping[str, str] | None = None
) -> HTMLResponse:
    principal: Principal | None = getattr(request.state, "principal", None)
    async with request.app.state.sessions.begin() as session:
        row = await get_discrepancy(session, discrepancy_id=discrepancy_id)
        contest = await get_contest(session, id=row.pemilihan_id)
        if is_held(contest):
            return render(request, "not_yet.html", contest=contest, trail=())
        page = await _load_page(session, row, contest)
    monitor = principal is not None and (principal.role is Role.ADMIN or principal.role in MONITORS)
    who = principal.account_id if principal is not None and monitor else 0
    return render(
        request,
        "discrepancy.html",
        status=200 if error is None else error.status,
        headers={"cache-control": "no-store"} if principal else {},
        page=page,
        what=words.name_difference(contest, row),
        rule=BY_CODE.get(row.kind),
        words=words,
        brief=name_briefly,
        monitor=monitor,
        mine=who,
        looked=any(one.event == "looked" and one.account_id == who for one in page.events),
        steps=[step for step in _STEPS.values() if row.life in MAY_FOLLOW[step]],
        undoable=find_undoable(page.events, who) if monitor else None,
        error=error,
        typed=dict.fromkeys(get_args(Deed), "") | dict(typed or {}),
        note_max=NOTE_MAX,
    )


async def _load_page(session: AsyncSession, row: DiscrepancyRow, contest: Contest) -> DiscrepancyPage:
    history: Sequence[OfficialFigures] = ()
    if row.kind not in LADDER:
        history = await list_official_history(session, pemilihan_id=contest.id, tps_kode=row.tps_kode)
    by_id = {one.row_id: one for one in history}
    lines = await _load_lines(session, row, contest, history[0] if history else None)
    return DiscrepancyPage(
        row=row,
        contest=contest,
        trail=await _load_trail(session, row, contest),
        lines=lines,
        photos=tuple(sorted({line.photo_id for line in lines if line.photo_id is not None and not line.placed})),
        then=by_id.get(row.official_row_id or 0),
        closing=by_id.get(row.closed_row_id or 0),
        leads=await _load_leads(session, row, contest),
        events=await list_events(session, discrepancy_id=row.id),
    )


async def _load_trail(session: AsyncSession, row: DiscrepancyRow, contest: Contest) -> tuple[TrailStep, ...]:
    """Return the way to the place. A TPS that only the authority knows has none."""
    try:
        return make_trail(contest, await get_path(session, kode=row.tps_kode))
    except NotFoundError:
        return ()


async def _load_lines(
    session: AsyncSession, row: DiscrepancyRow, contest: Contest, official: OfficialFigures | None
) -> tuple[Line, ...]:
    """Return the numbers that the difference speaks of, as they are now on both sides."""
    if row.kind in LADDER:
        return ()
    theirs = dict(zip(contest.fields, official.numbers, strict=True)) if official else {}
    try:
        ours: Mapping[str, int | None] = (await get_result(session, contest=contest, tps_kode=row.tps_kode)).numbers
    except (NotFoundError, OutsideContestError):
        ours = {}
    photos: dict[str, int] = {}
    placed: set[int] = set()
    for view in await view_sections(session, contest=contest, tps_kode=row.tps_kode) if ours else ():
        if view.decision is not None and view.decision.outcome == "accept":
            pages = contest.section(view.section).pages
            photos |= {name: photo for page, photo in view.decision.photos.items() for name in pages[page]}
            placed |= view.decision.placed
    return tuple(
        Line(field, name_field(contest, field), ours.get(field), theirs.get(field), photo, placed=photo in placed)
        for field in words.fields_of(contest, row)
        for photo in [photos.get(field)]
    )


async def _load_leads(session: AsyncSession, row: DiscrepancyRow, contest: Contest) -> tuple[Lead, ...]:
    """Return what it does to the lead, from the kelurahan up; nothing where it is about no choice."""
    if row.kind != "number" or row.field not in {choice.field for choice in contest.choices}:
        return ()
    leads = []
    for region in reversed(await get_path(session, kode=row.tps_kode)):
        sums = (await get_tally(session, contest=contest, kode=region.kode)).sums
        effect = weigh_margin(sums, contest, row.field, row.difference)
        if effect is not None:
            leads.append(Lead(region.nama, effect))
    return tuple(leads)


@router.post("/selisih/nomor/{discrepancy_id}/{deed}")
async def act(
    request: Request, discrepancy_id: RowId, deed: Deed, principal: Monitor, kata: Annotated[str, Form()] = ""
) -> Response:
    """Do what the button says; where that is refused, show the page once more with why, and what was typed."""
    try:
        async with request.app.state.sessions.begin() as session:
            await _act(session, deed, discrepancy_id, principal.account_id, kata)
    except RunutError as error:
        if isinstance(error, NotFoundError):
            raise
        return await _show(request, discrepancy_id, error=error, typed={deed: kata})
    query = f"?{urlencode({'bahasa': 'en'})}" if choose_language(request) == "en" else ""
    place = "#gambar" if deed == "lihat" else ""
    return RedirectResponse(f"/selisih/nomor/{discrepancy_id}{query}{place}", status_code=303)


async def _act(session: AsyncSession, deed: Deed, discrepancy_id: int, who: int, note: str) -> None:
    """Do one thing with a difference."""
    if deed == "lihat":
        await note_look(session, discrepancy_id=discrepancy_id, account_id=who)
    elif deed in {"ambil", "lepas"}:
        await assign(session, discrepancy_id=discrepancy_id, account_id=who, take=deed == "ambil")
    elif deed == "catat":
        await note_words(session, discrepancy_id=discrepancy_id, account_id=who, note=note)
    elif deed == "batal":
        await undo_step(session, discrepancy_id=discrepancy_id, account_id=who)
    else:
        await take_step(session, discrepancy_id=discrepancy_id, account_id=who, step=_STEPS[deed], note=note)
