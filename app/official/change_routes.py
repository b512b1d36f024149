"""What the authority changed, what wants a look, and totals of regions, for programs. Public."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.core.access import public
from app.core.errors import ErrorAnswer
from app.core.parameters import BIGINT_MAX
from app.official.alarms import Alarm, list_alarms
from app.official.changes import AFTER_THE_FIRST, Change, ChangeKind, list_changes, list_tps_changes
from app.official.recaps import Recap, RecapKind, list_recaps
from app.pemilu.definition import Contest
from app.pemilu.routes import PemilihanInPath
from app.pemilu.service import get_contest
from app.wilayah.codes import NATION, parse_kode

router = APIRouter(prefix="/api/v1/official", tags=["official"], dependencies=[public()])

LIMIT_MAX = 1_000
_REFUSED: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "The contest is not known."},
    422: {"model": ErrorAnswer, "description": "No well-formed code."},
}
Wilayah = Annotated[
    str, Query(max_length=40, description="Any region's or TPS's code; `0` is the nation.", examples=["3171"])
]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]

_CHANGE: dict[str, JsonValue] = {
    "id": 81233,
    "kind": "numbers_same_image",
    "tps_kode": "3171011001001",
    "numbers": {"suara_01": [817, 17], "suara_sah": [1026, 226]},
    "images_before": ["https://example.org/a.jpg"],
    "images_after": ["https://example.org/a.jpg"],
    "published_at": "2024-02-20T06:00:00Z",
    "imported_at": "2024-02-20T08:00:00Z",
    "snapshot": 4,
    "snapshot_name": "sirekap-2024-02-20.tar.gz",
    "snapshot_sha256": "9f86d081...",
}


class ChangeAnswer(BaseModel):
    """One change of one TPS. ``numbers``: field to what it was and what it is, of those that changed; null: none."""

    model_config = ConfigDict(json_schema_extra={"examples": [_CHANGE]})

    id: int = Field(description="Grows with every import; `after` takes it.")
    kind: ChangeKind
    tps_kode: str
    numbers: dict[str, tuple[int | None, int | None]]
    images_before: list[str] | None
    images_after: list[str]
    published_at: datetime | None = Field(description="The authority's own time.")
    imported_at: datetime
    snapshot: int
    snapshot_name: str
    snapshot_sha256: str


class ChangePage(BaseModel):
    """Some changes, the oldest first. ``next``: what to give as ``after`` for the following; null at the end."""

    items: list[ChangeAnswer]
    next: int | None


class AlarmAnswer(BaseModel):
    """One alarm; ``facts`` are the numbers that its rule looked at. Closed ones say when and why."""

    id: int
    kind: str = Field(description="votes_fall, gain or chart.")
    kode: str
    field: str
    facts: dict[str, JsonValue]
    severity: int = Field(description="1 small, 2, 3 large.")
    at: datetime
    snapshot: int
    snapshot_name: str
    closed_at: datetime | None
    reason: str | None


class AlarmPage(BaseModel):
    """Some alarms, the newest first. ``next``: what to give as ``before`` for the following; null at the end."""

    items: list[AlarmAnswer]
    next: int | None


class RecapAnswer(BaseModel):
    """Totals of one region on one kind of paper. A number that is not on it is left out."""

    kode: str
    source_kind: str
    tps: int | None
    numbers: dict[str, int]
    snapshot: int
    superseded: bool
    imported_at: datetime


@router.get("/{pemilihan}/changes", summary="What the authority changed, in the order of imports", responses=_REFUSED)
async def show_changes(
    request: Request,
    pemilihan: PemilihanInPath,
    *,
    wilayah: Wilayah = NATION,
    kind: Annotated[
        list[ChangeKind] | None, Query(description="Several may be given. Default: all but `first`.")
    ] = None,
    after: Annotated[int, Query(ge=0, le=BIGINT_MAX, description="Only ids above; ask again with `next`.")] = 0,
    limit: Limit = 100,
) -> ChangePage:
    """Return changes behind ``after``; a program that keeps the last ``id`` misses none."""
    region = parse_kode(wilayah).text
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        found = await list_changes(
            session,
            pemilihan_id=contest.id,
            after=after,
            limit=limit + 1,
            wilayah=region,
            kinds=kind or AFTER_THE_FIRST,
        )
    items = [answer_change(one, contest) for one in found[:limit]]
    return ChangePage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/{pemilihan}/alarms", summary="What in official figures wants a look", responses=_REFUSED)
async def show_alarms(
    request: Request,
    pemilihan: PemilihanInPath,
    *,
    wilayah: Wilayah = NATION,
    open_only: Annotated[bool, Query(description="Without those that were closed.")] = False,
    before: Annotated[int | None, Query(ge=1, le=BIGINT_MAX)] = None,
    limit: Limit = 100,
) -> AlarmPage:
    """Return votes that fall, gains that new TPS cannot explain, charts that do not add up; see docs/official.md."""
    region = parse_kode(wilayah).text
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        found = await list_alarms(
            session,
            pemilihan_id=contest.id,
            wilayah=region,
            open_only=open_only,
            before=before,
            limit=limit + 1,
        )
    items = [_answer_alarm(one) for one in found[:limit]]
    return AlarmPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/{pemilihan}/recaps", summary="Totals from recap sheets, decree and Sirekap", responses=_REFUSED)
async def show_recaps(
    request: Request,
    pemilihan: PemilihanInPath,
    *,
    kode: Annotated[list[str] | None, Query(max_length=500, description="Regions; default: all.")] = None,
    source_kind: RecapKind | None = None,
    superseded: Annotated[bool, Query(description="With what later papers corrected.")] = False,
) -> list[RecapAnswer]:
    """Return the totals that are kept, by code."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        found = await list_recaps(
            session, pemilihan_id=contest.id, kodes=kode, source_kind=source_kind, superseded=superseded
        )
    return [_answer_recap(one, contest) for one in found]


