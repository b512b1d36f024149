"""A restore fills an empty installation only, tells whether it is equal, and can be started again."""

import asyncio
import json

import pytest
from sqlalchemy import text

from app.core.database import make_engine, make_sessions
from app.core.errors import ConflictError, RunutError
from app.core.schema import NewerSchemaError
from app.core.storage import LocalStore
from app.intake.service import thumb_key
from app.transparency.signing import make_key_file
from tests.backup.conftest import Scene, rows_of
from workers.backup_folder import MANIFEST
from workers.cli.restore import restore_into
from workers.database import open_database
from workers.restore import compare_with_backup
from workers.restore_mark import find_begun


async def test_only_an_empty_installation_is_restored_into(scene: Scene) -> None:
    await scene.send(1)
    await scene.keep()
    with pytest.raises(ConflictError, match="objects is not empty"):
        await scene.restore(home=scene.settings.home)
    with pytest.raises(ConflictError, match="database holds"):
        await scene.restore(database_url=scene.url)
    assert not scene.target.home.exists()
    assert len((await rows_of(scene.url))["photo"]) == 1


async def test_a_key_that_the_operator_provides_must_be_the_backups(scene: Scene) -> None:
    await scene.keep()
    other = scene.kept.parent / "other.pem"
    make_key_file(other)
    with pytest.raises(ConflictError, match="not the key of the backup"):
        await scene.restore(signing_key_file=other)
    same = scene.settings.home / "keys" / "receipt.pem"
    assert all(one.holds for one in await scene.restore(signing_key_file=same))
    assert not (scene.target.home / "keys").exists()


async def test_a_restore_that_was_cut_off_serves_nobody_and_can_be_started_again(scene: Scene) -> None:
    for number in range(3):
        await scene.send(number)
    made = await scene.keep()
    for step in ("database", "comparison"):

        def cut(now: str, done: int, _of: int | None, step: str = step) -> None:
            if (now, bool(done)) == (step, step == "comparison"):
                raise InterruptedError

        with pytest.raises(InterruptedError):
            await asyncio.to_thread(restore_into, scene.target, made.path, cut)
        assert find_begun(scene.target.home) == made.path.name
        with pytest.raises(ConflictError, match="was cut off"), open_database(scene.target):
            pass
    assert all(one.holds for one in await scene.restore())
    assert find_begun(scene.target.home) is None


async def test_the_comparison_sees_a_changed_row_object_log_and_sum(scene: Scene) -> None:
    await scene.send_and_read(1)
    made = await scene.keep()
    await scene.restore()
    engine = make_engine(str(scene.target.database_url))
    async with make_sessions(engine).begin() as session:
        await session.execute(text("ALTER TABLE log_entry DISABLE TRIGGER ALL"))
        await session.execute(text("""UPDATE log_entry SET payload = payload || '{"a": 1}' WHERE kind = 'photo'"""))
        await session.execute(text("UPDATE tally SET tps_photo = tps_photo + 1 WHERE kode = '3171011001'"))
        await session.execute(text("UPDATE photo SET at = at + interval '1 microsecond'"))
        await session.execute(text("DELETE FROM pgqueuer"))
    await engine.dispose()
    (scene.target.objects / thumb_key(scene.sent[0])).write_bytes(b"other")

    found = await compare_with_backup(
        str(scene.target.database_url), LocalStore(scene.target.objects), scene.target, made.path
    )

    assert {one.what for one in found if not one.holds} == {
        "photo",
        "tally",
        "log_entry",
        "other tables",
        "photographs and pictures",
        "log entries whose hash holds",
        "sums of 1 contests, added up again",
    }


async def test_a_backup_of_a_later_release_is_left_alone(scene: Scene) -> None:
    made = await scene.keep()
    manifest = json.loads((made.path / MANIFEST).read_text())
    (made.path / MANIFEST).write_text(json.dumps({**manifest, "schema": "0999"}))
    with pytest.raises(NewerSchemaError, match="0999"):
        await scene.restore()
    (made.path / MANIFEST).write_text(json.dumps({**manifest, "format": 2}))
    with pytest.raises(RunutError, match="format 2"):
        await scene.restore()
