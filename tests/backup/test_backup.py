"""A backup of a service that goes on working: whole or not there, and damage does not pass."""

import asyncio
import gzip
import shutil
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from structlog.testing import capture_logs

from app.core.config import Settings
from app.core.database import make_engine, open_sessions
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.core.schema import NewerSchemaError, find_schema_state, list_revisions, make_alembic_config
from app.core.storage import original_key, sha256_hex
from tests.backup.conftest import Scene, objects_of, picture, rows_of
from workers.backup import check_backup
from workers.backup_folder import find_backup, list_complete
from workers.cli.backup import make_backup, show_check
from workers.dump import make_target
from workers.restore_mark import find_begun

pytestmark = pytest.mark.slow(25)


async def test_everything_comes_back_row_by_row_and_byte_by_byte(scene: Scene) -> None:
    for number in range(6):
        await scene.send_and_read(number)
    await scene.place_by_hand(6)
    made = await scene.keep()
    assert (made.manifest.object_count, made.manifest.lost) == (6 * 4 + 3, ())

    found = await scene.restore()

    assert len(found) == 12
    assert all(one.holds for one in found)
    before, after = await rows_of(scene.url), await rows_of(scene.target.database_url)
    assert before == after
    assert (len(before["photo"]), len(before["reading"])) == (7, 6)
    assert objects_of(scene.settings) == objects_of(scene.target)
    ours, theirs = (settings.home / "keys" / "receipt.pem" for settings in (scene.settings, scene.target))
    assert theirs.read_bytes() == ours.read_bytes()
    assert theirs.stat().st_mode & 0o077 == 0


async def test_while_uploads_go_on_every_row_that_is_kept_has_its_object(scene: Scene) -> None:
    async def go_on() -> None:
        for number in range(10_000):
            await scene.send_and_read(number)

    uploading = asyncio.create_task(go_on())
    while len(scene.sent) < 3 and not uploading.done():  # noqa: ASYNC110 (the service has no event for it)
        await asyncio.sleep(0.01)
    before = len(scene.sent)
    made = await scene.keep()
    after = len(scene.sent)
    uploading.cancel()
    await asyncio.gather(uploading, return_exceptions=True)
    assert after > before, "nothing was uploaded while the backup was taken"
    # One more may be committed before its sender is told.
    assert before <= made.manifest.tables["photo"].rows <= after + 1
    assert made.manifest.lost == ()

    assert all(one.holds for one in await scene.restore())
    held = objects_of(scene.target)
    kept = {sha256 for sha256 in map(sha256_hex, map(picture, range(after + 1))) if original_key(sha256) in held}
    assert len(kept) == made.manifest.tables["photo"].rows
    assert all(sha256_hex(held[original_key(sha256)]) == sha256 for sha256 in kept)


async def test_the_next_backup_copies_only_what_is_new_and_the_first_can_still_be_restored(scene: Scene) -> None:
    for number in range(4):
        await scene.send_and_read(number)
    first = await scene.keep()
    for number in range(4, 6):
        await scene.send_and_read(number)
    second = await scene.keep()
    assert (first.copied, second.copied) == (16, 8)
    assert await check_backup(first.path) == await check_backup(second.path) == ()
    assert [path.name for path in list_complete(scene.kept)] == [first.path.name, second.path.name]

    assert all(one.holds for one in await scene.restore(first.path))
    assert len(objects_of(scene.target)) == 16


async def test_originals_alone(scene: Scene) -> None:
    await scene.send_and_read(1)
    assert (await scene.keep(originals_only=True)).manifest.object_count == 1
    assert all(one.holds for one in await scene.restore())
    assert list(objects_of(scene.target)) == [original_key(sha256_hex(picture(1)))]


async def cut_off(scene: Scene, step: str) -> None:
    """Begin a backup and cancel it in the middle."""

    def tell(now: str, _done: int, _of: int | None) -> None:
        if now == step:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await scene.keep(tell=tell)


async def test_a_backup_that_is_cut_off_is_never_taken_for_one(scene: Scene) -> None:
    for number in range(3):
        await scene.send(number)
    await cut_off(scene, "objects")
    assert [path.suffix for path in scene.kept.glob("2*")] == [".unfinished"]
    with pytest.raises(NotFoundError, match=r"no complete backup.*cut off"):
        find_backup(scene.kept)
    whole = await scene.keep()
    assert not list(scene.kept.glob("*.unfinished"))
    await cut_off(scene, "database")
    assert find_backup(scene.kept) == whole.path
    assert await check_backup(whole.path) == ()


def damage_object(backup: Path) -> str:
    path = next(path for path in (backup.parent / "objects" / "original").rglob("*") if path.is_file())
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    return path.name


def damage_dump(backup: Path) -> str:
    (backup / "database.dump").write_bytes((backup / "database.dump").read_bytes()[:-1])
    return "database.dump"


def damage_index(backup: Path) -> str:
    (backup / "objects.tsv.gz").unlink()
    return "objects.tsv.gz"


def damage_key(backup: Path) -> str:
    (backup / "keys" / "receipt.pem").write_text("another key")
    return "keys/receipt.pem"


async def test_damage_is_named_and_nothing_is_restored_from_it(scene: Scene) -> None:
    await scene.send(1)
    made = await scene.keep()
    for damage in (damage_object, damage_dump, damage_index, damage_key):
        copy = Path(shutil.copytree(scene.kept, scene.kept.with_name(damage.__name__)))
        name = damage(copy / made.path.name)
        (line,) = await check_backup(copy / made.path.name)
        assert name in line
        with pytest.raises(InvalidInputError, match="is damaged"):
            await scene.restore(copy / made.path.name)
    assert not scene.target.home.exists()


