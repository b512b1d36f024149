"""What the readers' routes take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

Number = Annotated[StrictInt, Field(ge=0, le=999)]
FIELDS_MAX = 30


class ExerciseAnswer(BaseModel):
    """An exercise: answer it as you would a task. ``pictures``: address of each number's picture."""

    name: str
    mode: Literal["blind", "confirm"]
    pictures: dict[str, str]
    shown: dict[str, int] | None


class ProgressAnswer(BaseModel):
    """How far you are with the exercises; ``next`` is null when you are through."""

    done: int
    total: int
    next: ExerciseAnswer | None


class ExerciseBody(BaseModel):
    """What you read: every number of the exercise, or null where you cannot tell."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"numbers": {"suara_01": 187, "suara_02": 64, "suara_03": 5}}]}
    )

    numbers: dict[str, Number | None] = Field(min_length=1, max_length=FIELDS_MAX)


class FeedbackField(BaseModel):
    """One number: what stands there, what you wrote."""

    name: str
    written: int
    answered: int | None
    right: bool


class FeedbackAnswer(BaseModel):
    """What was right, what the exercise teaches (``id``, ``en``), and how far you are."""

    right: bool
    fields: list[FeedbackField]
    lesson: dict[str, str]
    progress: ProgressAnswer


class OwnPauseAnswer(BaseModel):
    """Your last pause. ``objection``: what you said to it; ``answer``: what you were told."""

    reason: Literal["catch", "error", "alarm"]
    at: datetime
    objection: str | None
    ended_at: datetime | None
    answer: str | None


class OwnRecordAnswer(BaseModel):
    """What is known of you as a reader, some hours late and in steps.

    ``right``: of a hundred numbers, at least ``right_low``; null while too few are known. ``sure``: the estimate is
    narrow. ``attention``: how often wrong values shown to you were noticed.
    """

    reading: Literal["training", "open", "paused"]
    answered: int
    right: int | None
    right_low: int | None
    sure: bool
    attention: Literal["unknown", "careful", "good", "hurried"]
    told_at: datetime | None
    pause: OwnPauseAnswer | None


class WordsBody(BaseModel):
    """What you say; plain words."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"words": "Saya membaca dengan teliti."}]}
    )

    words: str = Field(min_length=3, max_length=1000)


class PauseAnswer(BaseModel):
    """A pause that lasts, as admins see it."""

    account_id: int
    name: str
    reason: str
    facts: dict[str, Any]
    at: datetime
    objection: str | None
    objected_at: datetime | None
    answer: str | None


class PauseDecision(BaseModel):
    """What becomes of a pause, and what the reader is told."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"resume": True, "words": "Terima kasih, silakan lanjut."}]}
    )

    resume: bool
    words: str = Field(min_length=3, max_length=1000)


class LinkedAnswer(BaseModel):
    """An account that is treated as one person with its group, and why: each tie's kind and the other account."""

    model_config = ConfigDict(from_attributes=True)

    group_id: int
    account_id: int
    name: str
    state: str
    why: list[dict[str, Any]]
    at: datetime
