"""The result of a TPS, put together from the decisions on its sections."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue
from app.pemilu.definition import Contest
from app.tally.service import clear_result, set_result
from app.verification.models import Decision, TpsSection

_WEAKEST_FIRST = ("one_uploader", "two_uploaders", "official_photo")


async def assemble_result(session: AsyncSession, contest: Contest, place: TpsSection) -> None:
    """Put the result of a section's TPS together from all its decisions, and have it compared with official figures.

    The caller holds the locks of :func:`settle.lock_sections`. The sections are read anew under them: one that was made
    and decided while the caller waited would otherwise be missing from the result until somebody settles again.
    """
    beside = {"pemilihan_id": place.pemilihan_id, "tps_kode": place.tps_kode, "round": place.round}
    sections = list((await session.execute(select(TpsSection).filter_by(**beside))).scalars())
    query = select(Decision).where(
        Decision.section_id.in_([one.id for one in sections]), Decision.state == "current", Decision.outcome == "accept"
    )
    accepted = {one.section_id: one for one in (await session.execute(query)).scalars()}
    by_name = {one.section: one for one in sections}
    state = _join_states(contest, by_name)
    round_ = place.round
    if not accepted:
        await clear_result(session, contest=contest, tps_kode=place.tps_kode, round=round_, state=state)
    else:
        await set_result(
            session,
            contest=contest,
            tps_kode=place.tps_kode,
            round=round_,
            numbers={name: number for one in accepted.values() for name, number in one.numbers.items()},
            state=state,
            source_class=_weakest(contest, by_name, accepted) if state == "accepted" else None,
            flags=sorted({flag for one in accepted.values() for flag in one.flags}),
        )
    payload = {"pemilihan_id": contest.id, "tps_kode": place.tps_kode}
    await enqueue(session, "compare", payload, dedupe=f"compare/{contest.id}/{place.tps_kode}")


def _required(contest: Contest) -> list[str]:
    required = [one.kode for one in contest.sections if one.required]
    return required or [one.kode for one in contest.sections]


def _join_states(contest: Contest, by_name: Mapping[str, TpsSection]) -> str:
    """Return the state of the required sections together. One that nobody photographed waits."""
    states = {by_name[name].state if name in by_name else "waiting" for name in _required(contest)}
    if "disputed" in states:
        return "disputed"
    return "accepted" if states == {"accepted"} else "waiting"


def _weakest(contest: Contest, by_name: Mapping[str, TpsSection], accepted: Mapping[int, Decision]) -> str:
    """Return the weakest source class among the required sections: a result is as independent as its weakest part."""
    classes = {accepted[by_name[name].id].source_class for name in _required(contest)}
    return next(name for name in _WEAKEST_FIRST if name in classes)
