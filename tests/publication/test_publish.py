"""Publishing: what is written when, what a crash leaves, what two publishers at once do."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text

from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.core.statements import look
from app.core.storage import StoreUnavailableError
from app.pemilu.definition import Contest
from app.publication.gather import read_leaves
from app.publication.known import list_due
from app.publication.press import Press, mend_pointers
from app.publication.publish import publish_contest
from app.publication.reading import NotPublishedError, PublishedFiles
from app.publication.shelf import LocalShelf, pointer_key
from app.publication.sweep import KEPT, sweep_volumes
from app.tally import service as tally
from tests.publication.conftest import accept
from tests.tally.contests import PILKADA, import_text

TPS, OTHER_TPS, FAR_TPS = "1101012001001", "1101012001002", "1102042001001"
LATER = PILKADA.replace("form =", "publish_not_before = 2099-11-27T13:00:00+07:00\nform =")
OPEN = datetime(2099, 11, 27, 6, 0, 1, tzinfo=UTC)


async def read(press: Press, kode: str, contest: str = "ppwp-2024") -> dict[str, object]:
    """Return a region's file as somebody who comes new would find it."""
    files = PublishedFiles(press.shelf)
    file = await files.find_current(await files.find_pointer(contest), kode)
    found: dict[str, object] = orjson.loads(file.unpack())
    return found


def count_volumes(press: Press) -> int:
    assert isinstance(press.shelf, LocalShelf)
    return len(list((press.shelf.folder / "publication" / "volume").glob("*/*")))


async def test_only_what_changed_is_written_and_names_what_it_follows(
    press: Press, ppwp: Contest, sessions: Sessions
) -> None:
    first = await publish_contest(press, pemilihan_id=ppwp.id)
    assert first.files == 19  # 18 regions, and the contest itself
    before = {kode: await read(press, kode) for kode in ("0", "1101", "1102")}
    assert (await publish_contest(press, pemilihan_id=ppwp.id)).files == 0
    await accept(sessions, ppwp, TPS, rolled=False)  # the publisher rolls up what nobody rolled yet
    second = await publish_contest(press, pemilihan_id=ppwp.id)
    assert (second.files, second.volumes) == (5, 5)
    after = {kode: await read(press, kode) for kode in ("0", "1101", "1102")}
    assert after["1102"] == before["1102"]
    assert after["1101"]["sums"][0] == 11  # type: ignore[index]
    assert after["0"]["previous"] != before["0"]["previous"] is None
    async with sessions.begin() as session:
        kinds = await session.execute(text("SELECT payload->>'serial' FROM log_entry WHERE kind = 'publication'"))
        assert [row[0] for row in kinds] == ["1", "2"]


async def test_two_tps_that_change_places_are_published_though_no_sum_moves(
    press: Press, ppwp: Contest, sessions: Sessions
) -> None:
    await accept(sessions, ppwp, TPS, {"suara_01": 1})
    await accept(sessions, ppwp, OTHER_TPS, {"suara_01": 2})
    await publish_contest(press, pemilihan_id=ppwp.id)
    await accept(sessions, ppwp, TPS, {"suara_01": 2}, rolled=False)
    await accept(sessions, ppwp, OTHER_TPS, {"suara_01": 1})
    await publish_contest(press, pemilihan_id=ppwp.id)
    stations = (await read(press, "1101012001"))["stations"]
    assert [one["numbers"][0] for one in stations[:2]] == [2, 1]  # type: ignore[index]


async def test_a_file_never_shows_tps_that_its_sums_do_not_hold(
    press: Press, ppwp: Contest, sessions: Sessions
) -> None:
    """Results come in while the publisher works; every published kelurahan still adds up."""
    await publish_contest(press, pemilihan_id=ppwp.id)

    async def count() -> None:
        for number in range(40):
            await accept(sessions, ppwp, TPS, {"suara_01": number}, rolled=number % 7 == 0)

    counting = asyncio.create_task(count())
    while not counting.done():
        await publish_contest(press, pemilihan_id=ppwp.id)
        file = await read(press, "1101012001")
        assert file["sums"][0] == sum((one["numbers"] or [0])[0] for one in file["stations"])  # type: ignore[attr-defined,index]
    await counting
    await publish_contest(press, pemilihan_id=ppwp.id)
    assert (await read(press, "0"))["sums"][0] == 39  # type: ignore[index]


