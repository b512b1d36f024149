"""What this process dealt and has not seen answered: an answer that comes back to it need not be asked for its task.

A hint for speed, never the truth: whether a task is live, and whose it is, says the statement that records the answer.
What is kept here of a task never changes while it is open. Owner: :mod:`queue` puts in, :mod:`answer` takes out.
"""

import uuid
from collections import OrderedDict

from app.verification.held_task import HeldTask
from app.verification.tasks import DealtTask

KEPT_MAX = 10_000
"""More tasks than one process has open; a task takes some 3 kB. The oldest goes first."""

_dealt: OrderedDict[uuid.UUID, tuple[HeldTask, DealtTask]] = OrderedDict()


def note_dealt(held: HeldTask, dealt: DealtTask) -> DealtTask:
    """Keep a task that was dealt just now, and return it."""
    _dealt[held.id] = held, dealt
    while len(_dealt) > KEPT_MAX:
        _dealt.popitem(last=False)
    return dealt


def take_dealt(task_id: uuid.UUID, account_id: int) -> tuple[HeldTask, DealtTask] | None:
    """Return a task that was dealt here to this account, and forget it; None: ask the database."""
    found = _dealt.get(task_id)
    if found is None or found[0].account_id != account_id:
        return None
    return _dealt.pop(task_id)