@router.get("/{pemilihan}/{tps_kode}/changes", summary="Every change of one TPS, the oldest first", responses=_REFUSED)
async def show_tps_changes(request: Request, pemilihan: PemilihanInPath, tps_kode: str) -> list[ChangeAnswer]:
    """Return what was published of a TPS, from its first figures on; empty when nothing was."""
    kode = parse_kode(tps_kode).text
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        found = await list_tps_changes(session, pemilihan_id=contest.id, tps_kode=kode)
    return [answer_change(one, contest) for one in found]


def answer_change(change: Change, contest: Contest) -> ChangeAnswer:
    """Return a change as the API tells it."""
    before = change.before or (None,) * len(change.after)
    moved = {
        field: (before[place], change.after[place])
        for place, field in enumerate(contest.fields)
        if before[place] != change.after[place]
    }
    return ChangeAnswer(
        id=change.id,
        kind=change.kind,
        tps_kode=change.tps_kode,
        numbers=moved,
        images_before=None if change.images_before is None else list(change.images_before),
        images_after=list(change.images_after),
        published_at=change.published_at,
        imported_at=change.at,
        snapshot=change.snapshot_id,
        snapshot_name=change.snapshot_name,
        snapshot_sha256=change.snapshot_sha256,
    )


def _answer_alarm(alarm: Alarm) -> AlarmAnswer:
    told: Mapping[str, Any] = asdict(alarm)
    return AlarmAnswer(
        **{name: told[name] for name in AlarmAnswer.model_fields if name in told}, snapshot=alarm.snapshot_id
    )


def _answer_recap(recap: Recap, contest: Contest) -> RecapAnswer:
    numbers = {field: number for field, number in zip(contest.fields, recap.numbers, strict=True) if number is not None}
    return RecapAnswer(
        kode=recap.kode,
        source_kind=recap.source_kind,
        tps=recap.tps,
        numbers=numbers,
        snapshot=recap.snapshot_id,
        superseded=recap.superseded,
        imported_at=recap.at,
    )
