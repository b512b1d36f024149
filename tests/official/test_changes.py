"""What is told as a change, and what an import raises alarms about: the database after two or three imports."""

from typing import Any

import pytest
from sqlalchemy import text

from app.core.database import Sessions
from app.official import following
from app.official.alarms import Alarm, list_alarms
from app.official.changes import Change, ChangeKind, list_changes, list_tps_changes
from app.official.following import list_unmarked
from app.official.service import ImportReport, get_official, import_publication
from app.official.sources import Source
from tests.official.factory import make_csv, make_document, make_tar
from tests.official.places import TPS, prepare_contest
from workers.follow_official import mark_all

HEADER = "kode_tps,suara_01,suara_02,suara_03,suara_sah\n"


async def take(sessions: Sessions, source: Source) -> ImportReport:
    async with sessions.begin() as session:
        return await import_publication(session, contest=await prepare_contest(session), source=source)


async def take_files(sessions: Sessions, *documents: dict[str, Any]) -> None:
    """Import the JSON of one TPS after another; each later than the one before."""
    for hour, document in enumerate(documents):
        late = document | {"ts": f"2024-02-15 {hour:02}:00:00"}
        await take(sessions, make_tar({f"{TPS[0]}.json": late}))


async def look(sessions: Sessions, **words: Any) -> list[Change]:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        return await list_changes(session, pemilihan_id=contest.id, **words)


async def look_at_alarms(sessions: Sessions) -> list[Alarm]:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        return await list_alarms(session, pemilihan_id=contest.id, limit=1_000)


async def test_every_kind_of_change_is_told_by_its_name(sessions: Sessions) -> None:
    full = make_document((72, 109, 35))
    await take_files(
        sessions,
        make_document(chart=None, administrasi=None, images=[]),
        full,
        make_document((72, 109, 36)),
        make_document((72, 109, 36), images=["https://example.org/b.jpg"]),
        make_document((72, 110, 36), images=["https://example.org/c.jpg"]),
        make_document(chart=None, images=["https://example.org/c.jpg"]),
        make_document((72, 110, 36), images=["https://example.org/c.jpg"]),
    )
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        kinds = [str(one.kind) for one in await list_tps_changes(session, pemilihan_id=contest.id, tps_kode=TPS[0])]
    assert kinds == ["first", "first", "numbers_same_image", "image", "numbers", "withdrawn", "restored"]
    changes = await look(sessions)
    place = contest.places["suara_03"]
    assert changes[0].before is not None
    assert (changes[0].before[place], changes[0].after[place]) == (35, 36)
    assert changes[1].images_before == ("https://example.org/a.jpg",)
    assert changes[1].images_after == ("https://example.org/b.jpg",)
    assert [one.kind for one in await look(sessions, newest=True, limit=1)] == [ChangeKind.RESTORED]
    assert await look(sessions, wilayah="34") == []
    assert len(await look(sessions, kinds=tuple(ChangeKind))) == 7
    assert [one.kind for one in await look(sessions, after=changes[-2].id)] == [ChangeKind.RESTORED]


async def test_a_column_that_a_file_lacks_withdraws_nothing_and_a_csv_no_photographs(sessions: Sessions) -> None:
    await take(sessions, make_tar({f"{TPS[0]}.json": make_document((72, 109, 35))}))
    report = await take(sessions, make_csv(f"kode_tps,suara_01,ts\n{TPS[0]},73,2024-03-01 00:00:00\n"))
    assert report.notes["changes"] == {"numbers_same_image": 1}
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        now = await get_official(session, pemilihan_id=contest.id, tps_kode=TPS[0])
    assert now is not None
    assert [now.numbers[contest.places[name]] for name in ("suara_01", "suara_02", "suara_total")] == [73, 109, 219]
    assert now.images == ("https://example.org/a.jpg",)


async def test_votes_that_fall_and_charts_that_do_not_add_up_raise_alarms_once(sessions: Sessions) -> None:
    await take(sessions, make_csv(HEADER + f"{TPS[0]},100,50,10,160\n{TPS[2]},20,10,5,35\n"))
    assert await look_at_alarms(sessions) == []
    report = await take(sessions, make_csv(HEADER + f"{TPS[0]},10,50,10,160\n{TPS[2]},20,10,5,35\n"))
    alarms = await look_at_alarms(sessions)
    assert report.notes["alarms"] == len(alarms)
    falls = {one.kode: one.facts for one in alarms if one.kind == "votes_fall"}
    assert set(falls) == {"0", "11", "1101", "110101"}
    assert falls["0"]["before"] == 120
    assert falls["0"]["after"] == 30
    assert {(one.kode, one.facts["votes"]) for one in alarms if one.kind == "chart"} == {
        ("0", 90), ("11", 90), ("1101", 90)
    }  # fmt: skip
    await take(sessions, make_csv(HEADER + f"{TPS[0]},10,50,10,160\n{TPS[2]},20,10,5,35\n"))
    assert len(await look_at_alarms(sessions)) == len(alarms)


async def test_a_gain_that_new_tps_cannot_explain_raises_an_alarm(sessions: Sessions) -> None:
    await take(sessions, make_csv(HEADER + f"{TPS[0]},100,50,10,160\n"))
    await take(sessions, make_csv(HEADER + f"{TPS[1]},100,50,900,1050\n"))
    gains = [one for one in await look_at_alarms(sessions) if one.kind == "gain"]
    assert {(one.field, one.kode) for one in gains} == {("suara_03", kode) for kode in ("0", "11", "1101", "110101")}
    assert gains[0].facts["gain"] == 900
    assert gains[0].facts["tps_new"] == 1


async def test_a_large_import_is_followed_by_one_job_that_marks_what_is_there(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MANY", 2)
    await take(sessions, make_csv(HEADER + "".join(f"{kode},1,2,3,6\n" for kode in TPS[:3])))
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        jobs = (await session.scalars(text("SELECT entrypoint FROM pgqueuer WHERE entrypoint <> 'publish'"))).all()
        assert jobs == ["follow_official"]
        assert await list_unmarked(session, contest, after="", limit=10) == list(TPS[:3])
    assert await mark_all(sessions, contest) == 3
    assert await mark_all(sessions, contest) == 0
    async with sessions.begin() as session:
        marked = await session.scalars(text("SELECT tps_kode FROM result WHERE has_official ORDER BY 1"))
        assert marked.all() == list(TPS[:3])
