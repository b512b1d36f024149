"""What the reviewers' routes take and give."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.verification.review.case_view import CaseView, Evidence
from app.verification.review.cases import NOTE_MAX
from app.verification.review.listing import CaseLine
from app.verification.review.sentences import explain_reason
from app.verification.schemas import SentenceAnswer


class CaseLineAnswer(BaseModel):
    """A case in the list. ``tps`` is null until you have looked; ``proposed``: an override waits for a second one."""

    id: int
    kind: str
    subject: str
    pemilihan: str | None
    section: str | None
    wilayah: str | None
    tps: str | None
    state: str
    reason: SentenceAnswer
    assigned_to: int | None
    proposed: bool
    at: datetime
    closed_at: datetime | None


class CaseList(BaseModel):
    """Cases, and how many of each kind are open. ``after``: ask for the following page with it; null: no more."""

    cases: list[CaseLineAnswer]
    open_by_kind: dict[str, int]
    after: int | None


class CaseEventAnswer(BaseModel):
    """One line of a case's history. ``account`` is null where the rule did it."""

    model_config = ConfigDict(from_attributes=True)

    event: str
    account: int | None = Field(validation_alias="account_id")
    note: str
    at: datetime


class SeenReadingAnswer(BaseModel):
    """A reading; ``account`` is null for the machine."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    photo_id: int
    mode: str
    account: int | None = Field(validation_alias="account_id")
    numbers: dict[str, int | None]
    at: datetime
    withdrawn: str | None


class SeenPhotoAnswer(BaseModel):
    """A photograph of the section. Accounts are told as numbers."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    uploader: int = Field(validation_alias="uploader_id")
    source: str
    state: str
    state_code: str | None
    form: str | None
    page: int
    sha256: str
    at: datetime
    fields: list[str]


class SeenDecisionAnswer(BaseModel):
    """The decision that stands."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    outcome: str
    numbers: dict[str, int]
    flags: list[str]
    source_class: str | None
    sentences: list[str]
    posterior_wrong: dict[str, float]
    rule_version: str
    at: datetime


class StatementAnswer(BaseModel):
    """A reviewer's statement that his numbers are to stand."""

    model_config = ConfigDict(from_attributes=True)

    account: int = Field(validation_alias="account_id")
    numbers: dict[str, int | None]
    reason: str
    at: datetime
    ended_by: int | None
    end_reason: str | None


class EvidenceAnswer(BaseModel):
    """Everything known of the section of a case, once you have looked at its picture."""

    model_config = ConfigDict(from_attributes=True)

    state: str
    why: str
    fields: list[str]
    decision: SeenDecisionAnswer | None
    readings: list[SeenReadingAnswer]
    photos: list[SeenPhotoAnswer]
    statements: list[StatementAnswer]
    official: dict[str, int | None] | None


class CaseAnswer(BaseModel):
    """A case. ``tps``, ``facts`` and ``evidence`` are null until you have looked; ``obstacle``: why you may not."""

    id: int
    kind: str
    subject: str
    reason: SentenceAnswer
    state: str
    pemilihan: str | None
    section: str | None
    tps: str | None
    assigned_to: int | None
    answer: str | None
    at: datetime
    closed_at: datetime | None
    looked: bool
    obstacle: str | None
    events: list[CaseEventAnswer]
    facts: dict[str, Any] | None
    evidence: EvidenceAnswer | None


class WordsBody(BaseModel):
    """A reason or a note, in your words."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"words": "Foto kedua ditimpa."}]})

    words: str = Field(min_length=1, max_length=NOTE_MAX)


class MoveBody(BaseModel):
    """The TPS that a photograph shows, and how you know."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"tps": "1101012001002", "words": "Kop formulir: TPS 2."}]}
    )

    tps: str = Field(min_length=13, max_length=13)
    words: str = Field(min_length=1, max_length=NOTE_MAX)


class AssignBody(BaseModel):
    """Whether you take the case or let go of it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"take": True}]})

    take: bool


class CloseBody(BaseModel):
    """How you close a case, and what you answer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"state": "resolved", "words": "Angka sudah dibaca ulang dan cocok."}]},
    )

    state: Literal["resolved", "rejected"]
    words: str = Field(min_length=1, max_length=NOTE_MAX)


class OverrideAnswer(BaseModel):
    """Your statement is on record. ``stands``: another reviewer had stated the same, and the override stands."""

    statement_id: int
    stands: bool


class CaseNumber(BaseModel):
    """The case that was opened."""

    id: int


def answer_line(line: CaseLine) -> CaseLineAnswer:
    """Return a case of the list as it is sent."""
    said = {name: getattr(line, name) for name in CaseLineAnswer.model_fields if name not in {"tps", "reason"}}
    return CaseLineAnswer(**said, tps=line.tps_kode, reason=_answer_reason(line.reason))


def answer_case(view: CaseView) -> CaseAnswer:
    """Return a case as it is sent."""
    return CaseAnswer(
        id=view.id,
        kind=view.kind,
        subject=view.subject,
        reason=_answer_reason(view.reason),
        state=view.state,
        pemilihan=None if view.contest is None else view.contest.kode,
        section=view.section,
        tps=view.tps_kode,
        assigned_to=view.assigned_to,
        answer=view.answer,
        at=view.at,
        closed_at=view.closed_at,
        looked=view.look is None or view.look.done,
        obstacle=view.obstacle,
        events=[CaseEventAnswer.model_validate(one) for one in view.events],
        facts=None if view.facts is None else dict(view.facts),
        evidence=_answer_evidence(view.evidence),
    )


def _answer_evidence(evidence: Evidence | None) -> EvidenceAnswer | None:
    return None if evidence is None else EvidenceAnswer.model_validate(evidence)


def _answer_reason(code: str) -> SentenceAnswer:
    said = explain_reason(code)
    return SentenceAnswer(code=code, id=said.id, en=said.en)
