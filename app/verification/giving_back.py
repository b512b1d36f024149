"""How many tasks one person may give back: whoever could do so without end would choose what he reads.

Tasks are dealt at random so that nobody picks his TPS. A program that gives back one form after another until it is
dealt the one it waits for picks all the same, and one that says of each that it cannot be read sends them all to the
few who review. So giving back, by a skip for whatever reason or by taking an answer back, is counted: some an hour are
free, and each form that is read allows one more. Planted items count like any other task, or they would be known by it.

Leases that run out are not counted: who waits for that is dealt six tasks an hour.
"""

import math

from app.core.errors import TooManyRequestsError
from app.core.statements import Statements

FREE_AN_HOUR = 20
"""Four in a thousand photographs of 2019 could not be read: nobody honest comes near it."""

# A skip and an answer that was taken back have this state; both say when they were given.
_COUNT = """
SELECT count(*) FILTER (WHERE state = 'skipped') AS given_back, count(*) FILTER (WHERE state = 'answered') AS answered,
       extract(epoch FROM min(answered_at) FILTER (WHERE state = 'skipped') + interval '1 hour' - now())::float8 AS wait
FROM task WHERE account_id = $1 AND answered_at > now() - interval '1 hour'"""


async def require_may_give_back(statements: Statements, *, account_id: int) -> None:
    """Check that this person has not given back too many tasks within an hour. He may still read the one he holds.

    He holds one task at a time, so two requests at once give back no two.

    Raises:
        TooManyRequestsError: ``too_many_given_back``; says when there is room again.
    """
    row = await statements.row(_COUNT, account_id)
    assert row is not None, "an aggregate is a row"
    if row["given_back"] < FREE_AN_HOUR + row["answered"]:
        return
    wait = max(1, math.ceil(row["wait"]))
    message = (
        f"Dalam sejam Anda sudah mengembalikan {row['given_back']} tugas. "
        f"(You have given back {row['given_back']} tasks within an hour.)"
    )
    minutes = math.ceil(wait / 60)
    remedy = (
        f"Bacalah tugas yang Anda pegang, atau lewati lagi {minutes} menit lagi. "
        f"(Read the task you hold, or skip again in {minutes} minutes.)"
    )
    raise TooManyRequestsError(message, remedy, code="too_many_given_back", retry_after=wait)
