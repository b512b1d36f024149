"""Page ``/periksa``: read the numbers of a form, one task after another. Works without scripts."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import Response

from app.core.access import Principal, Role, signed_in
from app.core.errors import RunutError
from app.verification import queue
from app.verification.queue import SKIP_REASONS, DealtTask
from app.web.entry import BOXES, Entry, closes, read_entry, write_entry
from app.web.field_groups import FieldGroup, group_fields
from app.web.rendering import render
from app.web.translation import choose_language
from app.web.words import name_briefly

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Reader = Annotated[Principal, signed_in(Role.VOLUNTEER, Role.REVIEWER)]


@dataclass(frozen=True)
class FieldBox:
    """One number on the page. ``wrong``: the boxes do not make a number; ``shown``: the machine's value, to confirm."""

    name: str
    label: str
    crop: str
    entry: Entry
    shown: int | None
    wrong: bool = False


@dataclass(frozen=True)
class SumHint:
    """A sum whose total stands in a block: shown when the numbers are entered and do not obey it.

    ``key``: as the page's script finds it, ``total=term+term``.
    """

    key: str
    words: str


@dataclass(frozen=True)
class GroupBox:
    """A block of the form: see :class:`app.web.field_groups.FieldGroup`. ``fields``: each with its name here."""

    title: str
    columns: bool
    fields: tuple[tuple[str, FieldBox], ...]
    hints: tuple[SumHint, ...]


@dataclass(frozen=True)
class PageBox:
    """One page of a form with its numbers, in blocks where it has many. ``number``: as printed; ``form``: its name."""

    number: int
    picture: str
    fields: tuple[FieldBox, ...]
    groups: tuple[GroupBox, ...]
    form: str


@router.get("/periksa")
async def show_task(
    request: Request, principal: Reader, selesai: uuid.UUID | None = None, kosong: str = ""
) -> Response:
    """Show the task this person holds, or the button to take one.

    ``selesai``: the task just answered; ``kosong``: there was nothing to deal.
    """
    async with request.app.state.sessions.begin() as session:
        task = await queue.find_task(session, account_id=principal.account_id)
    if task is None:
        return render(request, "verify_start.html", done=selesai, empty=bool(kosong), error=None)
    return _render_task(request, task, done=selesai)


@router.post("/periksa")
async def take_task(request: Request, principal: Reader) -> Response:
    """Take the next task and show it."""
    return await _lead_to_next(request, principal)


