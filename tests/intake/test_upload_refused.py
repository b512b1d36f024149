"""Uploads over HTTP that are refused or cut off: each says why, and nothing is left half-way."""

import asyncio
from typing import Any

import httpx
import pytest

from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from tests.http_ground import SignInAs
from tests.intake.sending import CONTEST, LITTLE_PNG, TPS, MakePicture, send, stored

pytestmark = pytest.mark.usefixtures("election")


BAD_FILES = [
    (b"", 422, "empty_file"),
    (b"%PDF-1.7", 422, "truncated"),
    (b"<html><script>alert(1)</script>", 415, "not_an_image"),
    (b"\xff\xd8\xff\xe0\x00\x10JFIF", 422, "truncated"),
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (30_000).to_bytes(4, "big") * 2 + b"\0" * 100_000, 422, "too_many_pixels"),
    (b"\0\0\0\x18ftypavif", 415, "unsupported_format"),
]


@pytest.mark.parametrize("case", BAD_FILES, ids=[f"{code}-{number}" for number, (_, _, code) in enumerate(BAD_FILES)])
async def test_a_bad_file_leaves_nothing_behind(
    sign_in_as: SignInAs, sessions: Sessions, settings: Settings, case: tuple[bytes, int, str]
) -> None:
    data, status, code = case

    answer = await send(await sign_in_as("sari"), data)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["remedy"]
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert not settings.objects.exists()


@pytest.mark.parametrize(
    "case",
    [
        ("3171011001999", CONTEST, 422, "unknown_tps"),
        ("9999999999999", CONTEST, 422, "unknown_tps"),
        ("3171011001", CONTEST, 422, "unknown_tps"),
        ("31710110010010", CONTEST, 422, "bad_kode"),
        ("bukan kode", CONTEST, 422, "bad_kode"),
        ("3171011001001\0", CONTEST, 422, "bad_kode"),
        (TPS, "ppwp-1999", 404, "unknown_pemilihan"),
        (TPS, "ppwp-34", 422, "tps_outside_contest"),
        (" ", CONTEST, 422, "missing_part"),
        (TPS, "", 422, "missing_part"),
    ],
)
async def test_a_wrong_place_leaves_nothing_behind(
    sign_in_as: SignInAs, sessions: Sessions, settings: Settings, case: tuple[str, str, int, str]
) -> None:
    tps, pemilihan, status, code = case

    answer = await send(await sign_in_as("sari"), LITTLE_PNG, tps=tps, pemilihan=pemilihan)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["remedy"]
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert not settings.objects.exists()


async def test_a_file_beyond_the_limit_is_413_and_leaves_nothing(
    sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions, settings: Settings
) -> None:
    sari = await sign_in_as("sari")
    settings.photo_bytes_max = 10_000

    just_over = await send(sari, make_picture() + b"x" * 10_000)

    assert (just_over.status_code, just_over.json()["code"]) == (413, "too_large")
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert not settings.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"tps": TPS, "pemilihan": CONTEST}},
        {"files": {"other": b"x"}, "data": {"tps": TPS, "pemilihan": CONTEST}},
        {"json": {"tps": TPS}},
        {"content": b"--x\r\nbroken", "headers": {"content-type": "multipart/form-data; boundary=x"}},
        {"content": b"anything", "headers": {"content-type": "multipart/form-data"}},
        {"files": [("file", b"x"), ("file", b"y")], "data": {"tps": TPS, "pemilihan": CONTEST}},
        {"files": {"file": b"x"}, "data": {"tps": TPS, "pemilihan": CONTEST, "more": "x" * 5000}},
    ],
)
async def test_a_malformed_form_is_explained(sign_in_as: SignInAs, sessions: Sessions, body: dict[str, Any]) -> None:
    answer = await (await sign_in_as("sari")).post("/api/v1/photos", **body)

    assert answer.status_code == 422
    assert answer.json()["code"] in {"missing_part", "bad_form"}
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}


def list_requests() -> set[asyncio.Task[object]]:
    """What the server, which runs in this loop, is busy with: a task for each request."""
    return {task for task in asyncio.all_tasks() if "RequestResponseCycle.run_asgi" in repr(task.get_coro())}


async def test_a_connection_that_breaks_off_leaves_nothing(
    sign_in_as: SignInAs, sessions: Sessions, settings: Settings, address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    sari = await sign_in_as("sari")
    host, port = address.removeprefix("http://").split(":")
    before = list_requests()
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /api/v1/photos HTTP/1.1\r\nHost: {host}\r\nAuthorization: {sari.headers['authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 500000\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    )
    writer.write(head.encode() + b"\xff\xd8\xff" + b"x" * 100_000)
    await writer.drain()
    async with asyncio.timeout(60):
        while not (begun := list_requests() - before):  # noqa: ASYNC110 - uvicorn tells nobody that a request began
            await asyncio.sleep(0.01)
    writer.transport.abort()

    assert (await sari.get("/api/v1/photos/mine")).json()["photos"] == []
    _, still = await asyncio.wait(begun, timeout=60)
    assert not still
    assert "unexpected_error" not in "".join(capfd.readouterr())
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
    assert not settings.objects.exists()


async def test_strangers_and_monitors_may_not_upload(
    client: httpx.AsyncClient, sign_in_as: SignInAs, make_picture: MakePicture, sessions: Sessions
) -> None:
    stranger = await send(client, make_picture())
    monitor = await send(await sign_in_as("mona", Role.MONITOR), make_picture())

    assert (stranger.status_code, monitor.status_code) == (401, 403)
    assert "volunteer" in monitor.json()["remedy"]
    assert await stored(sessions) == {"photos": 0, "entries": 0, "jobs": 0}
