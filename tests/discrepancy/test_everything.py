"""A whole contest at once finds what the jobs find, TPS by TPS; what describes, and recap sheets, stand apart."""

from dataclasses import replace
from hashlib import sha256
from typing import get_args

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy import everything
from app.discrepancy.everything import compare_everything, list_stretches
from app.discrepancy.kinds import DESCRIPTIVE, PLAIN, Kind
from app.discrepancy.ladder import compare_ladder
from app.discrepancy.listing import DiscrepancyFilter, list_discrepancies
from app.discrepancy.models import Discrepancy
from app.discrepancy.presence import count_unknown
from app.discrepancy.regions import compare_kelurahan, compare_regions
from app.discrepancy.rules.catalogue import RULES
from app.discrepancy.service import CompareReport, compare_many
from app.official.models import OfficialRecap, OfficialSnapshot
from app.pemilu.definition import Contest, DiscrepancyPolicy
from app.pemilu.file_shape import RuleCode
from app.tally.models import Result
from app.tally.service import rebuild
from app.transparency.canonical import canonical_json
from app.transparency.models import LogEntry
from tests.discrepancy.test_compare import accept, list_rows, publish
from tests.official.places import TPS, prepare_contest

UNKNOWN = "1101012001077"


@pytest.fixture
async def contest(session: AsyncSession) -> Contest:
    """Two TPS that differ, one alike, one that only we know, one that only the authority knows and that is no TPS."""
    contest = await prepare_contest(session)
    for tps, votes in {TPS[0]: (72, 109, 35), TPS[1]: (1, 2, 3), TPS[2]: (4, 5, 6), TPS[4]: (9, 9, 9)}.items():
        await accept(session, contest, votes, tps)
    for tps, votes in {TPS[0]: (72, 109, 95), TPS[1]: (1, 2, 3), TPS[2]: (4, 6, 6), UNKNOWN: (500, 1, 1)}.items():
        await publish(session, contest, votes, tps)
    return contest


async def list_open(session: AsyncSession) -> list[tuple[object, ...]]:
    rows = [row for row in await list_rows(session, "open") if row.kind in PLAIN]
    return sorted((row.tps_kode, row.kind, row.side, row.field, row.official, row.difference) for row in rows)


async def test_all_at_once_is_the_same_as_each_by_itself(
    session: AsyncSession, contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everything, "NUMBERS_AT_ONCE", 2 * len(contest.fields))  # a stretch a kabupaten
    assert [stretch.first for stretch in await list_stretches(session, contest)] == ["", "3404"]
    report = await compare_everything(session, contest=contest)
    at_once = await list_open(session)
    assert await compare_everything(session, contest=contest) == CompareReport(0, report.opened, 0)
    assert await compare_many(session, contest=contest, tps_kodes=[*TPS, UNKNOWN]) == CompareReport(0, report.opened, 0)
    assert {row[0] for row in at_once} == {TPS[0], TPS[2], UNKNOWN}
    flagged = dict((await session.execute(select(Result.tps_kode, Result.flagged).where(Result.flagged > 0))).all())
    assert flagged == {TPS[0]: 3, TPS[2]: 3}


async def test_one_log_entry_proves_every_difference_of_a_comparison(session: AsyncSession, contest: Contest) -> None:
    await compare_everything(session, contest=contest)
    rows = await list_rows(session, "open")
    (number,) = {row.opened_entry_id for row in rows}
    entry = await session.get_one(LogEntry, number)
    lines = sorted(
        canonical_json(
            {
                "event": "opened",
                "tps": row.tps_kode,
                "kind": row.kind,
                "field": row.field,
                "ours": row.ours,
                "official": row.official,
                "difference": row.difference,
            }
        )
        for row in rows
    )
    assert entry.payload["sha256"] == sha256(b"".join(line + b"\n" for line in lines)).hexdigest()
    assert entry.payload["opened"] == len(rows)


async def test_a_rule_that_is_turned_off_closes_what_it_had_found(session: AsyncSession, contest: Contest) -> None:
    await compare_everything(session, contest=contest)
    off = replace(contest, discrepancies=DiscrepancyPolicy(off=("number", "above_station")))
    await compare_everything(session, contest=off)
    assert await list_open(session) == []
    assert {row.closed_reason for row in await list_rows(session, "closed")} == {"rules_changed"}


async def test_what_one_side_lacks_is_counted_and_never_kept(session: AsyncSession, contest: Contest) -> None:
    await compare_everything(session, contest=contest)
    (found,) = await count_unknown(session, contest=contest)
    assert (found.why, found.tps, found.with_numbers) == ("number_above_register", 1, 1)
    assert not await session.scalar(text("SELECT count(*) FROM discrepancy WHERE kind LIKE 'missing%'"))


