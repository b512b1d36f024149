"""Take an upload apart: the multipart body is read only after the sender's access was checked."""

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from app.core.access import Principal, Role, signed_in
from app.core.errors import InvalidInputError, TooLargeError

UPLOADERS = (Role.VOLUNTEER, Role.REVIEWER)
UPLOADS_AT_ONCE = 8
ARRIVING_BYTES = 128 * 1024 * 1024
"""Of photographs that are still arriving, so many bytes are held in the process's memory; the others go to disk."""

_TEXT_MAX = 1024
_TO_DISK_AT = 64 * 1024
_FORM = "multipart/form-data"

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
    """
    with _room.hold(_declared_length(request)) as in_memory:
        form = await _read_form(request, _declared_length(request) or 0 if in_memory else _TO_DISK_AT)
        try:
            file, tps, pemilihan = _file(form), _text(form, "tps"), _text(form, "pemilihan")
            _check_size(file, request.app.state.settings.photo_bytes_max)
            async with request.app.state.uploads_gate:
                yield Upload(principal=principal, data=await file.read(), tps=tps, pemilihan=pemilihan)
        finally:
            await form.close()


def _declared_length(request: Request) -> int | None:
    """Return the body's length as the client says; the guard before us sees to it that it is not beyond the limit."""
    declared = request.headers.get("content-length", "")
    return int(declared) if declared.isdecimal() else None


async def _read_form(request: Request, to_disk_at: int) -> FormData:
    """Take the form apart as it arrives; a file that grows beyond ``to_disk_at`` bytes goes to disk."""
    if not request.headers.get("content-type", "").lower().startswith(_FORM):
        raise _bad_form(f"not {_FORM}")
    async with aclosing(request.stream()) as stream:
        parser = MultiPartParser(request.headers, stream, max_files=1, max_fields=8, max_part_size=_TEXT_MAX)
        parser.spool_max_size = to_disk_at
        try:
            return await parser.parse()
        except MultiPartException as error:
            raise _bad_form(error.message) from error


def _bad_form(detail: str) -> InvalidInputError:
    message = f"Kiriman ini tidak dapat dibaca. (The body cannot be read: {detail})"
    return InvalidInputError(message, "Kirim sebagai multipart/form-data; lihat /docs.", code="bad_form")


def _file(form: FormData) -> UploadFile:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise _missing("file")
    return file


def _check_size(file: UploadFile, limit: int) -> None:
    if (file.size or 0) > limit:
        message = f"Berkas lebih besar dari {limit} bita. (The file is larger than {limit} bytes.)"
        remedy = (
            "Kirim foto asli JPEG dari kamera, atau pindaian yang dibagi. "
            "(Send the camera's original JPEG, or the scan in parts.)"
        )
        raise TooLargeError(message, remedy)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _missing(name)
    return value.strip()


def _missing(name: str) -> InvalidInputError:
    message = f"Bagian {name!r} tidak ada. (The part {name!r} is missing.)"
    remedy = "Kirim file, tps, dan pemilihan. (Send file, tps and pemilihan.)"
    return InvalidInputError(message, remedy, code="missing_part")
