"""What the routes of reports take and give."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.parameters import BIGINT_MAX
from app.lapor.life import State
from app.lapor.note import NOTE_MAX

NOTE_SENT_MAX = 4 * NOTE_MAX
"""Beyond it nothing is even looked at; what is too long below it is refused in words."""

Version = Annotated[int, Field(ge=1, le=BIGINT_MAX, description="The case's version that you have seen.")]


class ReportBody(BaseModel):
    """A report. ``token``: 43 letters, base64url of 32 random bytes of your own; with it, sending twice is harmless."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"tps": "3173011005001", "category": "missing_form", "note": "Papan pengumuman kosong."}]
        },
    )

    tps: str = Field(max_length=40, description="KPU's 13-digit code.")
    photo: int | None = Field(default=None, ge=1, le=BIGINT_MAX, description="A photograph of this TPS.")
    category: str = Field(max_length=40, description="A code of GET /api/v1/reports/categories.")
    note: str = Field(default="", max_length=NOTE_SENT_MAX, description="Plain text without personal data.")
    token: str | None = Field(default=None, max_length=100)


class SentAnswer(BaseModel):
    """A report that is kept. ``url``: where its answer will stand; nobody else knows it and it cannot be looked up."""

    token: str
    tps: str
    first: bool = Field(description="False: this token had sent a report before, and nothing was added.")
    url: str
    api_url: str


class StepAnswer(BaseModel):
    """Something that happened to a case. ``by`` and ``reason`` are for reviewers."""

    model_config = ConfigDict(from_attributes=True)

    action: str
    at: datetime
    by: str | None = None
    reason: str | None = None


class ReportAnswer(BaseModel):
    """A report of one's own and what became of it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    tps_kode: str
    photo_id: int | None
    category: str
    note: str | None = Field(description="Null: taken back, and gone.")
    state: State
    answer: str | None
    at: datetime
    withdrawn_at: datetime | None
    steps: list[StepAnswer]


class ReportList(BaseModel):
    """The newest reports of an account."""

    reports: list[ReportAnswer]


class CategoryAnswer(BaseModel):
    """A kind of report. ``about``: what it can be said of."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    about: list[Literal["tps", "photo"]]
    note_required: bool
    id: str = Field(description="Its words in Indonesian.")
    en: str = Field(description="Its words in English.")


class CaseAnswer(BaseModel):
    """A case without notes. ``reports``: how many people's reports it holds, those taken back left out."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    tps_kode: str
    photo_id: int | None
    category: str
    state: State
    answer: str | None
    version: int
    reports: int
    merged_into: int | None
    at: datetime
    changed_at: datetime


class PublicCaseAnswer(BaseModel):
    """A case that a reviewer has looked at. Notes are never public."""

    model_config = ConfigDict(from_attributes=True)

    tps_kode: str
    photo_id: int | None
    category: str
    state: Literal["looked_at", "resolved"]
    answer: str | None
    at: datetime
    changed_at: datetime


class CaseList(BaseModel):
    """Cases, the oldest first. ``next``: ask again with ``after`` set to it; null at the end."""

    cases: list[CaseAnswer]
    next: int | None


class NoteAnswer(BaseModel):
    """What one person wrote. ``text`` is null when it was taken back. Plain text: never to be shown as markup."""

    model_config = ConfigDict(from_attributes=True)

    report_id: int
    text: str | None
    signed_in: bool
    at: datetime


class CaseFileAnswer(BaseModel):
    """A case as reviewers see it. ``beside``: other waiting cases of the same TPS."""

    model_config = ConfigDict(from_attributes=True)

    case: CaseAnswer
    notes: list[NoteAnswer]
    steps: list[StepAnswer]
    beside: list[CaseAnswer]


class LookBody(BaseModel):
    """A reviewer has looked at a case."""

    model_config = ConfigDict(extra="forbid")

    seen: Version


class AnswerBody(BaseModel):
    """A reviewer's answer, for everybody who reported it; with ``resolved`` it is public on the TPS's page."""

    model_config = ConfigDict(extra="forbid")

    seen: Version
    state: Literal["resolved", "rejected"]
    answer: str = Field(max_length=NOTE_SENT_MAX)


class ReopenBody(BaseModel):
    """Why an answered case is opened again, or a merged one taken out."""

    model_config = ConfigDict(extra="forbid")

    seen: Version
    reason: str = Field(max_length=NOTE_SENT_MAX)


class MergeBody(BaseModel):
    """Which waiting case of the same TPS takes this one in."""

    model_config = ConfigDict(extra="forbid")

    seen: Version
    into: int = Field(ge=1, le=BIGINT_MAX)
