"""What a task is to the person who holds it, and the errors he may meet."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError, NotFoundError, RunutError
from app.core.statements import Statements, share
from app.pemilu.definition import Contest, Section
from app.pemilu.service import fetch_contest
from app.verification.held_task import HeldTask, TaskPhoto, find_own_task

NUMBER_MAX = 999
"""Three boxes a number."""

SKIP_REASONS = ("unreadable", "wrong_page", "not_a_form", "later")
"""``later`` speaks of the reader (no time), the others of the photo."""


class LeaseExpiredError(RunutError):
    """The task was held too long and has gone back into the queue."""

    status = 410
    code = "lease_expired"


@dataclass(frozen=True)
class TaskPage:
    """One page on the screen: its photograph and the fields to read on it, in the form's order.

    ``page`` names it within the task: a page of the chief form, the first whose fields are read here. What the paper
    itself says is ``form`` and ``form_page``. ``placement``: of a photograph that a reviewer placed by hand: it is
    shown whole.
    """

    page: int
    photo_id: int
    photo_sha256: str
    fields: tuple[str, ...]
    form: str
    form_page: int
    placement: int | None = None


@dataclass(frozen=True)
class DealtTask:
    """A task as its holder sees it. Which TPS it is is not told: nobody is to look the numbers up elsewhere.

    ``shown``: the machine's values in confirm mode, otherwise null. ``sums``: (total, terms) that the form should obey,
    for a neutral hint after entry.
    """

    id: uuid.UUID
    contest: Contest
    section: str
    mode: str
    pages: tuple[TaskPage, ...]
    shown: Mapping[str, int] | None
    sums: tuple[tuple[str, tuple[str, ...]], ...]
    leased_until: datetime
    plant_id: int | None
    """The planted item that it shows, for whoever fetches its pictures; told to nobody."""

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """All fields to read, page by page."""
        return tuple(name for page in self.pages for name in page.fields)

    def find_photo(self, field: str) -> int:
        """Return the photograph that shows ``field``. Raises as :meth:`find_page_of`."""
        return self.find_page_of(field).photo_id

    def find_page_of(self, field: str) -> TaskPage:
        """Return the page that shows ``field``.

        Raises:
            NotFoundError: the task does not ask for it.
        """
        for page in self.pages:
            if field in page.fields:
                return page
        raise NotFoundError(f"Tugas ini tidak meminta {field!r}. (This task does not ask for it.)")

    def find_page(self, number: int) -> TaskPage:
        """Return the page of this number.

        Raises:
            NotFoundError: the task does not show it.
        """
        for page in self.pages:
            if page.page == number:
                return page
        raise NotFoundError(f"Tugas ini tidak menunjukkan halaman {number}. (This task does not show that page.)")


async def get_task(session: AsyncSession | Statements, *, task_id: uuid.UUID, account_id: int) -> DealtTask:
    """Return the task that this person holds now.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
        ConflictError: he has answered or skipped it.
        LeaseExpiredError: he held it too long.
    """
    statements = await share(session)
    held = await find_own_task(statements, task_id=task_id, account_id=account_id)
    require_live(held)
    return await describe_task(statements, held)


def require_live(held: HeldTask) -> None:
    """Check that the task is still held.

    Raises:
        ConflictError, LeaseExpiredError: see :func:`get_task`.
    """
    if held.state in {"answered", "skipped"}:
        message = "Tugas ini sudah selesai. (This task is done.)"
        raise ConflictError(message, "Ambil tugas berikutnya. (Take the next task.)", code="task_done")
    if held.state == "expired" or held.over:
        message = "Waktu untuk tugas ini sudah habis. (The time for this task is over.)"
        raise LeaseExpiredError(message, "Ambil tugas baru; tidak ada yang hilang. (Take a new task; nothing is lost.)")


async def describe_task(statements: Statements, held: HeldTask) -> DealtTask:
    """Return the task as its holder sees it."""
    contest = await fetch_contest(statements, id=held.pemilihan_id, md5=held.contest_md5)
    pages = _lay_pages(contest, contest.section(held.section), held.photos)
    asked = {name for page in pages for name in page.fields}
    sums = tuple((one.total, one.terms) for one in contest.identities if asked.issuperset(one.fields))
    return DealtTask(
        held.id, contest, held.section, held.mode, pages, held.shown, sums, held.leased_until, held.plant_id
    )


def _lay_pages(contest: Contest, section: Section, photos: Sequence[TaskPhoto]) -> tuple[TaskPage, ...]:
    """Return the pages to read, each field on one of them: the sheet that shows less of the section goes first.

    A sheet of another form may show what a page beside it shows too; it was dealt for the rest.
    """
    shown = [(contest.parts_on(section, form=one.form, page=one.page), one) for one in photos if one.page is not None]
    laid: dict[int, TaskPage] = {}
    taken: set[int] = set()
    for parts, one in sorted(shown, key=lambda found: (len(found[0]), found[1].id)):
        own = tuple(part for part in parts if part not in taken)
        taken.update(own)
        if own and one.page is not None:
            fields = tuple(name for part in own for name in section.pages[part])
            form = one.form or contest.form_name
            laid[own[0]] = TaskPage(own[0], one.id, one.sha256, fields, form, one.page, one.placement)
    return tuple(page for _, page in sorted(laid.items()))


def check_numbers(task: DealtTask, numbers: Mapping[str, int | None]) -> None:
    """Check that an answer has exactly the fields asked for, each 0 to 999 or null.

    Raises:
        InvalidInputError: names the field and says what to do.
    """
    for name in task.fields:
        if name not in numbers:
            message = f"Isian {name} belum ada. (The field {name} is missing.)"
            raise InvalidInputError(message, "Isi angkanya, atau null bila tidak terbaca. (Give a number, or null.)")
    for name, number in numbers.items():
        if name not in task.fields:
            message = f"Isian {name[:40]!r} tidak diminta. (The field is not asked for.)"
            raise InvalidInputError(message, f"Diminta (asked for): {', '.join(task.fields)}.")
        if number is not None and not 0 <= number <= NUMBER_MAX:
            message = f"{name} = {number}: di luar 0 sampai {NUMBER_MAX}. (outside 0 to {NUMBER_MAX}.)"
            raise InvalidInputError(message, "Tulis apa yang ada pada formulir. (Write what the form shows.)")
