"""What the routes of moves, appeals and clusters take and answer."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.intake.triage.appeals import NOTE_MAX
from app.intake.triage.events import REASON_MAX
from app.intake.triage.placement import CUT_MAX

Edge = Annotated[int, Field(ge=0, le=CUT_MAX)]
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


class PlacementBody(BaseModel):
    """What a photograph shows that no machine can read. ``form``: as printed; ``page``: as numbered.

    ``quarter_turns``: clockwise, until it stands upright. ``cut``: hundredths left away at the top, right, bottom and
    left of the upright picture, so that its readers see no more names than they must.
    """

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    form: Annotated[str, Field(min_length=1, max_length=200)]
    page: Annotated[int, Field(ge=1, le=200)]
    quarter_turns: Annotated[int, Field(ge=0, le=3)] = 0
    cut: tuple[Edge, Edge, Edge, Edge] = (0, 0, 0, 0)


class AppealVerdict(BaseModel):
    """A reviewer's answer. ``grant`` brings the photograph back; the words are for its uploader.

    ``tps``: grant it by moving it there. ``placement``: no machine reads it again, people do.
    """

    model_config = ConfigDict(extra="forbid")

    grant: bool
    answer: Reason
    tps: Annotated[str, Field(max_length=40)] | None = None
    placement: PlacementBody | None = None


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


class PlacedAnswer(BaseModel):
    """A photograph that people read where a reviewer placed it. ``by``: his account."""

    model_config = ConfigDict(from_attributes=True)

    photo: TriagePhoto
    placement: PlacementBody
    by: int
    at: datetime


class PlacedList(BaseModel):
    """Photographs placed by hand, newest first. ``next``: ask again with ``before`` set to it; null at the end."""

    placed: list[PlacedAnswer]
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
