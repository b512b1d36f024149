"""Look at what came into the store for an upload, and seal it: nothing is believed that was not compared.

In one piece: the store itself compared the bytes with the SHA-256 of the signed address, so they are not read again but
copied inside the store, and the copy names the version that was looked at. From parts: the bytes are read once, hashed,
and what was hashed is written to the originals. Either way bytes that are put later cannot come into it, and the worker
hashes the original once more before it reads it.
"""

import asyncio

from app.core.errors import InvalidInputError
from app.core.storage import Arrived, Incoming, ObjectStore, original_key, sha256_hex
from app.intake.direct import UploadView, not_uploaded, wrong_bytes
from app.intake.header import Header, read_header
from app.intake.views import SealedPhoto

START_BYTES = 128 * 1024
"""Enough for the segments before the picture (EXIF with its thumbnail, colour profile) of nearly every camera."""
END_BYTES = 4 * 1024
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"


async def seal_arrived(
    incoming: Incoming, storage: ObjectStore, upload: UploadView, gate: asyncio.Semaphore
) -> SealedPhoto:
    """Seal what arrived for ``upload`` if it is what was announced and looks like a photograph.

    ``gate`` is held while a whole file is in memory. A crash in here leaves, at most, sealed bytes nobody refers to.

    Raises:
        ConflictError: not everything has arrived.
        InvalidInputError, UnsupportedFormatError: these bytes will never become a photograph.
        StoreUnavailableError: the store went away; completing again is harmless.
    """
    arrived = await _find_arrived(incoming, upload)
    if arrived.byte_count != upload.byte_count:
        raise wrong_bytes(f"{arrived.byte_count} / {upload.byte_count} byte")
    if arrived.sha256 is None:
        async with gate:
            header = await _seal_unvouched(incoming, storage, upload, arrived)
    else:
        header = await _seal_vouched(incoming, upload, arrived, gate)
    return SealedPhoto(upload.sha256, upload.byte_count, header.content_type, document=header.document)


async def _find_arrived(incoming: Incoming, upload: UploadView) -> Arrived:
    """Return what lies there, after joining parts that lie there unjoined."""
    arrived = await incoming.find(upload.object_key)
    if arrived is None and upload.multipart_id is not None:
        parts = await incoming.list_parts(upload.object_key, upload.multipart_id)
        missing = find_missing(upload, parts)
        # No parts at all also means that another call has joined them this moment.
        if parts and missing:
            raise not_uploaded(missing)
        tags = {number: tag for number, (_, tag) in parts.items() if number in upload.part_sizes}
        if parts and not await incoming.join_parts(upload.object_key, upload.multipart_id, tags):
            raise not_uploaded(sorted(tags))
        arrived = await incoming.find(upload.object_key)
    if arrived is None:
        raise not_uploaded(sorted(upload.part_sizes))
    return arrived


def find_missing(upload: UploadView, parts: dict[int, tuple[int, str]]) -> list[int]:
    """Return the numbers of the parts that are not there in their length."""
    return [number for number, size in upload.part_sizes.items() if parts.get(number, (-1, ""))[0] != size]


async def _seal_vouched(incoming: Incoming, upload: UploadView, arrived: Arrived, gate: asyncio.Semaphore) -> Header:
    if arrived.sha256 != upload.sha256:
        raise wrong_bytes(f"sha256 {arrived.sha256}")
    header = await _look_at_ends(incoming, upload, arrived)
    if header is None:
        async with gate:
            header = read_header(await _read_whole(incoming, upload, arrived))
    if not await incoming.seal_as(upload.object_key, arrived, upload.sha256):
        raise not_uploaded(sorted(upload.part_sizes))
    return header


async def _seal_unvouched(incoming: Incoming, storage: ObjectStore, upload: UploadView, arrived: Arrived) -> Header:
    data = await _read_whole(incoming, upload, arrived)
    found = await asyncio.to_thread(sha256_hex, data)
    if found != upload.sha256:
        raise wrong_bytes(f"sha256 {found}")
    header = read_header(data)
    await storage.create(original_key(found), data)
    return header


async def _read_whole(incoming: Incoming, upload: UploadView, arrived: Arrived) -> bytes:
    data = await incoming.read(upload.object_key, arrived)
    if data is None:
        raise not_uploaded(sorted(upload.part_sizes))
    return data


async def _look_at_ends(incoming: Incoming, upload: UploadView, arrived: Arrived) -> Header | None:
    """Return the header of a JPEG by its first and last bytes; null when that does not suffice to say anything.

    The last bytes are looked at for the end mark only, never joined to the first: a segment that claims to reach behind
    the first bytes ends in null, not in whatever stands where it points.
    """
    if arrived.byte_count <= START_BYTES + END_BYTES:
        return None
    spans = (range(START_BYTES), range(arrived.byte_count - END_BYTES, arrived.byte_count))
    start, end = await asyncio.gather(*(incoming.read(upload.object_key, arrived, span) for span in spans))
    if start is None or end is None or not start.startswith(_JPEG) or _JPEG_END not in end:
        return None
    try:
        return read_header(start + _JPEG_END)
    except InvalidInputError as error:
        if error.error_code == "truncated":
            return None
        raise
