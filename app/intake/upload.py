"""Take an upload apart: the multipart body is read only after the sender's access was checked."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from app.core.access import Principal, Role, signed_in
from app.core.errors import InvalidInputError, TooLargeError

UPLOADERS = (Role.VOLUNTEER, Role.REVIEWER)
UPLOADS_AT_ONCE = 8
_TEXT_MAX = 1024
_BAD_REQUEST = 400

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
                            "description": "The original photograph of one page: JPEG, PNG or WebP.",
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


async def read_upload(request: Request, principal: Principal = signed_in(*UPLOADERS)) -> AsyncIterator[Upload]:
    """Give the upload in the body of ``request`` to the route.

    The body goes to disk as it arrives, however slowly; its bytes are in memory only while one of the process's
    ``uploads_gate`` places is held, so that memory stays within ``UPLOADS_AT_ONCE`` times the largest photograph.

    Raises:
        InvalidInputError: not a multipart body, or a part is missing.
        TooLargeError: the file is larger than the installation accepts.
    """
    form = await _read_form(request)
    try:
        file, tps, pemilihan = _file(form), _text(form, "tps"), _text(form, "pemilihan")
        _check_size(file, request.app.state.settings.photo_bytes_max)
        async with request.app.state.uploads_gate:
            yield Upload(principal=principal, data=await file.read(), tps=tps, pemilihan=pemilihan)
    finally:
        await form.close()


async def _read_form(request: Request) -> FormData:
    try:
        return await request.form(max_files=1, max_fields=8, max_part_size=_TEXT_MAX)
    except HTTPException as error:
        if error.status_code != _BAD_REQUEST:
            raise
        message = f"Kiriman ini tidak dapat dibaca. (The body cannot be read: {error.detail})"
        raise InvalidInputError(message, "Kirim sebagai multipart/form-data; lihat /docs.", code="bad_form") from error


def _file(form: FormData) -> UploadFile:
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise _missing("file")
    return file


def _check_size(file: UploadFile, limit: int) -> None:
    if (file.size or 0) > limit:
        message = f"Foto lebih besar dari {limit} bita. (The photograph is larger than {limit} bytes.)"
        raise TooLargeError(message, "Kirim foto asli JPEG dari kamera. (Send the camera's original JPEG.)")


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _missing(name)
    return value.strip()


def _missing(name: str) -> InvalidInputError:
    message = f"Bagian {name!r} tidak ada. (The part {name!r} is missing.)"
    remedy = "Kirim file, tps, dan pemilihan. (Send file, tps and pemilihan.)"
    return InvalidInputError(message, remedy, code="missing_part")
