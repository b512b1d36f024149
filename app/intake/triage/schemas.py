"""What the routes of moves, appeals and clusters take and answer."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.intake.triage.appeals import NOTE_MAX
from app.intake.triage.events import REASON_MAX

Reason = Annotated[str, Field(min_length=1, max_length=REASON_MAX)]


class ReasonBody(BaseModel):
    """Why; it goes into the photograph's history, and its uploader reads it."""

    model_config = ConfigDict(extra="forbid")

    reason: Reason


class MoveBody(ReasonBody):
    """Where a photograph belongs. Without ``pemilihan`` it stays in its contest."""

    tps: str
    """KPU's 13-digit code of the TPS."""
    pemilihan: str | None = None


class AppealBody(BaseModel):
    """What the uploader says of a photograph that was turned away."""

    model_config = ConfigDict(extra="forbid")

    note: Annotated[str, Field(max_length=NOTE_MAX)] = ""


class AppealAnswer(BaseModel):
    """An appeal; ``answer`` is null while it is open."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    photo_id: int
    note: str
    state: str
    answer: str | None
    at: datetime
    answered_at: datetime | None


class AppealVerdict(BaseModel):
    """A reviewer's answer. ``grant`` brings the photograph back; the words are for its uploader."""

    model_config = ConfigDict(extra="forbid")

    grant: bool
    answer: Reason


class TriagePhoto(BaseModel):
    """A photograph in a list for reviewers. Nothing that was read of it, and not who sent it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    tps_kode: str
    state: str
    state_code: str | None
    form: str | None
    page: int | None
    at: datetime


class ClusterAnswer(BaseModel):
    """Copies of one picture: the head, some of the others, and how many there are."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    state: str
    decision: str | None
    reason: str | None
    head_id: int
    members: list[TriagePhoto]
    count: int
    people: int
    places: int
    at: datetime


class ClusterList(BaseModel):
    """Clusters, oldest first. ``next``: ask again with ``after`` set to it; null at the end."""

    clusters: list[ClusterAnswer]
    next: int | None


class ClusterVerdict(ReasonBody):
    """``keep``: the head stands, or ``head`` instead; ``reject``: none is used; ``apart``: they are no copies."""

    decision: Literal["keep", "reject", "apart"]
    head: int | None = None


class AppealItemAnswer(BaseModel):
    """An open appeal with its photograph."""

    model_config = ConfigDict(from_attributes=True)

    appeal: AppealAnswer
    photo: TriagePhoto
    cluster_id: int | None


class AppealList(BaseModel):
    """Open appeals, oldest first. ``next``: ask again with ``after`` set to it; null at the end."""

    appeals: list[AppealItemAnswer]
    next: int | None


class EventAnswer(BaseModel):
    """What was done to a photograph, and why. Who did it is told to reviewers only."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    account_id: int | None
    state_before: str
    state_after: str
    other_id: int | None
    reason: str
    at: datetime
