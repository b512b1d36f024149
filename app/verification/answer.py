"""What comes back from a person: an answer, a skip, or a second thought. Each may come twice; it counts once.

None of them waits for the rule: each puts the section on the settle list, and a settler looks at it right after.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError
from app.core.statements import Statements, share
from app.pemilu.service import fetch_contest
from app.transparency.canonical import canonical_json
from app.transparency.service import APPEND_ONE, NEXT_ENTRY
from app.verification.dealt_here import take_dealt
from app.verification.giving_back import require_may_give_back
from app.verification.held_task import HeldTask, find_own_task, lock_own_task, no_task
from app.verification.locks import lock_section_of_task
from app.verification.plants.service import record_plant_answer, skip_plant, undo_plant_answer
from app.verification.record import name_subject
from app.verification.record_answer import record_answer
from app.verification.settle_list import LIST_OF_LIVE_TASK, list_section_of
from app.verification.tasks import SKIP_REASONS, DealtTask, check_numbers, describe_task, require_live

UNDO_WITHIN = timedelta(seconds=30)
UNDONE = "undone by the reader"

_SKIP = f"""
WITH listed AS ({LIST_OF_LIVE_TASK})
UPDATE task t SET state = 'skipped', skip_reason = $3, answered_at = now() FROM listed
WHERE t.id = $1 AND t.account_id = $2 AND t.section_id = listed.id AND t.state = 'leased' AND t.leased_until > now()
RETURNING t.id"""  # noqa: S608 - put together from constants
_IS_LAST = """
SELECT answered_at >= now() - $3::interval AND answered_at = (
    SELECT max(answered_at) FROM task WHERE account_id = $2 AND state = 'answered') AS may
FROM task WHERE id = $1"""
_UNDO = f"""
WITH gone AS (
    INSERT INTO reading_withdrawal (reading_id, by_account_id, reason)
    SELECT unnest($2::bigint[]), $3, '{UNDONE}' ON CONFLICT DO NOTHING
),
fact AS (SELECT {NEXT_ENTRY} AS id, 'withdrawal' AS kind, $4::text AS subject, $5::text AS payload, $6::text AS sha256),
{APPEND_ONE}
UPDATE task SET state = 'skipped', skip_reason = 'undone' WHERE id = $1"""  # noqa: S608 - put together from constants


@dataclass(frozen=True)
class Answered:
    """The readings that a task's answer became. ``first`` is false when the same answer had come before."""

    task_id: uuid.UUID
    reading_ids: tuple[int, ...]
    first: bool


async def answer_task(
    session: AsyncSession | Statements, *, task_id: uuid.UUID, account_id: int, numbers: Mapping[str, int | None]
) -> Answered:
    """Take a person's answer: {field: number or null} for exactly the fields asked for.

    The same answer again gets the same reply. All is written by one statement; the rule looks at the section after it.

    Raises:
        NotFoundError: there is no such task of his.
        InvalidInputError: a field is missing, not asked for, or out of range.
        ConflictError: he gave another answer before.
        LeaseExpiredError: he held it too long.
    """
    statements = await share(session)
    if answered := await _answer_dealt_here(statements, task_id, account_id, numbers):
        return answered
    while True:
        held = await find_own_task(statements, task_id=task_id, account_id=account_id)
        # First of all: the photograph may have been moved, the lease be over since the answer whose reply got lost.
        if held.earlier:
            return _answer_again(held, numbers)
        dealt = await describe_task(statements, held)
        check_numbers(dealt, numbers)
        require_live(held)
        if ids := await _record(statements, held, dealt, numbers):
            return Answered(task_id, ids, first=True)
        # It ended between the two statements: the next look says how, and that is its last state.


async def _answer_dealt_here(
    statements: Statements, task_id: uuid.UUID, account_id: int, numbers: Mapping[str, int | None]
) -> Answered | None:
    """Record the answer to a task that this process dealt; None where it is not as usual, and nothing was written."""
    known = take_dealt(task_id, account_id)
    if known is None or not _is_usual(known[1], numbers):
        return None
    ids = await _record(statements, *known, numbers)
    return Answered(task_id, ids, first=True) if ids else None


def _is_usual(dealt: DealtTask, numbers: Mapping[str, int | None]) -> bool:
    """Tell whether the answer passes; what is wrong with it, or with the task, is found out in order elsewhere."""
    try:
        check_numbers(dealt, numbers)
    except InvalidInputError:
        return False
    return True


