"""Publishing as workers and operators do it, on the folder and in a bucket."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app.core.config import Settings, get_settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.storage import LocalStore, S3Store
from app.pemilu.definition import Contest
from app.publication.press import Press
from app.publication.publish import publish_contest
from app.publication.reading import PublishedFiles
from app.publication.shelf import open_shelf, pointer_key
from app.publication.sweep import sweep_volumes
from app.tally import service as tally
from app.transparency.key_record import agree_on_key
from app.transparency.signing import Signer, load_signer
from tests.publication.conftest import accept
from tests.tally.contests import lay_contests
from workers.cli import publish
from workers.job import Context
from workers.publisher import Mender, publish_once
from workers.reader_pool import ReaderPool

TPS = "1101012001001"
_PHOTO = """
    WITH who AS (INSERT INTO account (name, display_name, password_hash, role) VALUES ('sari', '', '-', 'volunteer')
                 RETURNING id)
    INSERT INTO photo (sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, state, page)
    SELECT sha256, 1, 'image/jpeg', :contest, :tps, who.id, state, page FROM who, (VALUES
      (repeat('b', 64), 'read', 3), (repeat('a', 64), 'read', 2), (repeat('c', 64), 'rejected', 2)
    ) AS sent (sha256, state, page)"""


async def test_an_accepted_tps_names_the_photographs_that_were_read(
    press: Press, ppwp: Contest, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        await session.execute(text(_PHOTO), {"contest": ppwp.id, "tps": TPS})
        await tally.note_photo(session, contest=ppwp, tps_kode=TPS)
    await publish_contest(press, pemilihan_id=ppwp.id)
    assert await _read_photos(press) == []
    await accept(sessions, ppwp, TPS)
    await publish_contest(press, pemilihan_id=ppwp.id)
    assert await _read_photos(press) == ["a" * 64, "b" * 64]


async def _read_photos(press: Press) -> list[str]:
    files = PublishedFiles(press.shelf)
    file = await files.find_current(await files.find_pointer("ppwp-2024"), TPS[:10])
    found: list[str] = orjson.loads(file.unpack())["stations"][0]["photos"]
    return found


async def test_a_bucket_keeps_what_a_folder_keeps(
    s3_store: S3Store, ppwp: Contest, sessions: Sessions, tmp_path: Path
) -> None:
    press = Press(sessions, open_shelf(s3_store), load_signer(tmp_path / "keys"))
    await accept(sessions, ppwp, TPS)
    await publish_contest(press, pemilihan_id=ppwp.id)
    await accept(sessions, ppwp, TPS, {"suara_01": 5})
    await publish_contest(press, pemilihan_id=ppwp.id)  # the pointer is replaced there too
    files = PublishedFiles(press.shelf)
    pointer = await files.find_pointer("ppwp-2024")
    assert orjson.loads(pointer.known_text())["serial"] == 2
    for kode in ("0", "11", "1101012001"):
        assert orjson.loads((await files.find_current(pointer, kode)).unpack())["sums"][0] == 5
    async with sessions.begin() as session:
        await session.execute(text("UPDATE publication_volume SET retired_at = '2020-01-01' WHERE retired_at NOTNULL"))
        now = (await session.execute(text("SELECT now()"))).scalar_one()
    assert await sweep_volumes(press, now=now) == 1


async def test_a_worker_publishes_with_the_installations_key_and_with_no_other(
    settings: Settings, sessions: Sessions, storage: LocalStore, ppwp: Contest
) -> None:
    context = Context(sessions, settings, storage, ReaderPool(0))
    shelf = open_shelf(storage)
    await publish_once(context)
    ours = load_signer(settings.home / "keys")
    await _agree(sessions, load_signer(settings.home / "other"))
    await publish_once(context)
    await Mender(context).mend()
    assert not (settings.objects / "publication").exists()
    async with sessions.begin() as session:
        await session.execute(text("ALTER TABLE log_entry DISABLE TRIGGER USER"))
        await session.execute(text("DELETE FROM log_entry WHERE kind = 'signing_key'"))
    await _agree(sessions, ours)
    await publish_once(context)
    await Mender(context).mend()
    assert orjson.loads(await shelf.read(pointer_key("ppwp-2024")))["key_id"] == ours.key_id


async def _agree(sessions: Sessions, signer: Signer) -> None:
    async with sessions.begin() as session:
        await agree_on_key(session, signer=signer)


@pytest.fixture
def installation(database: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """What a command finds around it."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("RUNUT_HOME", str(settings.home))
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


def test_the_command_publishes_says_what_it_wrote_and_makes_a_folder(
    installation: Settings, database: str, tmp_path: Path
) -> None:
    asyncio.run(_prepare(database, tmp_path))
    first = CliRunner().invoke(publish.app, ["--static", str(tmp_path / "stick")], catch_exceptions=False)
    assert "ppwp-2024: 19 files in 6 objects" in first.output
    assert "24 regions" in first.output  # 18 of the nation, 6 of the kabupaten that votes alone
    assert "Presiden" in (tmp_path / "stick" / "index.html").read_text("utf-8")
    again = CliRunner().invoke(publish.app, ["--pemilihan", "ppwp-2024"], catch_exceptions=False)
    assert "ppwp-2024: nothing written; no file came out otherwise." in again.output


async def _prepare(database: str, folder: Path) -> None:
    engine = make_engine(database)
    async with make_sessions(engine).begin() as session:
        await lay_contests(session, folder)
        await tally.rebuild_all(session)
    await engine.dispose()
