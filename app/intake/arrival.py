"""Look at what came into the store for an upload, and seal it: nothing is believed that was not compared.

Straight: they lie under the original's key already, compared by the store; the word beside them says who sent them. In
one piece beside it: the store compared them too, so they are not read again but copied inside the store, and the copy
names the version that was looked at. From parts: the bytes are read once, hashed, and what was hashed is written to the
originals. Either way bytes that are put later cannot come into it, and the worker hashes the original once more before
it reads it.
"""

import asyncio

from app.core.errors import InvalidInputError
from app.core.storage import Arrived, Incoming, S3Store, original_key, read_original, sha256_hex
from app.intake.direct import UploadView, not_uploaded, place_taken, wrong_bytes
from app.intake.header import Header, read_header
from app.intake.views import SealedPhoto

START_BYTES = 128 * 1024
"""Enough for the segments before the picture (EXIF with its thumbnail, colour profile) of nearly every camera."""
END_BYTES = 4 * 1024
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"


async def seal_arrived(storage: S3Store, upload: UploadView, gate: asyncio.Semaphore) -> SealedPhoto:
    """Seal what arrived for ``upload`` if it is what was announced and looks like a photograph.

    ``gate`` is held while a whole file is in memory. A crash in here leaves, at most, sealed bytes nobody refers to.

    Raises:
        ConflictError: not everything has arrived, or what lies there came another way.
        InvalidInputError, UnsupportedFormatError: these bytes will never become a photograph.
        StoreUnavailableError: the store went away; completing again is harmless.
    """
    seal = _look_at_sealed if upload.straight else _seal_incoming
    header = await seal(storage, upload, gate)
    return SealedPhoto(upload.sha256, upload.byte_count, header.content_type, document=header.document)


async def _look_at_sealed(storage: S3Store, upload: UploadView, gate: asyncio.Semaphore) -> Header:
    """Return the header of bytes that came straight; one call to the store for nearly every camera's picture.

    Hash and length say that it is the file that was announced. Whether that was whole is left to the worker: its end is
    not worth a second call.
    """
    seen = await storage.straight.look(upload.sha256, START_BYTES)
    if seen is None:
        raise not_uploaded([1])
    if seen.word != upload.word:
        raise place_taken()
    if seen.byte_count != upload.byte_count:
        raise wrong_bytes(f"{seen.byte_count} / {upload.byte_count} byte")
    header = _read_start(seen.start) if seen.byte_count > len(seen.start) else read_header(seen.start)
    if header is None:
        async with gate:
            header = read_header(await read_original(storage, upload.sha256))
    return header


async def _seal_incoming(storage: S3Store, upload: UploadView, gate: asyncio.Semaphore) -> Header:
    arrived = await _find_arrived(storage.incoming, upload)
    if arrived.byte_count != upload.byte_count:
        raise wrong_bytes(f"{arrived.byte_count} / {upload.byte_count} byte")
    if arrived.sha256 is not None:
        return await _seal_vouched(storage.incoming, upload, arrived, gate)
    async with gate:
        return await _seal_unvouched(storage, upload, arrived)


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


async def _seal_unvouched(storage: S3Store, upload: UploadView, arrived: Arrived) -> Header:
    data = await _read_whole(storage.incoming, upload, arrived)
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
    return None if start is None or end is None or _JPEG_END not in end else _read_start(start)


def _read_start(start: bytes) -> Header | None:
    """Return the header of a JPEG by its first bytes alone; null when they do not suffice to say anything."""
    if not start.startswith(_JPEG):
        return None
    try:
        return read_header(start + _JPEG_END)
    except InvalidInputError as error:
        if error.error_code == "truncated":
            return None
        raise
