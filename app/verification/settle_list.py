"""The settle list: sections that the rule has to look at, because somebody answered, skipped or took an answer back.

A section is on it while ``unsettled_since`` is set. Nobody is dealt it meanwhile. It is put there by the statement that
writes the answer, and taken off by the one that writes what the rule says: a crash between the two leaves it listed.
"""

import uuid

from app.core.statements import Statements

_ON_THE_LIST = "wanted = NULL, unsettled_since = coalesce(s.unsettled_since, clock_timestamp())"

LIST_OF_LIVE_TASK = f"""
    UPDATE tps_section s SET {_ON_THE_LIST}
    FROM task live WHERE live.id = $1 AND live.account_id = $2 AND live.state = 'leased' AND live.leased_until > now()
      AND s.id = live.section_id
    RETURNING s.id"""  # noqa: S608 - put together from constants
"""Part of a caller's own statement: locks the section of the live task ``$1`` of account ``$2`` and lists it. A task
that ends while this waits for the lock leaves the section listed for nothing: the rule will find no news."""

_LIST_OF_TASK = f"""
    UPDATE tps_section s SET {_ON_THE_LIST} FROM task t WHERE t.id = $1 AND s.id = t.section_id"""  # noqa: S608
_ANY = "SELECT EXISTS (SELECT FROM tps_section WHERE unsettled_since IS NOT NULL) AS found"
_FIRST = "SELECT id FROM tps_section WHERE unsettled_since IS NOT NULL ORDER BY unsettled_since LIMIT $1"


async def list_section_of(statements: Statements, *, task_id: uuid.UUID) -> None:
    """Put the section of a task on the list; its row is locked by this at the latest."""
    await statements.row(_LIST_OF_TASK, task_id)


async def has_unsettled(statements: Statements) -> bool:
    """Tell whether anything is on the list."""
    row = await statements.row(_ANY)
    assert row is not None, "EXISTS is a row"
    return bool(row["found"])


async def find_unsettled(statements: Statements, *, limit: int = 100) -> tuple[int, ...]:
    """Return sections of the list, longest waiting first, without locking them."""
    return tuple(row["id"] for row in await statements.rows(_FIRST, limit))


async def take_off_list(statements: Statements, *, section_id: int) -> None:
    """Take a section off the list although the rule has not seen it; the caller sees to it that it will."""
    await statements.row("UPDATE tps_section SET unsettled_since = NULL WHERE id = $1", section_id)