@router.post("/periksa/{task_id}")
async def send_answer(request: Request, task_id: uuid.UUID, principal: Reader) -> Response:
    """Take the numbers; ask once more, neutrally, where the form's sums do not close; go on to the next task."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        async with request.app.state.sessions.begin() as session:
            task = await queue.get_task(session, task_id=task_id, account_id=principal.account_id)
            entries = _read_entries(task, form)
            if (asking := _ask_again(request, task, entries, form)) is not None:
                return asking
            numbers = {name: entry.number() for name, entry in entries.items()}
            await queue.answer_task(session, task_id=task_id, account_id=principal.account_id, numbers=numbers)
    except RunutError as error:
        return render(request, "verify_start.html", status=error.status, done=None, empty=False, error=error)
    return await _lead_to_next(request, principal, selesai=str(task_id))


@router.post("/periksa/{task_id}/lewati")
async def skip(request: Request, task_id: uuid.UUID, principal: Reader) -> Response:
    """Skip the task for the reason of the button that was pressed; go on to the next."""
    reason = str((await request.form()).get("alasan", ""))
    try:
        async with request.app.state.sessions.begin() as session:
            await queue.skip_task(session, task_id=task_id, account_id=principal.account_id, reason=reason)
    except RunutError as error:
        return render(request, "verify_start.html", status=error.status, done=None, empty=False, error=error)
    return await _lead_to_next(request, principal)


@router.post("/periksa/{task_id}/batal")
async def take_back(request: Request, task_id: uuid.UUID, principal: Reader) -> Response:
    """Take the last answer back."""
    try:
        async with request.app.state.sessions.begin() as session:
            await queue.undo_answer(session, task_id=task_id, account_id=principal.account_id)
    except RunutError as error:
        return render(request, "verify_start.html", status=error.status, done=None, empty=False, error=error)
    return _lead(request)


async def _lead_to_next(request: Request, principal: Principal, **query: str) -> Response:
    async with request.app.state.sessions.begin() as session:
        task = await queue.deal_task(
            session,
            account_id=principal.account_id,
            role=principal.role,
            lease_seconds=request.app.state.settings.lease_seconds,
        )
    return _lead(request, **query) if task is not None else _lead(request, kosong="1", **query)


def _lead(request: Request, **query: str) -> RedirectResponse:
    """Lead to the page anew, so that reloading it sends nothing twice."""
    if choose_language(request) == "en":
        query["bahasa"] = "en"
    return RedirectResponse(f"/periksa?{urlencode(query)}" if query else "/periksa", status_code=303)


def _read_entries(task: DealtTask, form: Mapping[str, str]) -> dict[str, Entry]:
    """Return what was entered; "all right" stands for the values that were shown."""
    if task.shown is not None and form.get("aksi") == "benar":
        return {name: write_entry(task.shown[name]) for name in task.fields}
    return {name: read_entry(form, name) for name in task.fields}


def _ask_again(
    request: Request, task: DealtTask, entries: Mapping[str, Entry], form: Mapping[str, str]
) -> Response | None:
    """Return the page once more where something is missing, or (once) where the sums do not close."""
    numbers = {name: entry.number() for name, entry in entries.items()}
    if any(not entry.complete() for entry in entries.values()):
        return _render_task(request, task, status=422, entries=entries)
    if "yakin" not in form and not all(closes(total, terms, numbers) for total, terms in task.sums):
        return _render_task(request, task, entries=entries, open_sums=True)
    return None


def _render_task(
    request: Request,
    task: DealtTask,
    *,
    status: int = 200,
    entries: Mapping[str, Entry] | None = None,
    open_sums: bool = False,
    done: uuid.UUID | None = None,
) -> Response:
    """Return the page of a task. ``entries``: what was typed before, to be corrected."""
    return render(
        request,
        "verify.html",
        status=status,
        headers={"cache-control": "no-store"},
        task=task,
        pages=_lay_pages(task, entries),
        places=range(BOXES),
        again=entries is not None,
        open_sums=open_sums,
        sums=[{"total": total, "terms": list(terms)} for total, terms in task.sums],
        reasons=SKIP_REASONS,
        done=done,
    )


def _lay_pages(task: DealtTask, entries: Mapping[str, Entry] | None) -> list[PageBox]:
    own = f"/api/v1/tasks/{task.id}"
    shown = task.shown or {}
    boxes = {
        name: FieldBox(
            name=name,
            label=name_briefly(task.contest, name),
            crop=f"{own}/crops/{name}.jpg",
            entry=write_entry(shown.get(name)) if entries is None else entries[name],
            shown=shown.get(name),
            wrong=entries is not None and not entries[name].complete(),
        )
        for name in task.fields
    }
    return [
        PageBox(
            page.form_page,
            f"{own}/pages/{page.page}.jpg",
            tuple(boxes[name] for name in page.fields),
            tuple(_lay_group(task, group, boxes) for group in group_fields(page.fields)),
            page.form,
        )
        for page in task.pages
    ]


def _lay_group(task: DealtTask, group: FieldGroup, boxes: Mapping[str, FieldBox]) -> GroupBox:
    """Return a block with the sums whose totals stand in it; its own numbers are called by their names in it."""
    here = dict(zip(group.fields, group.names, strict=True))
    hints = []
    for total, terms in task.sums:
        if total in here:
            called = here if here.keys() >= {*terms} else {name: boxes[name].label for name in task.fields}
            words = f"{called[total]} = {' + '.join(called[term] for term in terms)}"
            hints.append(SumHint(f"{total}={'+'.join(terms)}", words))
    fields = tuple((name, boxes[field]) for field, name in here.items())
    return GroupBox(group.title, group.columns, fields, tuple(hints))