async def test_a_kelurahan_whose_results_are_not_rolled_up_yet_is_known_as_such(
    ppwp: Contest, sessions: Sessions
) -> None:
    for rolled in (False, True):
        await accept(sessions, ppwp, TPS, {"suara_01": 3}, rolled=rolled)
        async with look(sessions) as ask:
            (leaf,) = await read_leaves(ask, pemilihan_id=ppwp.id, kodes=[TPS[:10]])
        assert leaf.pending is not rolled
        assert '"numbers":[3,null' in leaf.stations  # its TPS are newer than its sums
        assert leaf.sums.startswith('"sums":[3,' if rolled else '"sums":[0,')


async def test_two_publishers_at_once_publish_once(press: Press, ppwp: Contest) -> None:
    outcomes = await asyncio.gather(*(publish_contest(press, pemilihan_id=ppwp.id) for _ in range(3)))
    assert sorted(one.files for one in outcomes) == [0, 0, 19]
    assert orjson.loads(await press.shelf.read(pointer_key("ppwp-2024")))["serial"] == 1


class Breaking:
    """A shelf that breaks at the write of this number, as a disk or a bucket does; the bytes may be there or not."""

    def __init__(self, shelf: LocalShelf, at: int, *, written: bool) -> None:
        self.shelf, self.left, self.written = shelf, at, written

    async def put(self, key: str, data: bytes) -> None:
        self.left -= 1
        breaks = self.left == 0
        if not breaks or self.written:
            await self.shelf.put(key, data)
        if breaks:
            raise StoreUnavailableError("The disk is gone.", "Wait.")

    async def read(self, key: str, span: range | None = None) -> bytes:
        return await self.shelf.read(key, span)

    async def remove(self, key: str) -> None:
        await self.shelf.remove(key)


async def test_a_crash_at_any_write_leaves_a_pointer_whose_files_are_all_there(
    press: Press, ppwp: Contest, sessions: Sessions
) -> None:
    """Five volumes and the pointer: each write breaks once, with the bytes there and without; the next run takes the
    ordinary way and loses nothing."""
    assert isinstance(press.shelf, LocalShelf)
    await publish_contest(press, pemilihan_id=ppwp.id)
    for at, written in [(at, at % 2 == 0) for at in range(1, 7)] + [(6, False), (5, True)]:
        votes = 10 * at + written
        await accept(sessions, ppwp, TPS, {"suara_01": votes})
        broken = Press(sessions, Breaking(press.shelf, at, written=written), press.signer)
        with pytest.raises((StoreUnavailableError, ExceptionGroup)):
            await publish_contest(broken, pemilihan_id=ppwp.id)
        assert [(await read(press, kode))["kode"] for kode in ("0", "1101012001")] == ["0", "1101012001"]
        await publish_contest(press, pemilihan_id=ppwp.id)
        assert (await read(press, "1101012001"))["sums"][0] == votes  # type: ignore[index]
        assert (await read(press, "0"))["sums"][0] == votes  # type: ignore[index]


