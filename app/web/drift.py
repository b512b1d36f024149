"""Page ``/mesin``: how the machine does against blind readers, for monitors and reviewers."""

from dataclasses import dataclass
from math import log10

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.core.access import Role, signed_in
from app.pemilu.definition import Contest
from app.pemilu.publication import check_public
from app.pemilu.service import get_contest
from app.verification.drift import LAST, Confusion, DriftCount, measure_drift
from app.verification.intervals import bound_rate
from app.web.rendering import render
from app.web.words import name_briefly

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

DECADES = 5
"""The chart's axis goes from 1 in 100,000 to 1."""
LEFT, WIDTH, STEP = 130, 200, 24
CONFUSIONS_SHOWN = 12


@dataclass(frozen=True)
class ChartRow:
    """One interval in the chart, in its units; ``middle`` is null where nothing was wrong."""

    name: str
    y: int
    low: float
    middle: float | None
    high: float


@dataclass(frozen=True)
class Chart:
    """Rates of sure fields where another number was decided, on a logarithmic axis."""

    rows: tuple[ChartRow, ...]
    bound: float
    ticks: tuple[tuple[float, str], ...]
    width: int
    height: int


@router.get("/mesin/{pemilihan}", dependencies=[signed_in(Role.MONITOR, Role.REVIEWER)])
async def show_drift(request: Request, pemilihan: str) -> HTMLResponse:
    """Show the newest decisions' counts."""
    async with request.app.state.sessions.begin() as session:
        contest = check_public(await get_contest(session, kode=pemilihan))
        drift = await measure_drift(session, contest=contest)
    return render(
        request,
        "drift.html",
        contest=contest,
        drift=drift,
        last=LAST,
        chart=draw_chart(contest, drift.counts),
        name=lambda one: _name(contest, one),
        bound=bound_rate,
        confusions=drift.confusions[:CONFUSIONS_SHOWN],
        confused=_share_confused(drift.confusions, drift.boxes),
    )


def draw_chart(contest: Contest, counts: tuple[DriftCount, ...]) -> Chart:
    """Return the chart of what there are sure fields of; the fields themselves stand in the table only."""
    shown = [one for one in counts if one.sure and one.by != "field"]
    rows = tuple(_draw_row(contest, one, number) for number, one in enumerate(shown))
    ticks = tuple((_place(10.0**-power), _name_tick(power)) for power in range(DECADES + 1))
    return Chart(rows, _place(contest.policy.wrong_bound), ticks, LEFT + WIDTH + 24, STEP * (len(rows) + 2))


def _name_tick(power: int) -> str:
    """Every other tick has room for its name: ``0,1 %``."""
    return f"{100 / 10**power:g} %".replace(".", ",") if power % 2 else ""


def _draw_row(contest: Contest, one: DriftCount, number: int) -> ChartRow:
    low, high = bound_rate(one.sure_wrong, one.sure)
    middle = _place(one.sure_wrong / one.sure) if one.sure_wrong else None
    return ChartRow(_name(contest, one), STEP * (number + 1), _place(low), middle, _place(high))


def _place(rate: float) -> float:
    """Return where a rate stands on the axis."""
    return round(LEFT + WIDTH * (1 + log10(max(rate, 10.0**-DECADES)) / DECADES), 1)


def _name(contest: Contest, one: DriftCount) -> str:
    return name_briefly(contest, one.name) if one.by == "field" else one.name


def _share_confused(confusions: tuple[Confusion, ...], boxes: int) -> tuple[int, int]:
    return sum(one.count for one in confusions), boxes
