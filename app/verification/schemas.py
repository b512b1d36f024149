"""What the verification routes take and give."""

import uuid
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictInt, model_validator

Number = Annotated[StrictInt, Field(ge=0, le=999)]
FIELDS_MAX = 300
"""More fields than any section has."""

_TASK_EXAMPLE: dict[str, Any] = {
    "id": "5f3f9f0e-8a53-4d3a-9d0b-0d9f5a1d2c11",
    "pemilihan": "ppwp-2024",
    "section": "suara",
    "mode": "blind",
    "fields": [
        {
            "name": "suara_01",
            "page": 2,
            "crop": "/api/v1/tasks/5f3f9f0e-8a53-4d3a-9d0b-0d9f5a1d2c11/crops/suara_01.jpg",
        }
    ],
    "pages": {"2": "/api/v1/tasks/5f3f9f0e-8a53-4d3a-9d0b-0d9f5a1d2c11/pages/2.jpg"},
    "shown": None,
    "sums": [{"total": "suara_sah", "terms": ["suara_01", "suara_02", "suara_03"]}],
    "leased_until": "2024-02-14T21:06:00+07:00",
}


class TaskField(BaseModel):
    """One number to read: its name, the page of the task it stands on, the address of its picture."""

    name: str
    page: int
    crop: str


class TaskSum(BaseModel):
    """What the form should obey. A hint for after the entry; write what the form shows all the same."""

    total: str
    terms: list[str]


class TaskAnswer(BaseModel):
    """A task. ``shown``: the machine's values, in mode ``confirm`` only.

    Which TPS it is is not told; whoever asks about a picture names the task.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_TASK_EXAMPLE]})

    id: uuid.UUID
    pemilihan: str
    section: str
    mode: Literal["blind", "confirm", "review"]
    fields: list[TaskField]
    pages: dict[int, str]
    """Pictures of the sheets by page of the chief form; a sheet of another form stands under the first it shows."""
    shown: dict[str, int] | None
    sums: list[TaskSum]
    leased_until: datetime


class TaskSourceAnswer(BaseModel):
    """Where a task's pictures come from. ``photos``: SHA-256 of the sealed original by page of the sheet."""

    pemilihan: str
    tps: str
    section: str
    photos: dict[int, str]


class ReadingBody(BaseModel):
    """What you read: every field of the task, 0 to 999, or null where you cannot tell."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"numbers": {"suara_01": 123, "suara_02": 274, "suara_03": None}}]},
    )

    numbers: dict[str, Number | None] = Field(min_length=1, max_length=FIELDS_MAX)


class ReadingAnswer(BaseModel):
    """Your answer is on record. ``first`` is false when the same answer had come before."""

    task_id: uuid.UUID
    reading_ids: list[int]
    first: bool
    undo_seconds: int
    """So long it can be taken back at ``POST /api/v1/tasks/{id}/undo``."""


class SkipBody(BaseModel):
    """Why you cannot read this task. ``later`` says nothing against the photograph."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "unreadable"}]})

    reason: Literal["unreadable", "wrong_page", "not_a_form", "later"]


class CommitmentAnswer(BaseModel):
    """A reading before the decision: SHA-256 of a secret salt and the numbers, and its entry in the log."""

    commitment: str
    log_entry_id: int | None
    at: datetime


class OpenReadingAnswer(BaseModel):
    """A reading after the decision; with the salt anybody can check its commitment."""

    id: int
    photo_id: int
    page: int
    mode: Literal["machine", "blind", "confirm", "review"]
    reader: str
    numbers: dict[str, int | None]
    commitment: str
    salt: str


class SentenceAnswer(BaseModel):
    """One of the rule's sentences: its code, Indonesian, English."""

    code: str
    id: str
    en: str


class ReasonAnswer(BaseModel):
    """A sentence about one number: who said what, what it weighs. Indonesian, English."""

    id: str
    en: str


class DecisionAnswer(BaseModel):
    """The current decision. ``posterior_wrong``: probability that the number is not what the photo shows.

    ``reasons``: field to who read what on the photo, and what it weighs.
    """

    id: int
    outcome: Literal["accept", "dispute"]
    numbers: dict[str, int]
    posterior_wrong: dict[str, float]
    flags: list[str]
    source_class: str | None
    sentences: list[SentenceAnswer]
    fields: list[str]
    photos: dict[int, int]
    rule_version: str
    log_entry_id: int | None
    at: datetime
    readings: list[OpenReadingAnswer]
    reasons: dict[str, list[ReasonAnswer]]


class SectionAnswer(BaseModel):
    """One section of a TPS. ``decision`` is null, and no number is shown, until the rule has decided."""

    section: str
    round: int
    state: Literal["waiting", "accepted", "disputed"]
    waits_for: SentenceAnswer | None
    decision: DecisionAnswer | None
    commitments: list[CommitmentAnswer]
    updated_at: datetime


class SectionList(BaseModel):
    """All sections of a TPS that somebody has photographed."""

    pemilihan: str
    tps: str
    sections: list[SectionAnswer]


class WithdrawBody(BaseModel):
    """Why this reader is withdrawn; it goes into the public log."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "Jawaban sama persis dengan 40 akun lain."}]}
    )

    reason: str = Field(min_length=3, max_length=500)


class WithdrawManyBody(WithdrawBody):
    """Who is withdrawn: accounts by number, or all that count as one person under ``group``, or both."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"accounts": [17, 23], "group": None, "reason": "Kolusi."}]}
    )

    accounts: list[Annotated[StrictInt, Field(ge=1, lt=2**63)]] = Field(default=[], max_length=500)
    group: Annotated[StrictInt, Field(ge=1, lt=2**63)] | None = None

    @model_validator(mode="after")
    def _require_somebody(self) -> Self:
        if not self.accounts and self.group is None:
            message = "Sebut akun atau kelompoknya. (Name accounts or a group.)"
            raise ValueError(message)
        return self


class WithdrawAnswer(BaseModel):
    """How many readings no longer count, and how many sections are decided again."""

    readings: int
    sections: int
