"""The results of TPS, put together from the decisions on their sections."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue_many
from app.pemilu.definition import Contest
from app.tally.service import TpsResult, set_results
from app.verification.locks import LockedSection
from app.verification.section_query import make_section_query

COMPARED_SINGLY = 10
"""Up to so many TPS are queued one by one, so that a waiting comparison of the same TPS does for both."""

_WEAKEST_FIRST = ("one_uploader", "two_uploaders", "official_photo")

Place = tuple[int, str, int]
"""Contest's number, TPS, round."""

# Read under the locks of the caller: a section that was made and decided while he waited for them would otherwise be
# missing from the result until somebody settles again.
_SECTIONS = make_section_query(
    """SELECT s.pemilihan_id, s.tps_kode, s.round, s.section, s.state, d.id AS decision, d.numbers, d.flags,
              d.source_class
       FROM (SELECT DISTINCT pemilihan_id, tps_kode, round FROM tps_section WHERE id {these}) here
       JOIN tps_section s USING (pemilihan_id, tps_kode, round)
       LEFT JOIN decision d ON d.section_id = s.id AND d.state = 'current' AND d.outcome = 'accept'
       ORDER BY s.id"""
)


async def assemble_results(session: AsyncSession, changed: Sequence[tuple[Contest, LockedSection]]) -> None:
    """Put the results of these sections' TPS together from all their decisions, and have them compared.

    The caller holds the sections' locks. Results are locked in the order of contest and TPS, the waiting comparisons
    after all of them.
    """
    if not changed:
        return
    contests = {contest.id: contest for contest, _ in changed}
    sections: dict[Place, list[Row[Any]]] = {}
    for row in await _SECTIONS.fetch(session, [section.id for _, section in changed]):
        sections.setdefault((row.pemilihan_id, row.tps_kode, row.round), []).append(row)
    for number, contest in sorted(contests.items()):
        places = sorted(place for place in sections if place[0] == number)
        results = [_assemble(contest, place, sections[place]) for place in places]
        await set_results(session, contest=contest, results=results)
    await _have_compared(session, sorted({(number, tps) for number, tps, _ in sections}, key=_name_comparison))


async def _have_compared(session: AsyncSession, places: Sequence[tuple[int, str]]) -> None:
    """Queue the comparison of these TPS: each by itself, or all of a large batch in one job.

    A job costs more than a comparison: a withdrawal of a hundred thousand sections would keep the workers for an hour.
    """
    if len(places) <= COMPARED_SINGLY:
        payloads = [{"pemilihan_id": number, "tps_kode": tps} for number, tps in places]
        await enqueue_many(session, "compare", payloads, dedupe=[_name_comparison(one) for one in places])
        return
    batches: dict[int, list[str]] = {}
    for number, tps in places:
        batches.setdefault(number, []).append(tps)
    await enqueue_many(
        session, "compare", [{"pemilihan_id": number, "tps_kodes": codes} for number, codes in batches.items()]
    )


def _name_comparison(place: tuple[int, str]) -> str:
    return f"compare/{place[0]}/{place[1]}"


def _assemble(contest: Contest, place: Place, sections: Sequence[Row[Any]]) -> TpsResult:
    by_name = {one.section: one for one in sections}
    accepted = [one for one in sections if one.decision is not None]
    state = _join_states(contest, by_name)
    return TpsResult(
        tps_kode=place[1],
        round=place[2],
        numbers={name: number for one in accepted for name, number in one.numbers.items()},
        state=state,
        source_class=_weakest(contest, by_name) if state == "accepted" else None,
        flags=tuple(sorted({flag for one in accepted for flag in one.flags})),
    )


def _required(contest: Contest) -> list[str]:
    required = [one.kode for one in contest.sections if one.required]
    return required or [one.kode for one in contest.sections]


def _join_states(contest: Contest, by_name: Mapping[str, Row[Any]]) -> str:
    """Return the state of the required sections together. One that nobody photographed waits."""
    states = {by_name[name].state if name in by_name else "waiting" for name in _required(contest)}
    if "disputed" in states:
        return "disputed"
    return "accepted" if states == {"accepted"} else "waiting"


def _weakest(contest: Contest, by_name: Mapping[str, Row[Any]]) -> str:
    """Return the weakest source class among the required sections: a result is as independent as its weakest part."""
    classes = {by_name[name].source_class for name in _required(contest)}
    return next(name for name in _WEAKEST_FIRST if name in classes)
