"""Write a person's answer down: a reading for each page, in the log as a commitment without its values."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.transparency.service import Fact, append_entries
from app.verification.commitments import commit, make_salt
from app.verification.held_task import HeldTask
from app.verification.tasks import DealtTask, TaskPage

# The unique index (task, photo) has the last word about a double submit: it would end the caller's transaction.
_RECORD = text(
    """WITH done AS (UPDATE task SET state = 'answered', answered_at = now() WHERE id = :task)
       INSERT INTO reading (section_id, photo_id, mode, account_id, task_id, numbers, details, salt, commitment,
                            log_entry_id)
       SELECT CAST(:section AS bigint), photo, CAST(:mode AS text), CAST(:account AS bigint), :task,
              CAST(numbers AS jsonb), CAST(details AS jsonb), salt, commitment, entry
       FROM unnest(CAST(:photos AS bigint[]), CAST(:numbers AS text[]), CAST(:details AS text[]),
                   CAST(:salts AS bytea[]), CAST(:commitments AS text[]), CAST(:entries AS bigint[]))
            WITH ORDINALITY AS page (photo, numbers, details, salt, commitment, entry, place)
       ORDER BY place RETURNING id"""
)


async def record_answer(
    session: AsyncSession, *, held: HeldTask, dealt: DealtTask, subject: str, numbers: Mapping[str, int | None]
) -> tuple[int, ...]:
    """Write down what a person read, mark his task as answered, and return the readings' numbers, page by page.

    ``subject``: the section's name in the log. The task is locked by the caller, live and without an answer.
    """
    pages = [_commit_page(dealt, page, numbers) for page in dealt.pages]
    entries = await append_entries(session, facts=[_make_fact(held, subject, page) for page in pages])
    rows = {name: [page[name] for page in pages] for name in ("photos", "numbers", "details", "salts", "commitments")}
    place = {"task": held.id, "section": held.section_id, "mode": held.mode, "account": held.account_id}
    found = await session.execute(_RECORD, {**place, **rows, "entries": list(entries)})
    return tuple(sorted(found.scalars()))


def _commit_page(dealt: DealtTask, page: TaskPage, numbers: Mapping[str, int | None]) -> dict[str, Any]:
    """Return one page's row, its columns named as the statement's arrays."""
    own = {name: numbers[name] for name in page.fields}
    shown = None if dealt.shown is None else {name: dealt.shown[name] for name in own}
    salt = make_salt()
    return {
        "photos": page.photo_id,
        "numbers": orjson.dumps(own).decode(),
        "details": orjson.dumps({"shown": shown}).decode(),
        "salts": salt,
        "commitments": commit(salt, own, page.photo_sha256),
        "sha256": page.photo_sha256,
    }


def _make_fact(held: HeldTask, subject: str, page: Mapping[str, Any]) -> Fact:
    said = {"mode": held.mode, "photo": page["sha256"], "reader": f"account/{held.account_id}"}
    return Fact("reading", subject, {"commitment": page["commitments"], **said})
