"""The exercises: drawn papers that are part of the source (``workers.draw_training`` draws them). Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.core.errors import InvalidInputError, NotFoundError

FOLDER = Path(__file__).parent / "items"


@dataclass(frozen=True)
class Exercise:
    """One exercise. ``written``: what its picture shows; ``shown``: values on the screen, to confirm, or null.

    ``lesson``: what it teaches, by language.
    """

    name: str
    mode: str
    page: int
    written: Mapping[str, int]
    shown: Mapping[str, int] | None
    lesson: Mapping[str, str]

    @property
    def fields(self) -> tuple[str, ...]:
        """Its numbers, in the form's order."""
        return tuple(self.written)


@dataclass(frozen=True)
class FieldFeedback:
    """One number of an answered exercise: what stands there, what was answered."""

    name: str
    written: int
    answered: int | None

    @property
    def right(self) -> bool:
        """Tell whether the two are the same."""
        return self.written == self.answered


@lru_cache
def load_exercises() -> tuple[Exercise, ...]:
    """Return the exercises in their order."""
    return tuple(Exercise(**one) for one in json.loads((FOLDER / "items.json").read_text("utf-8")))


def find_exercise(name: str) -> Exercise:
    """Return one exercise.

    Raises:
        NotFoundError: there is none of this name.
    """
    for one in load_exercises():
        if one.name == name:
            return one
    message = f"Tidak ada latihan {name[:40]!r}. (There is no such exercise.)"
    raise NotFoundError(message, "Buka halaman latihan. (Open the page of exercises.)")


@lru_cache
def load_picture(name: str, field: str) -> bytes:
    """Return the picture of one number of an exercise.

    Raises:
        NotFoundError: there is no such exercise, or no such number in it.
    """
    if field not in find_exercise(name).fields:
        message = f"Latihan {name} tidak punya {field[:40]!r}. (The exercise has no such number.)"
        raise NotFoundError(message, "Buka halaman latihan. (Open the page of exercises.)")
    return (FOLDER / f"{name}.{field}.jpg").read_bytes()


def compare(exercise: Exercise, numbers: Mapping[str, int | None]) -> tuple[FieldFeedback, ...]:
    """Return what was right and what was not.

    Raises:
        InvalidInputError: a number is missing, or not asked for.
    """
    if set(numbers) != set(exercise.fields):
        message = f"Isi semua angka latihan {exercise.name}. (Give every number of the exercise.)"
        raise InvalidInputError(message, f"Diminta (asked for): {', '.join(exercise.fields)}.")
    return tuple(FieldFeedback(name, exercise.written[name], numbers[name]) for name in exercise.fields)
