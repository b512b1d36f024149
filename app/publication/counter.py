"""The counter where published files are handed out: what an address means, and the answer's head and body, made once.

An answer that was given is kept ready for the next who asks. Files under their volume's hash never change; what is
asked for by its region's code is kept as long as the contest's pointer is the same one.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import brotli
import orjson

from app.core.errors import RunutError
from app.core.http_guard import SECURITY_HEADERS
from app.publication.files import CONTEST_NAME
from app.publication.reading import Pointer, PublishedFile, PublishedFiles, not_published
from app.publication.schema import NAMES as SCHEMAS
from app.publication.schema import read_schema
from app.publication.volume import PARENT_QUALITY
from app.wilayah.codes import KodeError, parse_kode

PREFIX = "/data/"
FOR_EVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
READY_MAX = 60_000
"""Answers kept ready; their bodies are those of the files in memory."""

READY_BYTES = 128 * 1024 * 1024

_CONTEST = r"(?P<contest>[a-z0-9]+(?:-[a-z0-9]+)*)"
_NAME = rf"(?P<name>[0-9]{{1,13}}|{CONTEST_NAME})"
_FIXED = re.compile(rf"/data/_/(?P<volume>[0-9a-f]{{64}})/{_NAME}\.json")
_CURRENT = re.compile(rf"/data/{_CONTEST}/{_NAME}\.(?P<kind>json|html)")
_POINTER = re.compile(rf"/data/{_CONTEST}\.json")
_SCHEMA = re.compile(r"/data/_/schema/(?P<schema>[a-z]+)\.json")

_SHARED = {
    **SECURITY_HEADERS,
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "vary": "accept-encoding",
}
JSON, HTML = "application/json", "text/html; charset=utf-8"

PageMaker = Callable[[dict[str, Any], dict[str, Any]], str]
"""Makes the page of a region's file (given it and its contest's file)."""


@dataclass(frozen=True, slots=True)
class Ready:
    """An answer, ready to be sent. Heads are header lines with the empty one at their end, without the status line.

    ``pointer``: the one it rests on, or null for what never changes. ``tag``: what entity tags of both encodings hold.
    """

    tag: bytes
    head: bytes
    body: bytes
    unchanged_head: bytes
    pointer: Pointer | None

    def is_usable(self) -> bool:
        """Tell whether it still is the answer, without asking anybody."""
        return self.pointer is None or self.pointer.is_current()

    def is_known_to(self, if_none_match: bytes) -> bool:
        """Tell whether whoever asks has it already, in either encoding."""
        return self.tag in if_none_match or if_none_match.strip() == b"*"


class Counter:
    """Answers requests for published files. Owned by one site process, used from its event loop."""

    def __init__(self, files: PublishedFiles, make_page: PageMaker) -> None:
        """Hand out ``files``; ``make_page`` shows one to people."""
        self.files = files
        self._make_page = make_page
        self._ready: dict[tuple[bytes, bool], Ready] = {}
        self._bytes = 0

    def find_ready(self, path: bytes, *, packed: bool) -> Ready | None:
        """Return the answer for ``path`` if it can be given at once; ``packed``: whoever asks understands brotli."""
        ready = self._ready.get((path, packed))
        return ready if ready is not None and ready.is_usable() else None

    async def answer(self, path: str, *, packed: bool) -> Ready:
        """Return the answer for ``path``.

        Raises:
            NotPublishedError: there is no such file.
            StoreUnavailableError, CorruptObjectError: it cannot be had now.
        """
        key = (path.encode("latin-1"), packed)
        ready = self.find_ready(key[0], packed=packed)
        if ready is None:
            ready = await self._make(path, packed=packed)
            self._keep(key, ready)
        return ready

    def _keep(self, key: tuple[bytes, bool], ready: Ready) -> None:
        # Rather all at once than a list of what was used last: that would cost every answer something.
        if len(self._ready) >= READY_MAX or self._bytes > READY_BYTES:
            self._ready.clear()
            self._bytes = 0
        self._ready[key] = ready
        self._bytes += len(ready.body) + len(ready.head)

    async def _make(self, path: str, *, packed: bool) -> Ready:
        if found := _FIXED.fullmatch(path):
            file = await self.files.find_file(found["volume"], found["name"])
            return _hand_out(file, packed=packed, pointer=None)
        if found := _CURRENT.fullmatch(path):
            return await self._make_current(found["contest"], found["name"], found["kind"], packed=packed)
        if found := _SCHEMA.fullmatch(path):
            return _make_plain(_find_schema(found["schema"]), packed=packed, pointer=None, cache=BRIEFLY)
        if path == f"{PREFIX}index.json":
            pointer = await self.files.find_contests()
        elif found := _POINTER.fullmatch(path):
            pointer = await self.files.find_pointer(found["contest"])
        else:
            raise not_published(path)
        return _make_plain(pointer.known_text(), packed=packed, pointer=pointer, cache=BRIEFLY)

    async def _make_current(self, contest: str, name: str, kind: str, *, packed: bool) -> Ready:
        _check_name(name)
        pointer = await self.files.find_pointer(contest)
        file = await self.files.find_current(pointer, name)
        if kind == "json":
            return _hand_out(file, packed=packed, pointer=pointer)
        if name == CONTEST_NAME:
            raise not_published(f"{contest}/{name}.html")
        about = await self.files.find_current(pointer, CONTEST_NAME)
        page = self._make_page(orjson.loads(file.unpack()), orjson.loads(about.unpack()))
        return _make_plain(page.encode(), packed=packed, pointer=pointer, cache=BRIEFLY, kind=HTML)


def _check_name(name: str) -> None:
    """Refuse what is no code of a region: the way down to it could not be told."""
    if name == CONTEST_NAME:
        return
    try:
        place = parse_kode(name)
    except KodeError as error:
        raise not_published(name) from error
    if place.tingkat == "tps":
        raise not_published(name)


def _find_schema(name: str) -> bytes:
    if name not in SCHEMAS:
        raise not_published(f"schema/{name}")
    return read_schema(name)


def _hand_out(file: PublishedFile, *, packed: bool, pointer: Pointer | None) -> Ready:
    cache = FOR_EVER if pointer is None else BRIEFLY
    body = file.packed if packed else file.unpack()
    return _put_together(file.sha256, body, packed=packed, pointer=pointer, cache=cache, kind=JSON)


def _make_plain(data: bytes, *, packed: bool, pointer: Pointer | None, cache: str, kind: str = JSON) -> Ready:
    body = brotli.compress(data, quality=PARENT_QUALITY) if packed else data
    return _put_together(sha256(data).hexdigest(), body, packed=packed, pointer=pointer, cache=cache, kind=kind)


def _put_together(digest: str, body: bytes, *, packed: bool, pointer: Pointer | None, cache: str, kind: str) -> Ready:
    tag = digest[:32]
    lasting = {**_SHARED, "cache-control": cache, "etag": f'"{tag}-br"' if packed else f'"{tag}"'}
    of_body = {"content-type": kind, "content-length": str(len(body))}
    if packed:
        of_body["content-encoding"] = "br"
    return Ready(tag.encode(), _spell({**of_body, **lasting}), body, _spell(lasting), pointer)


def spell_refusal(error: RunutError) -> tuple[bytes, bytes]:
    """Return header lines and body of an answer that is no file; nobody is to keep it for long."""
    body = orjson.dumps(error.as_json())
    lines = {**_SHARED, "content-type": JSON, "content-length": str(len(body)), "cache-control": "public, max-age=2"}
    return _spell(lines), body


def _spell(headers: Mapping[str, str]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode("latin-1") + b"\r\n"