async def test_equal_neighbours_are_described_and_not_counted(session: AsyncSession) -> None:
    contest = await prepare_contest(session)
    for tps in TPS[:2]:
        await publish(session, contest, (40, 50, 60), tps)
    await compare_many(session, contest=contest, tps_kodes=TPS)
    report = await compare_regions(session, contest=contest, wilayah=TPS[0][:10])
    assert report == CompareReport(1, 0, 0)
    assert await compare_regions(session, contest=contest, wilayah="1101") == CompareReport(0, 1, 0)
    counted = await list_discrepancies(session, filters=DiscrepancyFilter())
    described = await list_discrepancies(session, filters=DiscrepancyFilter(group="descriptive"))
    assert (counted.totals.count, [item.kind for item in described.items]) == (0, [Kind.IDENTICAL_NEIGHBOURS])
    assert (described.items[0].tps_kode, described.items[0].votes, described.items[0].severity) == (TPS[1], 0, "none")
    await publish(session, contest, (41, 50, 60), TPS[1])
    assert (await compare_regions(session, contest=contest, wilayah=TPS[0][:10])).closed == 1


async def test_several_kelurahan_together_are_told_what_each_is_told_by_itself(session: AsyncSession) -> None:
    contest = await prepare_contest(session)
    kelurahan = sorted({tps[:10] for tps in TPS})
    for tps in TPS[:2]:
        await publish(session, contest, (40, 50, 60), tps)
    assert await compare_kelurahan(session, contest=contest, kelurahan=kelurahan) == CompareReport(1, 0, 0)
    assert await compare_kelurahan(session, contest=contest, kelurahan=kelurahan) == CompareReport(0, 1, 0)
    for kode in kelurahan:
        assert (await compare_regions(session, contest=contest, wilayah=kode)).opened == 0
    # A kelurahan that is not named keeps what stands in it; a number that was withdrawn closes what it had opened.
    others = [kode for kode in kelurahan if kode != TPS[1][:10]]
    assert await compare_kelurahan(session, contest=contest, kelurahan=others) == CompareReport(0, 0, 0)
    await publish(session, contest, (None, None, None), TPS[1])
    assert await compare_kelurahan(session, contest=contest, kelurahan=kelurahan) == CompareReport(0, 0, 1)


async def state(session: AsyncSession, contest: Contest, kode: str, third: int, kind: str = "d_hasil") -> None:
    """Write down what a recap sheet states for the third choice."""
    snapshot = (await session.scalars(select(OfficialSnapshot.id))).first()
    numbers = [third if field == "suara_03" else None for field in contest.fields]
    session.add(
        OfficialRecap(
            snapshot_id=snapshot, pemilihan_id=contest.id, kode=kode, source_kind=kind, numbers=numbers, tps=None
        )
    )
    await session.flush()


async def test_sums_are_held_against_recap_sheets_at_every_level(session: AsyncSession, contest: Contest) -> None:
    await rebuild(session, contest=contest)
    # Our three TPS of Aceh's four state 35 + 3 + 6 = 44, the authority's 95 + 3 + 6 (and 1 at a TPS that is none).
    await state(session, contest, "110101", 39)
    await state(session, contest, "110102", 7)
    await state(session, contest, "1101", 50)
    await state(session, contest, "11", 50)
    await state(session, contest, "11", 51, kind="decree")
    assert (await compare_ladder(session, contest=contest, kodes=[TPS[0][:10], "110101", "1101"])).opened == 1
    await compare_ladder(session, contest=contest)
    page = await list_discrepancies(session, filters=DiscrepancyFilter(group="ladder"))
    found = {(item.tps_kode, str(item.kind), item.field, item.ours, item.official) for item in page.items}
    assert found == {
        ("110101", "ladder_ours", "suara_03@d_hasil", 38, 39),
        ("110101", "ladder_official", "suara_03@d_hasil", 99, 39),
        ("1101", "ladder_official", "suara_03@d_hasil", 105, 50),
        ("11", "ladder_official", "suara_03@d_hasil", 105, 50),
        ("11", "ladder_official", "suara_03@decree", 105, 51),
        ("1101", "ladder_recap", "suara_03@d_hasil/below", 46, 50),
        ("11", "ladder_recap", "suara_03@d_hasil/decree", 51, 50),
    }
    assert (await compare_ladder(session, contest=contest)).opened == 0
    await session.execute(text("UPDATE official_recap SET superseded = true"))
    assert (await compare_ladder(session, contest=contest)).closed == len(found)


def test_every_rule_that_is_kept_has_a_kind_and_can_be_turned_off() -> None:
    kept = {rule.code for rule in RULES if rule.kept}
    assert kept | {"ladder_ours", "ladder_official", "ladder_recap"} == set(Kind) == set(get_args(RuleCode))
    assert {rule.code for rule in RULES if rule.kept and rule.scope == "tps"} == PLAIN
    assert {rule.code for rule in RULES if rule.descriptive} == DESCRIPTIVE
    assert set(Discrepancy.__table__.c.keys()) >= {"life", "severity", "votes", "follows_id"}