async def _record(
    statements: Statements, held: HeldTask, dealt: DealtTask, numbers: Mapping[str, int | None]
) -> tuple[int, ...]:
    """Write the answer down, with one statement either way; none, and nothing is written, where the task has ended."""
    if held.plant_id is not None:
        return await record_plant_answer(statements, held=held, numbers=numbers)
    subject = name_subject(dealt.contest, held.tps_kode, held.round, held.section)
    return await record_answer(statements, held=held, dealt=dealt, subject=subject, numbers=numbers)


async def skip_task(session: AsyncSession | Statements, *, task_id: uuid.UUID, account_id: int, reason: str) -> None:
    """Take a person's word that he cannot read this task; skipping it again changes nothing.

    Raises:
        NotFoundError: there is no such task of his.
        InvalidInputError: the reason is none of ``SKIP_REASONS``.
        ConflictError: he answered it before.
        LeaseExpiredError: he held it too long.
        TooManyRequestsError: he has given back too many, see ``giving_back``; he holds it still.
    """
    if reason not in SKIP_REASONS:
        message = f"Alasan {reason[:40]!r} tidak dikenal. (Unknown reason.)"
        raise InvalidInputError(message, f"Pilih salah satu (choose one of): {', '.join(SKIP_REASONS)}.")
    statements, done = await share(session), False
    while not done:
        held = await find_own_task(statements, task_id=task_id, account_id=account_id)
        if held.state == "skipped" and held.skip_reason == reason:
            return
        require_live(held)
        await require_may_give_back(statements, account_id=account_id)
        if held.plant_id is not None:
            done = await skip_plant(statements, held=held, reason=reason)
        else:
            done = await statements.row(_SKIP, task_id, account_id, reason) is not None


async def undo_answer(session: AsyncSession, *, task_id: uuid.UUID, account_id: int) -> None:
    """Take back one's last answer, within 30 seconds, whether the rule has looked at it or not.

    The section goes to somebody else; the reading stays on record.

    Raises:
        NotFoundError: there is no such task of his.
        ConflictError: it is not his last answer, or too long ago.
        TooManyRequestsError: he has given back too many, see ``giving_back``; the answer stands.
    """
    statements = await share(session)
    if not await lock_section_of_task(statements, task_id=task_id, account_id=account_id):
        raise no_task()
    held = await lock_own_task(statements, task_id=task_id, account_id=account_id)
    last = await statements.row(_IS_LAST, task_id, account_id, UNDO_WITHIN)
    if held.state != "answered" or last is None or not last["may"]:
        message = "Jawaban ini tidak dapat dibatalkan lagi. (This answer can no longer be taken back.)"
        remedy = "Hanya jawaban terakhir, dalam 30 detik. (Only the last one, within 30 seconds.)"
        raise ConflictError(message, remedy, code="too_late_to_undo")
    await require_may_give_back(statements, account_id=account_id)
    if held.plant_id is not None:
        await undo_plant_answer(statements, held=held)
        return
    await _withdraw_answer(statements, held)
    await list_section_of(statements, task_id=task_id)


async def _withdraw_answer(statements: Statements, held: HeldTask) -> None:
    contest = await fetch_contest(statements, id=held.pemilihan_id, md5=held.contest_md5)
    subject = name_subject(contest, held.tps_kode, held.round, held.section)
    spelled = canonical_json({"commitments": [one.commitment for one in held.earlier], "reason": UNDONE})
    ids = [one.id for one in held.earlier]
    fact = (subject, spelled.decode(), sha256(spelled).hexdigest())
    await statements.row(_UNDO, held.id, ids, held.account_id, *fact)


def _answer_again(held: HeldTask, numbers: Mapping[str, int | None]) -> Answered:
    said = {name: number for reading in held.earlier for name, number in reading.numbers.items()}
    if said != dict(numbers):
        message = "Tugas ini sudah Anda jawab dengan angka lain. (You have answered this with other numbers.)"
        remedy = "Jawaban pertama yang dicatat. Ambil tugas berikutnya. (The first one stands. Take the next task.)"
        raise ConflictError(message, remedy, code="already_answered")
    return Answered(held.id, tuple(reading.id for reading in held.earlier), first=False)
