"""The results of TPS, put together from the decisions on their sections."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue_many
from app.pemilu.definition import Contest
from app.tally.service import TpsResult, set_results
from app.verification.locks import LockedSection

_WEAKEST_FIRST = ("one_uploader", "two_uploaders", "official_photo")

Place = tuple[int, str, int]
"""Contest's number, TPS, round."""

# Read under the locks of the caller: a section that was made and decided while he waited for them would otherwise be
# missing from the result until somebody settles again.
_SECTIONS = text(
    """SELECT s.pemilihan_id, s.tps_kode, s.round, s.section, s.state, d.id AS decision, d.numbers, d.flags,
              d.source_class
       FROM (SELECT DISTINCT pemilihan_id, tps_kode, round FROM tps_section WHERE id = ANY(CAST(:ids AS bigint[]))) here
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
    for row in await session.execute(_SECTIONS, {"ids": [section.id for _, section in changed]}):
        sections.setdefault((row.pemilihan_id, row.tps_kode, row.round), []).append(row)
    for number, contest in sorted(contests.items()):
        places = sorted(place for place in sections if place[0] == number)
        results = [_assemble(contest, place, sections[place]) for place in places]
        await set_results(session, contest=contest, results=results)
    compared = sorted({(number, tps) for number, tps, _ in sections}, key=_name_comparison)
    payloads = [{"pemilihan_id": number, "tps_kode": tps} for number, tps in compared]
    await enqueue_many(session, "compare", payloads, dedupe=[_name_comparison(one) for one in compared])


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