async def test_a_damaged_object_is_mended_as_the_check_says(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    await scene.send(1)
    name = damage_object((await scene.keep()).path)
    await scene.keep()
    assert await asyncio.to_thread(show_check, scene.kept) == 1, "its size is right, so it was not copied again"
    said = capsys.readouterr().out
    assert name in said.replace("\n", "")
    assert f"Remove the damaged objects from {scene.kept / 'objects'}" in said
    next(scene.kept.rglob(name)).unlink()
    await scene.keep()
    assert await asyncio.to_thread(show_check, scene.kept) == 0


def cut_index(backup: Path) -> None:
    """Leave the first lines readable and the rest not."""
    path = backup / "objects.tsv.gz"
    path.write_bytes(path.read_bytes()[:-9])


def scramble_index(backup: Path) -> None:
    (backup / "objects.tsv.gz").write_bytes(b"no gzip at all")


def forge_index(backup: Path) -> None:
    """Leave a whole file that names other objects than the backup's manifest knows of."""
    path = backup / "objects.tsv.gz"
    lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    path.write_bytes(gzip.compress("".join(line[:-2] + "0\n" for line in lines).encode()))


def damage_manifest(backup: Path) -> None:
    (backup / "manifest.json").write_bytes(b"\xff{")


async def test_a_damaged_index_is_told_of_and_nothing_it_says_is_believed(scene: Scene, tmp_path: Path) -> None:
    for number in range(2):
        await scene.send(number)
    first = await scene.keep()
    for damage in (damage_index, cut_index, scramble_index, forge_index, damage_manifest):
        folder = Path(shutil.copytree(scene.kept, tmp_path / damage.__name__))
        damage(folder / first.path.name)
        with capture_logs() as said:
            made = await scene.keep(folder)
        assert [(line["log_level"], line["backup"]) for line in said] == [("warning", str(folder / first.path.name))]
        assert made.copied == 2, "both are read from the store again"
        assert await check_backup(made.path) == ()


async def test_an_older_index_that_is_whole_stands_in_for_a_damaged_one(scene: Scene) -> None:
    await scene.send(1)
    await scene.keep()
    await scene.send(2)
    damage_index((await scene.keep()).path)
    made = await scene.keep()
    assert made.copied == 1, "the older index names the first object, nothing that is whole names the second"
    assert await check_backup(made.path) == ()


async def make_older(url: str | None, revision: str) -> None:
    """Give an empty database the schema that an older release left there."""
    engine = make_engine(str(url))
    async with engine.begin() as connection:
        await connection.run_sync(lambda inner: command.upgrade(make_alembic_config(inner), revision))
    await engine.dispose()


async def find_revision(url: str | None) -> str | None:
    async with open_sessions(str(url)) as sessions, sessions.begin() as session:
        return (await find_schema_state(session)).found


async def test_the_schema_of_an_older_release_is_kept_and_left_as_it_is(target: Settings, tmp_path: Path) -> None:
    await make_older(target.database_url, "0003")
    made = await asyncio.to_thread(make_backup, target, tmp_path / "kept")
    assert made.manifest.schema == "0003"
    assert await find_revision(target.database_url) == "0003"
    assert await check_backup(made.path) == ()


@pytest.mark.parametrize("wrong", [0, 1])
async def test_a_backup_of_an_older_schema_is_compared_migrated_and_added_up(scene: Scene, wrong: int) -> None:
    await scene.send_and_read(1)
    engine = make_engine(scene.url)
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE tally SET tps_photo = tps_photo + :wrong WHERE kode = '3171011001'"), {"wrong": wrong}
        )
        await connection.run_sync(lambda inner: command.downgrade(make_alembic_config(inner), "0003"))
    await engine.dispose()
    assert (await scene.keep()).manifest.schema == "0003"
    found = await scene.restore()
    assert len(found) == 12
    assert [one.what for one in found if not one.holds] == ["sums of 1 contests, added up again"] * wrong
    assert await find_revision(scene.target.database_url) == list_revisions()[0]
    assert (find_begun(scene.target.home) is not None) == bool(wrong), "nothing works on sums that are wrong"


async def test_an_empty_database_and_one_of_a_later_release_are_not_backed_up(target: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConflictError, match="database is empty"):
        await asyncio.to_thread(make_backup, target, tmp_path / "kept")
    assert await find_revision(target.database_url) is None
    await make_older(target.database_url, "0001")
    async with open_sessions(str(target.database_url)) as sessions, sessions.begin() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(NewerSchemaError, match="0999 of a later release"):
        await asyncio.to_thread(make_backup, target, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


async def test_what_the_store_lost_is_named_unless_an_earlier_backup_has_it(scene: Scene, tmp_path: Path) -> None:
    for number in range(3):
        await scene.send(number)
    gone, changed, _ = (original_key(sha256_hex(picture(number))) for number in range(3))
    await scene.keep()
    (scene.storage.folder / gone).unlink()
    (scene.storage.folder / changed).write_bytes(b"changed on the disk")

    assert set((await scene.keep(tmp_path / "other")).manifest.lost) == {gone, changed}
    again = await scene.keep()
    assert again.manifest.lost == ()
    assert await check_backup(again.path) == ()


def test_a_password_never_stands_on_a_command_line() -> None:
    target = make_target("postgresql+asyncpg://runut:ge%40heim@db.example/runut?ssl=verify-full")
    assert target.address == "postgresql://runut@db.example/runut?sslmode=verify-full"
    assert target.environment["PGPASSWORD"] == "ge@heim"
    assert target.wants_tls
    assert not make_target("postgresql:///runut?host=/run/postgresql").wants_tls
