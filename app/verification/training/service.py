"""How far somebody is with his exercises. The last one opens the queue; nothing of it counts for or against him."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.verification.training.exercises import (
    Exercise,
    FieldFeedback,
    compare,
    find_exercise,
    load_exercises,
)

_DONE = text('SELECT item, "right" FROM training_answer WHERE account_id = :account ORDER BY at')
_NOTE = text(
    """INSERT INTO training_answer (account_id, item, "right") VALUES (:account, :item, :right)
       ON CONFLICT (account_id, item) DO UPDATE SET tries = training_answer.tries + 1,
         "right" = training_answer."right" OR excluded."right", at = now()"""
)
_OPEN = text("UPDATE account SET reading = 'open' WHERE id = :account AND reading = 'training'")


@dataclass(frozen=True)
class Progress:
    """How far somebody is. ``next_one``: null when all is done."""

    done: int
    total: int
    next_one: Exercise | None


@dataclass(frozen=True)
class Feedback:
    """What came of an answer to an exercise, number by number."""

    exercise: Exercise
    fields: tuple[FieldFeedback, ...]
    progress: Progress

    @property
    def right(self) -> bool:
        """Tell whether every number was right."""
        return all(one.right for one in self.fields)


async def find_progress(session: AsyncSession, *, account_id: int) -> Progress:
    """Return how far this person is: those never tried come first, then those that were not right."""
    rows = (await session.execute(_DONE, {"account": account_id})).all()
    return _make_progress({row.item: row.right for row in rows})


async def answer_exercise(
    session: AsyncSession, *, account_id: int, name: str, numbers: Mapping[str, int | None]
) -> Feedback:
    """Take an answer, say at once what was right, and open the queue when every exercise was right once.

    Raises:
        NotFoundError: there is no such exercise.
        InvalidInputError: a number is missing, or not asked for.
    """
    exercise = find_exercise(name)
    fields = compare(exercise, numbers)
    right = all(one.right for one in fields)
    await session.execute(_NOTE, {"account": account_id, "item": name, "right": right})
    progress = await find_progress(session, account_id=account_id)
    if progress.next_one is None:
        await session.execute(_OPEN, {"account": account_id})
    return Feedback(exercise, fields, progress)


def _make_progress(known: Mapping[str, bool]) -> Progress:
    every = load_exercises()
    tried = {name: place for place, name in enumerate(known)}
    left = sorted((one for one in every if not known.get(one.name)), key=lambda one: tried.get(one.name, -1))
    return Progress(len(every) - len(left), len(every), left[0] if left else None)
