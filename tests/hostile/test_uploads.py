"""Requests that no honest client sends: bodies that lie, parts without end, names with traps. A 4xx, and on it goes."""

import asyncio
import gzip
import resource
from typing import Any

import httpx
import pytest

from app.core.config import Settings
from tests.hostile.form import draw_form
from tests.http_ground import SignInAs

TPS = "3171011001001"
FORM = {"tps": TPS, "pemilihan": "ppwp-2024"}
MULTIPART = "multipart/form-data; boundary=b"
MIB = 1024 * 1024
NAMES = {
    "path": "../../../../etc/passwd",
    "windows-path": "C:\\windows\\system32\\cmd.exe",
    "right-to-left": "foto\u202egpj.exe",
    "quotes": 'a"; name="tps',
    "250-letters": "a" * 250 + ".jpg",
    "emoji": "\N{SLEUTH OR SPY}.jpg",
    "reserved": "CON",
    "format": "{0.__class__}%s%n${jndi:ldap://x}",
}

pytestmark = [
    pytest.mark.usefixtures("election"),
    # A part that was begun and never ended leaves its temporary file to be closed when it is forgotten.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def part(name: str, body: bytes, extra: str = "") -> bytes:
    """One part of a multipart body with the boundary b."""
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'.encode() + body + b"\r\n"


def make_bodies() -> dict[str, bytes]:
    """Bodies by what is wrong with them."""
    whole = part("tps", TPS.encode()) + part("pemilihan", b"ppwp-2024")
    file = part("file", b"\xff\xd8\xff", '; filename="a.jpg"')
    inner = b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n"
    return {
        "10000-parts": whole + part("x", b"y") * 10_000 + file + b"--b--\r\n",
        "10000-files": file * 10_000 + whole + b"--b--\r\n",
        "two-files": whole + file + file + b"--b--\r\n",
        "two-tps": whole + whole + part("tps", b"x" * 2000) + file + b"--b--\r\n",
        "no-end": whole + file,
        "no-boundary-in-it": b"x" * 100_000,
        "megabyte-of-part-header": b"--b\r\nX-A: " + b"a" * MIB + b"\r\n\r\nx\r\n--b--\r\n",
        "10000-part-headers": b"--b\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\nx\r\n--b--\r\n",
        "nested": whole + b'--b\r\nContent-Disposition: form-data; name="file"\r\n' + inner + b"--b--\r\n",
        "text-as-file": whole + part("file", b"\xff\xd8\xff") + b"--b--\r\n",
        "compressed": gzip.compress(whole + file + b"--b--\r\n"),
        "only-boundaries": b"--b\r\n" * 100_000 + b"--b--\r\n",
        "newlines": b"\r\n" * 500_000,
        "empty": b"",
    }


@pytest.mark.parametrize("kind", make_bodies())
async def test_a_body_that_is_no_form_is_refused_in_words(sign_in_as: SignInAs, kind: str) -> None:
    sari = await sign_in_as("sari")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    head = {"content-type": MULTIPART} | ({"content-encoding": "gzip"} if kind == "compressed" else {})

    answer = await sari.post("/api/v1/photos", content=make_bodies()[kind], headers=head)

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["message"]
    assert (await sari.get("/api/v1/photos/mine")).json()["photos"] == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=" + "b" * 5000, "multipart/form-data; boundary=", "a/b"]
)
async def test_a_boundary_that_is_none_is_refused(sign_in_as: SignInAs, kind: str) -> None:
    answer = await (await sign_in_as("sari")).post("/api/v1/photos", content=b"--\r\n", headers={"content-type": kind})

    assert answer.status_code in {400, 413, 415, 422}, answer.text


async def test_a_file_s_name_is_never_used(sign_in_as: SignInAs, settings: Settings) -> None:
    sari = await sign_in_as("sari")
    for number, name in enumerate(NAMES.values()):
        data = draw_form().jpeg + bytes([number])
        answer = await sari.post("/api/v1/photos", files={"file": (name, data, "image/jpeg")}, data=FORM)
        assert answer.status_code == 201, (name, answer.text)
    for raw in (b"a" * 10_000, b"a\0b.jpg", b"a\r\nX-Evil: 1.jpg", b"\xff\xfe.jpg"):
        body = (
            part("tps", TPS.encode())
            + part("pemilihan", b"ppwp-2024")
            + b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n' % raw
            + draw_form().jpeg
            + b"\r\n--b--\r\n"
        )
        answer = await sari.post("/api/v1/photos", content=body, headers={"content-type": MULTIPART})
        assert answer.status_code < 500, (raw, answer.text)
    kept = {path.relative_to(settings.objects).parts[0] for path in settings.objects.rglob("*") if path.is_file()}
    assert kept == {"original"}
    originals = [path for path in settings.objects.rglob("*") if path.is_file()]
    assert all(set(path.name) <= set("0123456789abcdef") for path in originals)


async def say(address: str, request: bytes, *, seconds: float = 10) -> bytes:
    """Send raw bytes and return what comes back until the connection is closed or a moment passes."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(request)
    await writer.drain()
    try:
        async with asyncio.timeout(seconds):
            return await reader.read(4000)
    except TimeoutError:
        return b""
    finally:
        writer.transport.abort()


def head_of(sari: httpx.AsyncClient, *lines: str) -> bytes:
    """The head of an upload, with lines of the test's own."""
    own = [f"Authorization: {sari.headers['authorization']}", "Host: x", f"Content-Type: {MULTIPART}", *lines]
    return ("POST /api/v1/photos HTTP/1.1\r\n" + "\r\n".join(own) + "\r\n\r\n").encode()


@pytest.mark.parametrize(
    "lines",
    [
        ["Content-Length: -1"],
        ["Content-Length: 1e9"],
        ["Content-Length: 99999999999999999999"],
        ["Content-Length: 5", "Content-Length: 6"],
        ["Transfer-Encoding: gzip, chunked"],
    ],
)
async def test_a_length_that_lies_is_refused(sign_in_as: SignInAs, address: str, lines: list[str]) -> None:
    sari = await sign_in_as("sari")

    said = await say(address, head_of(sari, *lines) + b"--b--\r\n", seconds=3)

    assert said == b"" or said.split()[1].startswith(b"4"), said
    assert (await sari.get("/api/v1/photos/mine")).status_code == 200


async def test_slow_senders_keep_nobody_else_waiting(sign_in_as: SignInAs, address: str) -> None:
    sari = await sign_in_as("sari")
    host, port = address.removeprefix("http://").split(":")
    slow: list[Any] = []
    for _ in range(30):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(head_of(sari, "Content-Length: 1000000") + b"--b\r\n")
        slow.append(writer)

    files = {"file": ("a.jpg", draw_form().jpeg, "image/jpeg")}
    async with asyncio.timeout(60):
        answer = await sari.post("/api/v1/photos", files=files, data=FORM)

    assert answer.status_code == 201
    for writer in slow:
        writer.transport.abort()
