"""Data packages that another library opens, and the daily dump: what is in it, what is not, how it ends."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import frictionless
import httpx
import pytest
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.publication.shelf import open_shelf
from app.reports.byte_range import find_range
from app.reports.dump import keeping, making
from app.reports.dump.keeping import KEPT, sweep_dumps
from app.reports.dump.making import begin_dump, list_open_contests, make_dump
from bench.report.ground import lay_ground
from tests.http_ground import SignInAs
from tests.intake.sending import LITTLE_PNG

PLACES = 60
SITE = "https://example.org"
TPS = "1101012001001"


def unpack(content: bytes, folder: Path) -> dict[str, list[dict[str, str]]]:
    """Unpack a package, have frictionless look at all of it, and return the rows of its tables."""
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        packed.extractall(folder)
    report = frictionless.Package(folder / "datapackage.json").validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "type", "message"])
    return {
        path.stem: list(csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))
        for path in folder.glob("*.csv")
    }


async def test_a_package_is_what_frictionless_calls_one(
    client: httpx.AsyncClient, sessions: Sessions, tmp_path: Path
) -> None:
    await lay_ground(sessions, places=PLACES)
    answer = await client.get("/api/v1/package.zip", params={"pemilihan": "ppwp-2024", "wilayah": "12", "state": "all"})
    assert answer.headers["content-disposition"] == 'attachment; filename="runut-ppwp-2024.zip"'
    tables = unpack(answer.content, tmp_path / "one")
    assert tables.keys() == {"discrepancies", "results", "snapshots"}
    assert [row["tps_kode"][:2] for row in tables["discrepancies"]] == ["12"] * (-(-PLACES // 38))
    about = json.loads((tmp_path / "one" / "datapackage.json").read_text("utf-8"))
    assert about["licenses"][0]["name"]
    assert about["checkpoint"]["log_entry"] > 0
    assert about["sources"][1]["path"] == f"urn:sha256:{'ab' * 32}"
    for one in about["resources"]:
        content = (tmp_path / "one" / one["path"]).read_bytes()
        assert (one["bytes"], one["hash"]) == (len(content), f"sha256:{sha256(content).hexdigest()}")

    words = (await client.get("/api/v1/dictionary/ppwp-2024")).json()
    described = {table["name"]: [field["name"] for field in table["schema"]["fields"]] for table in words["tables"]}
    assert all(list(rows[0]) == described[name] for name, rows in tables.items())


async def read_twice(sessions: Sessions, *, photo: int) -> None:
    """Have the machine read two sections of which one is decided; the other one's numbers are nobody's to know."""
    statements = (
        """INSERT INTO tps_section (pemilihan_id, tps_kode, section)
            SELECT id, '1101012001001', section FROM pemilihan, unnest(ARRAY['suara', 'administrasi']) section""",
        """INSERT INTO reading (section_id, photo_id, mode, machine, numbers, details, salt, commitment)
           SELECT id, :photo, 'machine', section, '{"suara_01": 777}', '{}', 'gg', 'sealed' FROM tps_section""",
        """INSERT INTO decision (section_id, outcome, numbers, inputs, explanation, rule_version)
           SELECT s.id, 'accept', r.numbers,
                  jsonb_build_object('readings', json_build_array(json_build_object('id', r.id, 'reader', 'machine'))),
                  '{}', '2'
           FROM tps_section s JOIN reading r ON r.section_id = s.id WHERE section = 'suara'""",
    )
    async with sessions.begin() as session:
        for statement in statements:
            await session.execute(text(statement), {"photo": photo} if ":photo" in statement else {})


async def test_the_daily_dump_holds_what_is_public_and_nobody(
    client: httpx.AsyncClient,
    *,
    sign_in_as: SignInAs,
    sessions: Sessions,
    storage: LocalStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (making, keeping):
        monkeypatch.setattr(module, "PART_BYTES", 4096)
    await lay_ground(sessions, places=PLACES)
    sari = await sign_in_as("sari-zzyzx", Role.VOLUNTEER)
    picture = {"file": ("qwxyz.png", LITTLE_PNG, "image/png")}
    sent = await sari.post("/api/v1/photos", data={"tps": TPS, "pemilihan": "ppwp-2024"}, files=picture)
    assert sent.status_code == 201
    await read_twice(sessions, photo=sent.json()["photo_id"])
    now = datetime.now(UTC)
    async with sessions.begin() as session:
        (contest,) = await list_open_contests(session)
    number = await begin_dump(sessions, contest=contest, now=now)
    assert number is not None
    assert (await client.get("/api/v1/dumps")).json() == []
    await make_dump(sessions, storage, contest=contest, dump_id=number, site=SITE, now=now)
    assert await begin_dump(sessions, contest=contest, now=now) is None

    (listed,) = (await client.get("/api/v1/dumps")).json()
    whole = await client.get(listed["address"])
    assert (len(whole.content), sha256(whole.content).hexdigest()) == (listed["bytes"], listed["sha256"])
    assert len(whole.content) > 3 * 4096
    tables = unpack(whole.content, tmp_path / "dump")
    assert set(tables) == set(listed["tables"])
    assert len(tables["official"]) == len(tables["results"]) == len(tables["discrepancies"]) == PLACES
    assert [row["sha256"] for row in tables["photos"]] == [sha256(LITTLE_PNG).hexdigest()]
    assert {row["kind"] for row in tables["log"] if row["payload"]} == {"pemilu", "photo"}
    everything = b"".join(path.read_bytes() for path in (tmp_path / "dump").iterdir())
    assert b"zzyzx" not in everything
    assert b"qwxyz" not in everything

    opened, closed = sorted(tables["readings"], key=lambda row: row["section"] != "suara")
    assert (opened["numbers"], opened["salt"], opened["reader"]) == ('{"suara_01": 777}', "6767", "machine")
    assert {name for name, cell in closed.items() if cell} == {"id", "tps_kode", "section", "commitment", "read_at"}
    assert [row["numbers"] for row in tables["decisions"]] == ['{"suara_01": 777}']

    begin = 4096 + 7
    rest = await client.get(listed["address"], headers={"range": f"bytes={begin}-", "if-range": whole.headers["etag"]})
    assert (rest.status_code, rest.content) == (206, whole.content[begin:])
    tail = await client.get(listed["address"], headers={"range": "bytes=-5"})
    assert tail.content == whole.content[-5:]

    (storage.folder / "dump").rename(storage.folder / "elsewhere")  # as after a restore: rows without bytes
    assert (await client.get(listed["address"])).status_code == 404
    (storage.folder / "elsewhere").rename(storage.folder / "dump")

    remove = open_shelf(storage).remove
    assert await sweep_dumps(sessions, remove, now=now + timedelta(hours=1)) == 0
    assert await sweep_dumps(sessions, remove, now=now + KEPT + timedelta(hours=1)) == 1
    assert (await client.get(listed["address"])).status_code == 404
    assert not list((storage.folder / "dump").rglob("0*"))


async def test_numbers_that_are_held_back_are_in_no_file(client: httpx.AsyncClient, sessions: Sessions) -> None:
    contest = await lay_ground(sessions, places=40)
    held = """UPDATE pemilihan SET definisi = definisi || '{"publish_not_before": "2999-01-01T00:00:00+07:00"}'"""
    async with sessions.begin() as session:
        await session.execute(text(held.replace(":00", r"\:00")))
        await session.execute(
            text(
                "INSERT INTO dump (pemilihan_id, day, state, sha256, ready_at) VALUES (:id, now(), 'ready', '', now())"
            ),
            {"id": contest.id},
        )
    assert (await client.get("/api/v1/dumps")).json() == []
    for path in ("package.zip?pemilihan=ppwp-2024", "dictionary/ppwp-2024", "discrepancies.xlsx?pemilihan=ppwp-2024"):
        assert (await client.get(f"/api/v1/{path}")).status_code == 409, path
    everything = await client.get("/api/v1/discrepancies.csv?state=all")
    assert everything.text.count("\n") == 1


@pytest.mark.parametrize(
    ("asked", "status", "span"),
    [
        ("", 200, range(10)),
        ("bytes=0-0", 206, range(1)),
        ("bytes=3-", 206, range(3, 10)),
        ("bytes=3-99", 206, range(3, 10)),
        ("bytes=-4", 206, range(6, 10)),
        ("bytes=-99", 206, range(10)),
        ("bytes=10-", 416, range(0)),
        ("bytes=5-4", 416, range(0)),
        ("bytes=-0", 416, range(0)),
        ("bytes=-", 200, range(10)),
        ("bytes=0-1,3-4", 200, range(10)),
        ("lines=1-2", 200, range(10)),
    ],
)
def test_a_range_is_one_part_or_the_whole(asked: str, status: int, span: range) -> None:
    found = find_range({"range": asked}, size=10, tag="x")
    assert (found.status, found.span) == (status, span)
    assert found.headers["content-length"] == str(len(span))
    assert find_range({"range": asked, "if-range": '"y"'}, size=10, tag="x").status == 200
