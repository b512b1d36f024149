"""Photographs that the authority published: taken in as a source of their own, or refused by name, all or nothing."""

import asyncio
import io
import struct
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Row, text
from typer.testing import CliRunner

from app.accounts.sign_in import WrongCredentialsError, sign_in
from app.core.config import Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.errors import InvalidInputError, NotFoundError
from app.core.storage import LocalStore, original_key
from app.official.photo_files import OfficialPhotosError, PhotoFolder, open_photos
from app.pemilu.definition import Contest
from tests.official.places import TPS, prepare_contest
from workers.cli import official
from workers.official_photos import PhotosReport, import_official_photos

LARGEST = 100_000


def picture(number: int) -> bytes:
    """A PNG of one pixel of its own."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes([0, number]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def fill(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture
async def contest(sessions: Sessions) -> Contest:
    async with sessions.begin() as session:
        return await prepare_contest(session)


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects")


async def take_in(sessions: Sessions, store: LocalStore, contest: Contest, folder: PhotoFolder) -> PhotosReport:
    return await import_official_photos(sessions, store, contest=contest, folder=folder, source="kpu", largest=LARGEST)


async def photos(sessions: Sessions) -> list[Row[tuple[str, str, str, str]]]:
    query = text(
        """SELECT p.tps_kode, p.source, p.state, a.name FROM photo p JOIN account a ON a.id = p.uploader_id
           ORDER BY p.id"""
    )
    async with sessions.begin() as session:
        return list(await session.execute(query))


async def test_a_folder_comes_in_once_and_waits_for_the_machine(
    sessions: Sessions, store: LocalStore, contest: Contest, tmp_path: Path
) -> None:
    files = {
        f"11/{TPS[0]}-20240214-hal2--a1.jpg": picture(1),
        f"11/{TPS[0]}-20240214-hal3--b2.jpg": picture(2),
        f"{TPS[1]}/halaman.png": picture(3),
        ".DS_Store": b"x",
    }
    folder = open_photos(fill(tmp_path / "kpu", files))
    first = await take_in(sessions, store, contest, folder)
    assert (first.files, first.added, first.known, first.same, first.tps) == (3, 3, 0, 0, 2)
    assert set(await photos(sessions)) == {(TPS[0], "official", "received", "sumber:kpu")} | {
        (TPS[1], "official", "received", "sumber:kpu")
    }
    again = await take_in(sessions, store, contest, folder)
    assert (again.added, again.known) == (0, 3)
    async with sessions.begin() as session:
        queued = await session.execute(text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'read_photo'"))
        assert queued.scalar_one() == 3
        hashes = (await session.execute(text("SELECT sha256 FROM photo"))).scalars().all()
    assert all([await store.exists(original_key(sha256)) for sha256 in hashes])


async def test_nobody_signs_in_as_a_source(
    sessions: Sessions, store: LocalStore, contest: Contest, tmp_path: Path
) -> None:
    await take_in(sessions, store, contest, open_photos(fill(tmp_path / "kpu", {f"{TPS[0]}.jpg": picture(1)})))
    for password in ("", "!", "sumber:kpu"):
        async with sessions.begin() as session:
            with pytest.raises(WrongCredentialsError):
                await sign_in(session, name="sumber:kpu", password=password, user_agent="")


async def test_the_same_bytes_prove_no_second_source(
    sessions: Sessions, store: LocalStore, contest: Contest, tmp_path: Path
) -> None:
    async with sessions.begin() as session:
        await session.execute(
            text(
                """WITH a AS (INSERT INTO account (name, display_name, password_hash, role)
                              VALUES ('sari', '', '-', 'volunteer') RETURNING id)
                   INSERT INTO photo (sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id)
                   SELECT encode(sha256(:data), 'hex'), 1, 'image/png', :contest, :tps, a.id FROM a"""
            ),
            {"data": picture(1), "contest": contest.id, "tps": TPS[0]},
        )
    done = await take_in(sessions, store, contest, open_photos(fill(tmp_path / "kpu", {f"{TPS[0]}.jpg": picture(1)})))
    assert (done.added, done.same) == (0, 1)
    last = (await photos(sessions))[-1]
    assert (last.tps_kode, last.source, last.state) == (TPS[0], "official", "duplicate")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("foto.jpg", picture(2), "its name holds no TPS code"),
        (f"{TPS[0]}/{TPS[1]}-{TPS[0]}.jpg", picture(2), "its name holds no TPS code"),
        ("9901012001001.jpg", picture(2), "TPS 9901012001001"),
        ("1101012001099.jpg", picture(2), "TPS 1101012001099 is not known here"),
        (f"{TPS[1]}.txt", b"hello", "bukan foto"),
        (f"{TPS[1]}.png", picture(2)[:30], "tidak utuh"),
        (f"{TPS[1]}.png", bytes(LARGEST + 1), "more bytes than this installation takes"),
    ],
)
async def test_one_file_that_cannot_be_taken_stops_all(
    sessions: Sessions, store: LocalStore, contest: Contest, tmp_path: Path, *, name: str, data: bytes, words: str
) -> None:
    folder = open_photos(fill(tmp_path / "kpu", {f"{TPS[0]}.jpg": picture(1), name: data}))
    with pytest.raises(OfficialPhotosError) as caught:
        await take_in(sessions, store, contest, folder)
    (problem,) = caught.value.problems
    assert problem.place == name
    assert words in problem.what
    assert "Nothing was imported" in caught.value.remedy
    assert not await photos(sessions)


async def test_a_manifest_names_the_places(
    sessions: Sessions, store: LocalStore, contest: Contest, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "kpu", {"a.jpg": picture(1), "b.jpg": picture(2)})
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(f"file,tps\na.jpg,{TPS[0]}\nc.jpg,{TPS[1]}\n", "utf-8")
    with pytest.raises(OfficialPhotosError) as caught:
        await take_in(sessions, store, contest, open_photos(folder, manifest=manifest))
    assert [(one.place, one.what) for one in caught.value.problems] == [
        ("b.jpg", "the manifest does not name it"),
        ("c.jpg", "the manifest names it, but it is not there"),
    ]
    manifest.write_text(f"file,tps\na.jpg,{TPS[0]}\nb.jpg,{TPS[1]}\n", "utf-8")
    done = await take_in(sessions, store, contest, open_photos(folder, manifest=manifest))
    assert done.added == 2
    for broken, words in (("name,tps\n", "has the columns"), (f"file,tps\na,{TPS[0]}\na,{TPS[1]}\n", "twice")):
        manifest.write_text(broken, "utf-8")
        with pytest.raises(InvalidInputError, match=words):
            open_photos(folder, manifest=manifest)


async def test_an_empty_folder_and_a_missing_one_are_named(
    sessions: Sessions, store: LocalStore, contest: Contest, tmp_path: Path
) -> None:
    (tmp_path / "kpu").mkdir()
    with pytest.raises(OfficialPhotosError, match="there is no file in it"):
        await take_in(sessions, store, contest, open_photos(tmp_path / "kpu"))
    with pytest.raises(NotFoundError):
        open_photos(tmp_path / "nowhere")


def prepare(url: str) -> None:
    async def make() -> None:
        engine = make_engine(url)
        async with make_sessions(engine).begin() as session:
            await prepare_contest(session)
        await engine.dispose()

    asyncio.run(make())


def test_the_command_takes_a_tar(
    database: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(official, "get_settings", lambda: settings.model_copy(update={"database_url": database}))
    archive = tmp_path / "kpu.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for number, tps in enumerate(TPS[:2]):
            entry = tarfile.TarInfo(f"./ppwp/{tps}.png")
            entry.size = len(picture(number))
            tar.addfile(entry, io.BytesIO(picture(number)))
    run = CliRunner()
    refused = run.invoke(official.app, ["photos", str(archive), "--pemilihan", "ppwp-2024"])
    assert isinstance(refused.exception, NotFoundError), "no election yet"
    prepare(database)
    done = run.invoke(official.app, ["photos", str(archive), "--pemilihan", "ppwp-2024"], catch_exceptions=False)
    assert "2 files of 2 TPS: 2 added" in done.output
    archive.write_bytes(archive.read_bytes()[:-40])
    broken = run.invoke(official.app, ["photos", str(archive)])
    assert broken.exception is not None
    assert "damaged or incomplete" in str(broken.exception)