async def test_old_volumes_go_after_their_time_and_what_is_current_stays(
    press: Press, ppwp: Contest, sessions: Sessions
) -> None:
    await publish_contest(press, pemilihan_id=ppwp.id)
    files = PublishedFiles(press.shelf)
    young = await files.find_pointer("ppwp-2024")
    await accept(sessions, ppwp, TPS)
    await publish_contest(press, pemilihan_id=ppwp.id)
    now = datetime.now(UTC)
    assert await sweep_volumes(press, now=now + KEPT - timedelta(minutes=1)) == 0
    assert (await files.find_current(young, "0")).name == "0"
    before = count_volumes(press)
    swept = await sweep_volumes(press, now=now + KEPT + timedelta(minutes=1))
    assert swept == 1  # the nation's: all other volumes still hold a file that did not change
    assert count_volumes(press) == before - swept
    for kode in ("0", "11", "1101", "1102", "3173011005"):
        assert (await read(press, kode))["kode"] == kode


async def test_everything_written_anew_lies_in_few_volumes_and_the_others_go(
    press: Press, ppwp: Contest, sessions: Sessions
) -> None:
    await publish_contest(press, pemilihan_id=ppwp.id)
    await accept(sessions, ppwp, TPS)
    await publish_contest(press, pemilihan_id=ppwp.id)
    old = await read(press, "3173011005")
    assert (await publish_contest(press, pemilihan_id=ppwp.id, anew=True)).files == 19
    await sweep_volumes(press, now=datetime.now(UTC) + 2 * KEPT)
    assert count_volumes(press) == 6
    new = await read(press, "3173011005")
    assert (new["sums"], new["stations"]) == (old["sums"], old["stations"])
    assert new["previous"] != old["previous"]


async def test_a_contest_that_is_held_back_is_in_no_pointer_and_in_no_file(
    press: Press, ppwp: Contest, sessions: Sessions, tmp_path: Path
) -> None:
    async with sessions.begin() as session:
        await import_text(session, LATER, tmp_path)
        await tally.rebuild_all(session)
        number = (await session.execute(text("SELECT id FROM pemilihan WHERE kode LIKE 'bupati%'"))).scalar_one()
    assert (await publish_contest(press, pemilihan_id=number)).why == "numbers are held back"
    assert count_volumes(press) == 0
    with pytest.raises(NotFoundError):
        await press.shelf.read(pointer_key("bupati-1101-2024"))
    assert (await publish_contest(press, pemilihan_id=number, now=OPEN)).files
    await mend_pointers(press, now=OPEN)
    assert (await read(press, "1101", "bupati-1101-2024"))["kode"] == "1101"
    # Held back again, as a file that was mended would have it: the way in is closed at the next look.
    assert await mend_pointers(press) == 1
    with pytest.raises(NotPublishedError):
        await read(press, "1101", "bupati-1101-2024")
    assert orjson.loads(await press.shelf.read("publication/index.json"))["pemilihan"] == []


async def test_a_pointer_that_was_lost_is_put_again(press: Press, ppwp: Contest) -> None:
    await publish_contest(press, pemilihan_id=ppwp.id)
    right = await press.shelf.read(pointer_key("ppwp-2024"))
    await press.shelf.remove(pointer_key("ppwp-2024"))
    assert await mend_pointers(press) == 1
    assert await press.shelf.read(pointer_key("ppwp-2024")) == right
    assert await mend_pointers(press) == 0


async def test_a_store_without_the_files_is_filled_again(press: Press, ppwp: Contest, sessions: Sessions) -> None:
    """As after a restore: the database knows a publication, and the store has nothing of it, or only a part."""
    assert isinstance(press.shelf, LocalShelf)
    await accept(sessions, ppwp, TPS)
    await publish_contest(press, pemilihan_id=ppwp.id)
    shutil.rmtree(press.shelf.folder / "publication")
    await mend_pointers(press)
    with pytest.raises(NotFoundError):
        await press.shelf.read(pointer_key("ppwp-2024"))  # rather none than one that leads nowhere
    async with look(sessions) as ask:
        assert await list_due(ask) == [ppwp.id]
    assert (await publish_contest(press, pemilihan_id=ppwp.id)).files == 19
    assert (await read(press, "1101012001"))["sums"][0] == 11  # type: ignore[index]
    async with look(sessions) as ask:
        assert await list_due(ask) == []
