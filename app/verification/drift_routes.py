"""How the machine does against blind readers, for those who watch it. Decided sections only, as counts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from app.core.access import Role, signed_in
from app.core.errors import ErrorAnswer
from app.pemilu.publication import check_public
from app.pemilu.service import get_contest
from app.verification.drift import BY, LAST, LAST_MAX, Drift, DriftCount, measure_drift
from app.verification.intervals import CONFIDENCE, bound_rate

router = APIRouter(prefix="/api/v1", tags=["verification"])

_RATE: dict[str, Any] = {"count": 1, "of": 5200, "low": 0.0000049, "high": 0.00107}


class RateAnswer(BaseModel):
    """So many of so many, and the exact interval of the rate behind it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_RATE]})

    count: int
    of: int
    low: float = Field(description=f"Clopper and Pearson, {CONFIDENCE:.0%}; 0 to 1 where nothing was counted.")
    high: float


class DriftCountAnswer(BaseModel):
    """Fields that people have read with empty boxes, counted by one thing."""

    by: str = Field(description=f"One of: {', '.join(BY)}.")
    name: str
    told: RateAnswer = Field(description="The machine gave a number.")
    sure: RateAnswer = Field(description="It was sure of it.")
    differing: RateAnswer = Field(description="Of those told: somebody read another number blind, rightly or not.")
    wrong: RateAnswer = Field(description="Of those told: another number was decided.")
    sure_wrong: RateAnswer = Field(description="Of the sure ones: another number was decided.")


class ConfusionAnswer(BaseModel):
    """Boxes in which the machine saw one digit where another was decided."""

    machine: str
    decided: str
    count: int


class DriftAnswer(BaseModel):
    """The machine against blind readers, on the newest accepted sections."""

    pemilihan: str
    last: int = Field(description="So many of the newest accepted sections were looked at, or all there are.")
    counts: list[DriftCountAnswer]
    boxes: int = Field(description="Digits that were compared one by one.")
    confusions: list[ConfusionAnswer]


@router.get(
    "/drift/{pemilihan}",
    summary="The machine against blind readers",
    responses={
        401: {"model": ErrorAnswer},
        403: {"model": ErrorAnswer},
        404: {"model": ErrorAnswer},
        409: {"model": ErrorAnswer, "description": "The contest's numbers are not public yet: voting goes on."},
    },
    dependencies=[signed_in(Role.MONITOR, Role.REVIEWER)],
)
async def get_drift(
    request: Request, pemilihan: str, last: Annotated[int, Query(ge=1, le=LAST_MAX)] = LAST
) -> DriftAnswer:
    """Count how often people who saw no number read another one than the machine. Nothing undecided is counted."""
    async with request.app.state.sessions.begin() as session:
        contest = check_public(await get_contest(session, kode=pemilihan))
        drift = await measure_drift(session, contest=contest, last=last)
    return answer_drift(contest.kode, last, drift)


def answer_drift(pemilihan: str, last: int, drift: Drift) -> DriftAnswer:
    """Return the counts with their intervals."""
    return DriftAnswer(
        pemilihan=pemilihan,
        last=last,
        counts=[_answer_count(one) for one in drift.counts],
        boxes=drift.boxes,
        confusions=[
            ConfusionAnswer(machine=one.machine, decided=one.decided, count=one.count) for one in drift.confusions
        ],
    )


def _answer_count(one: DriftCount) -> DriftCountAnswer:
    return DriftCountAnswer(
        by=one.by,
        name=one.name,
        told=_answer_rate(one.told, one.fields),
        sure=_answer_rate(one.sure, one.fields),
        differing=_answer_rate(one.differing, one.told),
        wrong=_answer_rate(one.wrong, one.told),
        sure_wrong=_answer_rate(one.sure_wrong, one.sure),
    )


def _answer_rate(count: int, of: int) -> RateAnswer:
    low, high = bound_rate(count, of)
    return RateAnswer(count=count, of=of, low=low, high=high)
