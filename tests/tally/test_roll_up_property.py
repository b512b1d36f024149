"""Whatever happens to results, rolling up until nothing is left equals a rebuild and an independent sum."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally import service as tally

PLACES = (
    "1101012001001",
    "1101012001002",
    "1101012002901",
    "1102042001001",
    "3173011005001",
    "3173011005004",
    "9901010002026",
)
EXPECTED = {
    "1101012001": 3,
    "1101012002": 4,
    "1102042001": 2,
    "3173011005": 4,
    "9901010001": 2,
    "9901010002": 1,
}

NUMBER = st.one_of(st.none(), st.integers(0, 999))
SOURCES = ("one_uploader", "two_uploaders", "official_photo")
STATES = st.sampled_from([*(("accepted", source) for source in SOURCES), ("waiting", None), ("disputed", None)])
SET = st.tuples(
    st.just("set"),
    st.integers(0, 1),
    st.sampled_from(PLACES),
    st.lists(NUMBER, min_size=28, max_size=28),
    STATES,
    st.booleans(),
)
OTHER = st.tuples(
    st.sampled_from(["withdraw", "photo", "official", "revote", "late", "flag"]),
    st.integers(0, 1),
    st.sampled_from(PLACES),
)
ROLL = st.tuples(st.just("roll"), st.integers(1, 3))
STEPS = st.lists(st.one_of(SET, SET, OTHER, ROLL), max_size=25)


@dataclass
class Known:
    """What the test itself holds for true of one TPS: one entry of numbers, state, source and paper a round."""

    rounds: list[tuple[dict[str, int | None], str, str | None, bool]] = field(
        default_factory=lambda: [({}, "waiting", None, False)]
    )
    photos: list[bool] = field(default_factory=lambda: [False])
    flagged: list[int] = field(default_factory=lambda: [0])
    official: bool = False


Truth = dict[tuple[int, str], Known]


class Walk:
    """Applies steps to the service and to the truth alike."""

    def __init__(self, session: AsyncSession, contests: tuple[Contest, Contest]) -> None:
        self.session = session
        self.contests = contests
        self.truth: Truth = {}

    async def take(self, step: tuple[Any, ...]) -> None:
        if step[0] == "roll":
            await tally.roll_up(self.session, limit=step[1])
            return
        contest, place = self.contests[step[1]], step[2]
        if contest.jenis == "bupati" and not place.startswith("1101"):
            return
        known = self.truth.setdefault((contest.id, place), Known())
        where = {"contest": contest, "tps_kode": place}
        if step[0] == "set":
            await self._set(known, where, step, len(known.rounds))
        elif step[0] == "late":
            await self._withdraw(known, where, 1)
        elif step[0] == "withdraw":
            await self._withdraw(known, where, len(known.rounds))
        elif step[0] == "photo":
            known.photos[-1] = True
            await tally.note_photo(self.session, **where, round=len(known.rounds))
        elif step[0] == "official":
            known.official = True
            await tally.note_official(self.session, pemilihan_id=contest.id, tps_kodes=[place, "1200000000001"])
        elif step[0] == "flag":
            known.flagged[-1] = (known.flagged[-1] + 1) % 3
            counts = {place: known.flagged[-1], "1200000000001": 1}
            await tally.note_flagged(self.session, pemilihan_id=contest.id, counts=counts)
        else:
            known.flagged.append(0)
            known.rounds.append(({}, "waiting", None, False))
            known.photos.append(False)
            await tally.open_round(self.session, **where, reason="PSU", account_id=None)

    async def _set(self, known: Known, where: dict[str, Any], step: tuple[Any, ...], number: int) -> None:
        _, _, _, drawn, (state, source), paper = step
        numbers = dict(zip(where["contest"].fields, drawn, strict=False))
        known.rounds[number - 1] = (numbers, state, source, paper)
        await tally.set_result(
            self.session,
            **where,
            round=number,
            numbers=numbers,
            state=state,
            source_class=source,
            flags=["paper"] if paper else [],
        )

    async def _withdraw(self, known: Known, where: dict[str, Any], number: int) -> None:
        known.rounds[number - 1] = ({}, "waiting", None, False)
        await tally.clear_result(self.session, **where, round=number)


def add_up(truth: Truth, contest: Contest) -> dict[str, dict[str, int]]:
    """Sum what the test holds for true, for every region by its code's beginning."""
    scope = [code for code in EXPECTED if contest.wilayah == ("0",) or code.startswith(contest.wilayah)]
    sums = {}
    for region in {code[:digits] or "0" for code in scope for digits in (0, 2, 4, 6, 10)}:
        inside = "" if region == "0" else region
        row = dict.fromkeys((*contest.fields, *COLUMNS), 0)
        row["tps_expected"] = sum(
            count for code, count in EXPECTED.items() if code in scope and code.startswith(inside)
        )
        for (contest_id, place), known in truth.items():
            if contest_id == contest.id and place.startswith(inside):
                add_place(row, known)
        sums[region] = row
    return sums


def add_place(row: dict[str, int], known: Known) -> None:
    numbers, state, source, paper = known.rounds[-1]
    for name, number in numbers.items():
        row[name] += number or 0
    accepted = state == "accepted"
    row["tps_photo"] += known.photos[-1]
    row["tps_official"] += known.official
    row["tps_flagged"] += known.flagged[-1] > 0
    row["tps_accepted"] += accepted
    row["tps_disputed"] += state == "disputed"
    row["tps_paper"] += accepted and paper
    row["source_one"] += source == "one_uploader"
    row["source_two"] += source == "two_uploaders"
    row["source_official"] += source == "official_photo"


COLUMNS = (
    "tps_expected",
    "tps_photo",
    "tps_accepted",
    "tps_disputed",
    "tps_paper",
    "tps_official",
    "tps_flagged",
    "source_one",
    "source_two",
    "source_official",
)


async def stored(session: AsyncSession, contest: Contest) -> dict[str, dict[str, int]]:
    rows = await session.execute(text("SELECT * FROM tally WHERE pemilihan_id = :id"), {"id": contest.id})
    return {row["kode"]: read_row(dict(row), contest) for row in rows.mappings()}


def read_row(row: Mapping[str, Any], contest: Contest) -> dict[str, int]:
    sums = dict(zip(contest.fields, row["sums"], strict=True))
    return {**sums, **{column: row[column] for column in COLUMNS}}


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=STEPS)
async def test_rolling_until_empty_equals_rebuild_and_an_independent_sum(
    session: AsyncSession, contests: tuple[Contest, Contest], steps: list[tuple[Any, ...]]
) -> None:
    async with session.begin_nested() as example:
        for contest in contests:
            await tally.rebuild(session, contest=contest)
        walk = Walk(session, contests)
        for step in steps:
            await walk.take(step)
        while await tally.roll_up(session, limit=2):
            pass
        for contest in contests:
            rolled = await stored(session, contest)
            assert rolled == add_up(walk.truth, contest)
            assert await tally.verify(session, contest=contest) == []
            assert await tally.rebuild(session, contest=contest) == 0
            assert await stored(session, contest) == rolled
        await example.rollback()
