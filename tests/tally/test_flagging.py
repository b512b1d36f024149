"""How many discrepancies stand at a TPS, and the versions by which followers see what changed."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally import service as tally

FIRST, SECOND, ELSEWHERE = "1101012001001", "1101012001002", "3173011005001"


async def count_changes(session: AsyncSession) -> int:
    changes = await tally.count_changes(session)
    while await tally.roll_up(session):
        pass
    return changes


async def read_versions(session: AsyncSession, contest: Contest) -> dict[str, int]:
    rows = await session.execute(text("SELECT kode, version FROM tally WHERE pemilihan_id = :id"), {"id": contest.id})
    return {kode: version for kode, version in rows}  # noqa: C416 - a row is no pair to the type checker


async def test_flags_are_counted_in_every_region_and_written_only_where_they_change(
    session: AsyncSession, ppwp: Contest
) -> None:
    await tally.rebuild(session, contest=ppwp)
    await tally.note_photo(session, contest=ppwp, tps_kode=FIRST)
    await count_changes(session)
    counts = {FIRST: 2, SECOND: 1, ELSEWHERE: 0}
    assert await tally.note_flagged(session, pemilihan_id=ppwp.id, counts=counts) == 2
    assert await count_changes(session) == 1  # two TPS, one kelurahan
    assert await tally.note_flagged(session, pemilihan_id=ppwp.id, counts=counts) == 0
    assert await count_changes(session) == 0
    top = await tally.get_tally(session, contest=ppwp, kode="0")
    assert (top.tps_flagged, top.tps_photo) == (2, 1)
    assert (await tally.get_tally(session, contest=ppwp, kode="31")).tps_flagged == 0
    assert (await tally.get_result(session, contest=ppwp, tps_kode=FIRST)).flagged == 2
    await tally.note_flagged(session, pemilihan_id=ppwp.id, counts={FIRST: 0})
    await count_changes(session)
    assert (await tally.get_tally(session, contest=ppwp, kode="0")).tps_flagged == 1
    assert await tally.verify(session, contest=ppwp) == []


async def test_a_place_outside_the_contest_is_not_flagged(session: AsyncSession, bupati: Contest) -> None:
    counts = {"1102042001001": 1, "1200000000001": 1, FIRST: 1}
    assert await tally.note_flagged(session, pemilihan_id=bupati.id, counts=counts) == 1


async def test_a_revote_begins_without_flags(session: AsyncSession, ppwp: Contest) -> None:
    await tally.note_flagged(session, pemilihan_id=ppwp.id, counts={FIRST: 3})
    await tally.open_round(session, contest=ppwp, tps_kode=FIRST, reason="PSU")
    assert (await tally.get_result(session, contest=ppwp, tps_kode=FIRST)).flagged == 0
    assert await tally.note_flagged(session, pemilihan_id=ppwp.id, counts={FIRST: 1}) == 1


async def test_a_version_rises_where_a_row_changed_and_nowhere_else(session: AsyncSession, ppwp: Contest) -> None:
    await tally.rebuild(session, contest=ppwp)
    before = await read_versions(session, ppwp)
    await tally.note_flagged(session, pemilihan_id=ppwp.id, counts={FIRST: 1})
    await count_changes(session)
    await tally.rebuild(session, contest=ppwp)
    after = await read_versions(session, ppwp)
    changed = {kode for kode in after if after[kode] != before[kode]}
    assert changed == {"0", "11", "1101", "110101", "1101012001"}
    assert min(after[kode] for kode in changed) > max(before.values())
