"""Take an upload apart: the multipart body is read only after the sender's access was checked."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.core.access import Principal, Role, signed_in
from app.core.errors import InvalidInputError, TooLargeError
from app.intake.form import FILES_MAX, TEXT_MAX, TEXTS_MAX, FormError, parse_form
from app.intake.triage.limits import limit_uploads

UPLOADERS = (Role.VOLUNTEER, Role.REVIEWER)
UPLOADS_AT_ONCE = 8
ARRIVING_BYTES = 128 * 1024 * 1024
"""Of photographs that are still arriving, so many bytes are held in the process's memory; the others go to disk."""

_TO_DISK_AT = 64 * 1024
_FORM = "multipart/form-data"

Form = Mapping[str, str | bytes]
"""Parts by name: text, or a file's bytes."""

UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "tps", "pemilihan"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "A photograph (JPEG, HEIC, PNG, WebP, TIFF) or a scan (PDF, TIFF).",
                        },
                        "tps": {"type": "string", "description": "KPU's 13-digit code of the TPS."},
                        "pemilihan": {"type": "string", "description": "Code of the contest, e.g. ppwp-2024."},
                    },
                }
            }
        },
    }
}
"""For the OpenAPI document, since the body is parsed by :func:`read_upload`."""


@dataclass(frozen=True)
class Upload:
    """What was sent: original bytes and where they belong, nothing checked yet but the size."""

    principal: Principal
    data: bytes
    tps: str
    pemilihan: str


class ArrivalRoom:
    """Memory for photographs that are arriving. Owned by the process.

    A photograph that finds room is written to disk once, by the store. Otherwise it waits in a temporary file, which
    costs time and no memory: a thousand phones on bad lines must not fill it.
    """

    def __init__(self, size: int) -> None:
        """Hold ``size`` bytes at most."""
        self.free = size

    @contextmanager
    def hold(self, declared: int | None) -> Iterator[bool]:
        """Keep ``declared`` bytes free for the block and tell whether there was room; none for an unknown length."""
        if declared is None or declared > self.free:
            yield False
            return
        self.free -= declared
        try:
            yield True
        finally:
            self.free += declared


_room = ArrivalRoom(ARRIVING_BYTES)


async def read_upload(request: Request, principal: Principal = signed_in(*UPLOADERS)) -> AsyncIterator[Upload]:
    """Give the upload in the body of ``request`` to the route.

    While it arrives, however slowly, the body is in memory where there is room and on disk where not; its bytes are
    taken up whole while one of the process's ``uploads_gate`` places is held. Memory stays within ``ARRIVING_BYTES``
    and ``UPLOADS_AT_ONCE`` times the largest photograph.

    Raises:
        InvalidInputError: not a multipart body, or a part is missing.
        TooLargeError: the file is larger than the installation accepts.
        TooManyRequestsError: more than this account may send in a day, or this address in an hour.
    """
    if not request.headers.get("content-type", "").lower().startswith(_FORM):
        raise _bad_form(f"not {_FORM}")
    limit, gate = request.app.state.settings.photo_bytes_max, request.app.state.uploads_gate
    with _room.hold(_declared_length(request)) as in_memory:
        async with _form_in_memory(request, gate) if in_memory else _form_on_disk(request, gate, limit) as form:
            tps, pemilihan = _text(form, "tps"), _text(form, "pemilihan")
            data = _file(form, limit)
            await limit_uploads(request, principal)
            yield Upload(principal=principal, data=data, tps=tps, pemilihan=pemilihan)


def _declared_length(request: Request) -> int | None:
    """Return the body's length as the client says; the guard before us sees to it that it is not beyond the limit."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else None


@asynccontextmanager
async def _form_in_memory(request: Request, gate: asyncio.Semaphore) -> AsyncIterator[Form]:
    """Take the form apart once it is here. In a thread: one made for it could keep the parser busy for seconds."""
    body = b"".join([chunk async for chunk in request.stream()])
    async with gate:
        parsing = asyncio.to_thread(parse_form, request.headers["content-type"], body)
        del body  # of which the parts are a copy
        try:
            form = await parsing
        except FormError as error:
            raise _bad_form(str(error)) from error
        yield form


@asynccontextmanager
async def _form_on_disk(request: Request, gate: asyncio.Semaphore, limit: int) -> AsyncIterator[Form]:
    """Take the form apart as it arrives; a file that grows beyond some bytes goes to disk until its turn comes."""
    async with aclosing(request.stream()) as stream:
        parser = MultiPartParser(
            request.headers, stream, max_files=FILES_MAX, max_fields=TEXTS_MAX, max_part_size=TEXT_MAX
        )
        parser.spool_max_size = _TO_DISK_AT
        try:
            form = await parser.parse()
        except MultiPartException as error:
            raise _bad_form(error.message) from error
    try:
        async with gate:
            yield {name: await _take_up(part, limit) for name, part in form.items()}
    finally:
        await form.close()


async def _take_up(part: UploadFile | str, limit: int) -> str | bytes:
    if isinstance(part, str):
        return part
    _check_size(part.size or 0, limit)
    return await part.read()


def _bad_form(detail: str) -> InvalidInputError:
    message = f"Kiriman ini tidak dapat dibaca. (The body cannot be read: {detail})"
    return InvalidInputError(
        message,
        "Kirim sebagai multipart/form-data; lihat /docs. (Send it as multipart/form-data; see /docs.)",
        code="bad_form",
    )


def _file(form: Form, limit: int) -> bytes:
    file = form.get("file")
    if not isinstance(file, bytes):
        raise _missing("file")
    _check_size(len(file), limit)
    return file


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        message = f"Berkas lebih besar dari {limit} bita. (The file is larger than {limit} bytes.)"
        remedy = (
            "Kirim foto asli JPEG dari kamera, atau pindaian yang dibagi. "
            "(Send the camera's original JPEG, or the scan in parts.)"
        )
        raise TooLargeError(message, remedy)


def _text(form: Form, name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _missing(name)
    return value.strip()


def _missing(name: str) -> InvalidInputError:
    if name == "file":
        message = "Belum ada berkas yang dikirim. (No file was sent: the part 'file' is missing.)"
        return InvalidInputError(message, "Pilih fotonya dahulu. (Choose the photograph first.)", code="missing_part")
    message = f"Bagian {name!r} tidak ada. (The part {name!r} is missing.)"
    remedy = "Kirim file, tps, dan pemilihan. (Send file, tps and pemilihan.)"
    return InvalidInputError(message, remedy, code="missing_part")
