"""Page ``/latihan``: exercises on invented papers, each with its answer at once. Works without scripts."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from app.core.access import Principal, Role, signed_in
from app.verification.training.exercises import Exercise, find_exercise
from app.verification.training.service import Progress, answer_exercise, find_progress
from app.web.entry import BOXES, Entry, read_entry, write_entry
from app.web.rendering import render
from app.web.task_page import FieldBox, PageBox
from app.web.words import spell_field

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Reader = Annotated[Principal, signed_in(Role.VOLUNTEER, Role.REVIEWER)]
Name = Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,60}$")]


@router.get("/latihan")
async def show_exercise(request: Request, principal: Reader) -> Response:
    """Show the next exercise, or that all are done."""
    async with request.app.state.sessions.begin() as session:
        progress = await find_progress(session, account_id=principal.account_id)
    if progress.next_one is None:
        return render(request, "training_done.html", progress=progress)
    return _show(request, progress.next_one, progress)


@router.post("/latihan/{name}")
async def send_answer(request: Request, name: Name, principal: Reader) -> Response:
    """Take an answer and say what was right; ask again where a box was left empty."""
    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    exercise = find_exercise(name)
    if exercise.shown is not None and form.get("aksi") == "benar":
        entries = {field: write_entry(exercise.shown[field]) for field in exercise.fields}
    else:
        entries = {field: read_entry(form, field) for field in exercise.fields}
    numbers = {field: entry.number() for field, entry in entries.items()}
    async with request.app.state.sessions.begin() as session:
        if not all(entry.complete() for entry in entries.values()):
            progress = await find_progress(session, account_id=principal.account_id)
            return _show(request, exercise, progress, entries)
        done = await answer_exercise(session, account_id=principal.account_id, name=name, numbers=numbers)
    labels = {field: name_number(field) for field in exercise.fields}
    return render(request, "training_feedback.html", done=done, labels=labels, pictures=_list_pictures(exercise))


def _show(
    request: Request, exercise: Exercise, progress: Progress, entries: dict[str, Entry] | None = None
) -> Response:
    shown = exercise.shown or {}
    pictures = _list_pictures(exercise)
    boxes = tuple(
        FieldBox(
            name=field,
            label=name_number(field),
            crop=pictures[field],
            entry=write_entry(shown.get(field)) if entries is None else entries[field],
            shown=shown.get(field),
            wrong=entries is not None and not entries[field].complete(),
        )
        for field in exercise.fields
    )
    return render(
        request,
        "training.html",
        status=200 if entries is None else 422,
        exercise=exercise,
        progress=progress,
        pages=[PageBox(exercise.page, "", boxes, (), "C.HASIL")],
        places=range(BOXES),
        again=entries is not None,
    )


def _list_pictures(exercise: Exercise) -> dict[str, str]:
    return {field: f"/api/v1/training/{exercise.name}/{field}.jpg" for field in exercise.fields}


def name_number(field: str) -> str:
    """Return what an exercise's number is called: its invented paper names no candidates."""
    number = field.removeprefix("suara_")
    return f"No. {int(number)}" if number.isdecimal() else spell_field(field)
