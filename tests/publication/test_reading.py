"""Published files over HTTP: what they say, how they are cached, and that nobody needs the database for them."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import brotli
import httpx
import jsonschema
import orjson
import pytest

from app.core.config import Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.storage import LocalStore
from app.main import make_app
from app.pemilu.definition import Contest
from app.publication.pointer import is_genuine
from app.publication.press import Press
from app.publication.publish import publish_contest
from app.publication.reading import POINTER_SECONDS
from app.publication.schema import NAMES, read_schema
from tests.database_ground import drop_database
from tests.http_ground import TRUST_NOBODY
from tests.publication.conftest import accept

TPS = "1101012001001"


@pytest.fixture
async def published(press: Press, ppwp: Contest, sessions: Sessions) -> Contest:
    """The contest with one accepted TPS, published."""
    await accept(sessions, ppwp, TPS)
    await publish_contest(press, pemilihan_id=ppwp.id)
    return ppwp


def check(schema: str, data: bytes) -> None:
    jsonschema.validate(orjson.loads(data), orjson.loads(read_schema(schema)))


async def test_every_file_is_what_its_schema_says_and_hangs_together(
    client: httpx.AsyncClient, press: Press, published: Contest
) -> None:
    index = (await client.get("/data/index.json")).content
    check("index", index)
    assert orjson.loads(index)["pemilihan"] == [{"kode": "ppwp-2024", "nama": published.nama}]
    pointer = (await client.get("/data/ppwp-2024.json")).content
    check("pointer", pointer)
    assert is_genuine(pointer, press.signer.public_key)
    assert not is_genuine(pointer.replace(b'"serial":1', b'"serial":2'), press.signer.public_key)
    said = orjson.loads(pointer)
    about = (await client.get(f"/data/_/{said['contest']['volume']}/pemilihan.json")).content
    check("contest", about)
    assert orjson.loads(about)["fields"] == list(published.fields)
    seen = [link async for link in walk(client, {"kode": "0", **said["root"]})]
    assert len(seen) == 18
    assert (await client.get("/data/ppwp-2024/pemilihan.json")).content == about


async def walk(client: httpx.AsyncClient, link: dict[str, str]) -> AsyncIterator[str]:
    """Go down the tree, comparing every file with the hash that named it, and sums with what they are made of."""
    answer = await client.get(f"/data/_/{link['volume']}/{link['kode']}.json")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    check("region", answer.content)
    file = orjson.loads(answer.content)
    assert link["sha256"] == sha256(answer.content).hexdigest()
    assert (await client.get(f"/data/ppwp-2024/{link['kode']}.json")).content == answer.content
    below = file.get("children") or [one for one in file["stations"] if one["numbers"]]
    rows = [one.get("sums") or [number or 0 for number in one["numbers"]] for one in below]
    assert file["sums"] == ([sum(column) for column in zip(*rows, strict=True)] or [0] * len(file["sums"]))
    yield link["kode"]
    for child in file.get("children", []):
        async for kode in walk(client, child):
            yield kode


async def test_a_region_is_read_by_its_code_in_either_encoding_and_not_sent_twice(
    address: str, client: httpx.AsyncClient, published: Contest
) -> None:
    raw = httpx.AsyncClient(base_url=address, headers={"accept-encoding": "br"}, trust_env=False, verify=TRUST_NOBODY)
    async with raw, raw.stream("GET", "/data/ppwp-2024/1101012001.json") as packed:
        body = b"".join([part async for part in packed.aiter_raw()])
        assert packed.headers["content-encoding"] == "br"
        assert packed.headers["vary"] == "accept-encoding"
    plain = await client.get("/data/ppwp-2024/1101012001.json", headers={"accept-encoding": "br;q=0, gzip"})
    assert "content-encoding" not in plain.headers
    assert brotli.decompress(body) == plain.content
    assert plain.json()["stations"][0]["numbers"][:4] == [11, 22, 33, 66]
    assert plain.headers["access-control-allow-origin"] == "*"
    assert "max-age=5" in plain.headers["cache-control"]
    for tag in (plain.headers["etag"], packed.headers["etag"], f'"other", {plain.headers["etag"]}'):
        again = await client.get("/data/ppwp-2024/1101012001.json", headers={"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
    assert (await client.head("/data/ppwp-2024/0.json")).headers["content-length"] != "0"


MISSING = (
    "none.json",
    "ppwp-2024/12.json",
    "ppwp-2024/123.json",
    "ppwp-2024/1101012001001.json",
    "ppwp-2024/pemilihan.html",
    "bupati-1101-2024.json",
    f"_/{'0' * 64}/0.json",
    "_/schema/none.json",
    "..%2f..%2fkeys/receipt.pem",
    "",
)


async def test_what_is_not_published_is_not_there(client: httpx.AsyncClient, published: Contest) -> None:
    for path in MISSING:
        answer = await client.get(f"/data/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_published"), path
        assert answer.json()["remedy"]
    assert (await client.post("/data/ppwp-2024.json", content=b"{}")).status_code == 405


async def test_what_is_published_next_is_seen_within_a_second(
    client: httpx.AsyncClient, press: Press, published: Contest, sessions: Sessions
) -> None:
    before = (await client.get("/data/ppwp-2024/11.json")).json()
    await accept(sessions, published, "1102042001001")
    await publish_contest(press, pemilihan_id=published.id)
    await asyncio.sleep(POINTER_SECONDS)
    after = (await client.get("/data/ppwp-2024/11.json")).json()
    assert (before["sums"][0], after["sums"][0]) == (11, 22)
    assert (await client.get("/data/ppwp-2024.json")).json()["serial"] == 2


async def test_a_page_of_a_region_needs_no_database(
    settings: Settings, storage: LocalStore, published: Contest, tmp_path: Path
) -> None:
    """A site whose database is not there: published regions are answered, as files and as pages; the rest says 503."""
    nowhere = make_sessions(make_engine(f"postgresql://nobody@/none?host={tmp_path}"))
    app = make_app(settings, nowhere, storage)
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://site") as reader:
        assert (await reader.get("/api/v1/tally/ppwp-2024/11")).status_code == 503
        assert (await reader.get("/data/ppwp-2024/11.json")).json()["sums"][0] == 11
        page = await reader.get("/data/ppwp-2024/1101012001.html")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "Keude Bakongan" in page.text
        assert "Bukan hasil resmi" in page.text
        assert "<td>1</td>" in page.text
        assert "default-src 'self'" in page.headers["content-security-policy"]


async def test_reads_go_on_when_the_database_goes_away_under_a_running_site(
    client: httpx.AsyncClient, published: Contest, server: str, database: str
) -> None:
    assert (await client.get("/api/v1/tally/ppwp-2024/11")).status_code == 200
    await drop_database(server, database)
    assert (await client.get("/api/v1/tally/ppwp-2024/11")).status_code >= 500
    for path in ("ppwp-2024.json", "ppwp-2024/11.json", "ppwp-2024/1102042001.json", "ppwp-2024/1102042001.html"):
        assert (await client.get(f"/data/{path}")).status_code == 200


async def test_bytes_that_were_changed_on_the_shelf_are_not_handed_out(
    client: httpx.AsyncClient, settings: Settings, published: Contest
) -> None:
    for volume in (settings.objects / "publication" / "volume").glob("*/*"):
        volume.write_bytes(volume.read_bytes()[:-9] + b"something")
    answer = await client.get("/data/ppwp-2024/0.json")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


def test_every_schema_is_one() -> None:
    for name in NAMES:
        jsonschema.Draft202012Validator.check_schema(orjson.loads(read_schema(name)))
