"""How a task's form is laid out for whoever reads it, and what he typed taken off it again; any page that shows one."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request
from starlette.responses import Response

from app.verification.queue import SKIP_REASONS, DealtTask
from app.web.entry import BOXES, Entry, closes, read_entry, write_entry
from app.web.field_groups import FieldGroup, group_fields
from app.web.rendering import render
from app.web.words import name_briefly


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
    """One page of a form with its numbers, in blocks where it has many. ``number``: as printed; ``form``: its name.

    ``whole``: there are no pictures of single numbers, only one of all of it.
    """

    number: int
    picture: str
    fields: tuple[FieldBox, ...]
    groups: tuple[GroupBox, ...]
    form: str
    whole: bool = False


def read_entries(task: DealtTask, form: Mapping[str, str]) -> dict[str, Entry]:
    """Return what was entered; "all right" stands for the values that were shown."""
    if task.shown is not None and form.get("aksi") == "benar":
        return {name: write_entry(task.shown[name]) for name in task.fields}
    return {name: read_entry(form, name) for name in task.fields}


def ask_again(
    request: Request, task: DealtTask, entries: Mapping[str, Entry], form: Mapping[str, str], *, base: str = ""
) -> Response | None:
    """Return the page once more where something is missing, or (once) where the sums do not close.

    ``base``: see :func:`render_task`.
    """
    numbers = {name: entry.number() for name, entry in entries.items()}
    if any(not entry.complete() for entry in entries.values()):
        return render_task(request, task, status=422, entries=entries, base=base)
    if "yakin" not in form and not all(closes(total, terms, numbers) for total, terms in task.sums):
        return render_task(request, task, entries=entries, open_sums=True, base=base)
    return None


def render_task(
    request: Request,
    task: DealtTask,
    *,
    status: int = 200,
    entries: Mapping[str, Entry] | None = None,
    open_sums: bool = False,
    done: uuid.UUID | None = None,
    base: str = "",
) -> Response:
    """Return the page of a task. ``entries``: what was typed before, to be corrected.

    ``base``: the address that the answer is sent to, and with ``/lewati`` after it a skip; the queue's own without it.
    """
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
        base=base or f"/periksa/{task.id}",
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
            page.placement is not None,
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
