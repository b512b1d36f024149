"""Uploads that go straight to the object store: who may send what until when, and the photograph that comes of it.

A row is open until it is completed or expired, and only its owner sees it. What lies in the store under its key is
nobody's photograph before :func:`complete_upload`. The key is either the original's own (straight: one piece, of which
nothing lies there yet) or one under ``incoming/``, which is swept by age.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError, NotFoundError, TooLargeError, TooManyRequestsError
from app.core.statements import Statements, share
from app.core.storage import ObjectStore, S3Store, original_key
from app.intake.add_photo import Place, add_photo
from app.intake.header_errors import empty_file
from app.intake.models import DirectUpload
from app.intake.views import Receipt, SealedPhoto
from app.pemilu.definition import Contest

OPEN_MAX = 20
"""Uploads that one account has open at once."""
UPLOAD_SECONDS = 24 * 3600
URL_SECONDS = 3600
"""A signed address is good for this long, and never longer than its upload; looking the upload up gives a fresh one."""
PART_BYTES = 5 * 1024 * 1024
SWEEP_AFTER = timedelta(seconds=UPLOAD_SECONDS + URL_SECONDS)
"""What came in longer ago belongs to no open upload: a transfer that began in time has ended by then."""
EXPIRED_AT_ONCE = 1000

_FIND = """
SELECT direct_upload.id, account_id, pemilihan_id, tps_kode, sha256, byte_count, object_key, multipart_id, part_bytes,
       state, photo_id, expires_at, CAST(floor(extract(epoch FROM expires_at - now())) AS bigint) AS seconds,
       pemilihan.kode AS pemilihan
FROM direct_upload JOIN pemilihan ON pemilihan.id = direct_upload.pemilihan_id
WHERE direct_upload.id = $1 AND account_id = $2"""
_CLOSE = "UPDATE direct_upload SET state = 'completed', photo_id = $1 WHERE id = $2"


@dataclass(frozen=True)
class UploadView:
    """One direct upload. ``seconds`` it stays open, by the database's clock; negative when it is over.

    ``pemilihan``: the contest's code.
    """

    id: int
    account_id: int
    pemilihan_id: int
    tps_kode: str
    sha256: str
    byte_count: int
    object_key: str
    multipart_id: str | None
    part_bytes: int | None
    state: str
    photo_id: int | None
    expires_at: datetime
    seconds: int
    pemilihan: str

    @property
    def straight(self) -> bool:
        """Whether the bytes come straight under the original's key."""
        return self.object_key == original_key(self.sha256)

    @property
    def word(self) -> str:
        """What stands beside bytes that came straight by this upload, and by no other.

        The time keeps it apart from the upload of the same number in a database that was set back.
        """
        return f"{self.id}-{int(self.expires_at.timestamp() * 1_000_000)}"

    @property
    def part_sizes(self) -> dict[int, int]:
        """Length of every part by number; an upload in one piece is one part."""
        size = self.part_bytes or self.byte_count
        starts = range(0, self.byte_count, size)
        return {number: min(size, self.byte_count - start) for number, start in enumerate(starts, 1)}


@dataclass(frozen=True)
class Announced:
    """What a sender says is coming."""

    sha256: str
    byte_count: int
    object_key: str
    multipart_id: str | None


def require_bucket(storage: ObjectStore) -> S3Store:
    """Return the store that senders may write into.

    Raises:
        ConflictError: this installation keeps its photographs in a folder, which nobody outside can write into.
    """
    if isinstance(storage, S3Store):
        return storage
    raise ConflictError(
        "Unggahan langsung tidak tersedia di sini. (There is no direct upload on this installation.)",
        "Kirim lewat POST /api/v1/photos. (Send to POST /api/v1/photos.)",
        code="direct_upload_unavailable",
    )


def require_size(byte_count: int, limit: int) -> None:
    """Refuse what would be refused after the transfer as well.

    Raises:
        InvalidInputError: no bytes at all.
        TooLargeError: more than the installation accepts.
    """
    if byte_count == 0:
        raise empty_file()
    if byte_count > limit:
        message = f"Berkas lebih besar dari {limit} bita. (The file is larger than {limit} bytes.)"
        raise TooLargeError(message, "Kirim foto asli JPEG dari kamera. (Send the camera's original JPEG.)")


def make_object_key() -> str:
    """Return a place of its own for an upload, which nobody can guess."""
    return f"incoming/{secrets.token_hex(16)}"


async def require_room(session: AsyncSession, *, account_id: int) -> None:
    """Hold the account's other announcements off, and refuse one too many.

    Raises:
        TooManyRequestsError: the account has too many open.
    """
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('uploads/' || :account, 0))"
    await session.execute(text(lock), {"account": str(account_id)})
    mine = (DirectUpload.account_id == account_id, DirectUpload.state == "open", DirectUpload.expires_at > func.now())
    if (await session.scalar(select(func.count()).where(*mine)) or 0) >= OPEN_MAX:
        message = f"Masih ada {OPEN_MAX} unggahan terbuka. ({OPEN_MAX} of your uploads are still open.)"
        raise TooManyRequestsError(message, "Selesaikan dahulu yang terbuka. (Complete those first.)")


async def begin_upload(
    session: AsyncSession, *, account_id: int, contest: Contest, tps_kode: str, announced: Announced
) -> UploadView:
    """Write an upload down as open; its bytes may come from now on.

    An original's key is given away once, whoever asks and whatever becomes of it (the unique index decides): who comes
    later sends to a place of his own. So bytes that lie there straight were sent by one upload, or not by this way.

    Raises:
        TooManyRequestsError: the account has too many open.
    """
    await require_room(session, account_id=account_id)
    values = {
        "account_id": account_id,
        "pemilihan_id": contest.id,
        "tps_kode": tps_kode,
        "sha256": announced.sha256,
        "byte_count": announced.byte_count,
        "multipart_id": announced.multipart_id,
        "part_bytes": PART_BYTES if announced.multipart_id else None,
        "expires_at": func.now() + timedelta(seconds=UPLOAD_SECONDS),
    }
    number = await _add_upload(session, values | {"object_key": announced.object_key})
    if number is None:
        number = await _add_upload(session, values | {"object_key": make_object_key()})
    assert number is not None, "a key of 128 random bits is nobody else's"
    return await find_upload(await share(session), upload_id=number, account_id=account_id)


async def _add_upload(session: AsyncSession, values: dict[str, Any]) -> int | None:
    """Return the new row's number; null when its place is another upload's."""
    adding = insert(DirectUpload).values(values).on_conflict_do_nothing(index_elements=["object_key"])
    number: int | None = await session.scalar(adding.returning(DirectUpload.id))
    return number


async def find_upload(statements: Statements, *, upload_id: int, account_id: int) -> UploadView:
    """Return an account's own upload.

    Raises:
        NotFoundError: there is none, or it is somebody else's; the same words for both.
    """
    found = await statements.row(_FIND, upload_id, account_id)
    if found is None:
        message = f"Tidak ada unggahan nomor {upload_id}. (There is no upload {upload_id}.)"
        raise NotFoundError(message, "Mulai unggahan baru. (Begin a new upload.)", code="unknown_upload")
    return UploadView(**found)


async def complete_upload(statements: Statements, *, upload: UploadView, sealed: SealedPhoto) -> Receipt:
    """Make sealed bytes known as a photograph, as every upload is, and close the upload; once, however often called.

    The transaction began with the lock of the bytes, so whoever completes the same upload at once comes before or
    after: its photograph is then the one that this person sent for this TPS before. A crash before the commit leaves
    the upload open and the sealed bytes unknown: completing again does it all once more.
    """
    place = Place(upload.account_id, upload.pemilihan_id, upload.pemilihan, upload.tps_kode)
    receipt = await add_photo(statements, place, sealed, direct_upload=upload.id)
    if not receipt.first:
        await statements.row(_CLOSE, receipt.photo_id, upload.id)
    return receipt


async def drop_upload(session: AsyncSession, *, upload: UploadView) -> None:
    """Close an upload whose bytes cannot become a photograph; one that was completed meanwhile stays so."""
    spoiled = update(DirectUpload).where(DirectUpload.id == upload.id, DirectUpload.state == "open")
    await session.execute(spoiled.values(state="expired"))


async def expire_uploads(session: AsyncSession) -> int:
    """Close uploads whose time is over, some at once, and return how many. Two who do it do not wait for each other."""
    over = select(DirectUpload.id).where(DirectUpload.state == "open", DirectUpload.expires_at < func.now())
    some = over.order_by(DirectUpload.expires_at).limit(EXPIRED_AT_ONCE).with_for_update(skip_locked=True)
    closed = await session.scalars(
        update(DirectUpload).where(DirectUpload.id.in_(some)).values(state="expired").returning(DirectUpload.id)
    )
    return len(closed.all())


def require_open(upload: UploadView) -> None:
    """Refuse an upload that is over.

    Raises:
        ConflictError: it expired, or its bytes were refused.
    """
    if upload.state == "expired" or upload.seconds <= 0:
        message = f"Unggahan {upload.id} sudah ditutup. (Upload {upload.id} is closed.)"
        raise ConflictError(message, "Mulai unggahan baru. (Begin a new upload.)", code="upload_expired")


def not_uploaded(missing: list[int]) -> ConflictError:
    """Return the error of completing before everything arrived; the parts by number."""
    parts = ", ".join(map(str, missing))
    return ConflictError(
        f"Belum semua bagian tiba: {parts}. (Not all parts have arrived: {parts}.)",
        "Kirim bagian itu, lalu selesaikan lagi. (Send those parts, then complete again.)",
        code="not_uploaded",
    )


def place_taken() -> ConflictError:
    """Return the error of an original that came another way since it was announced: that is nothing this sender did."""
    return ConflictError(
        "Berkas ini sudah tiba lewat jalan lain. (This file has arrived another way meanwhile.)",
        "Mulai unggahan baru untuk berkas yang sama. (Begin a new upload of the same file.)",
        code="place_taken",
    )


def wrong_bytes(what: str) -> InvalidInputError:
    """Return the error of bytes that are not the ones announced."""
    return InvalidInputError(
        f"Yang tiba bukan berkas yang diumumkan: {what}. (What arrived is not what was announced: {what}.)",
        "Mulai unggahan baru dengan sha256 berkas aslinya. (Begin a new upload with the original's sha256.)",
        code="wrong_bytes",
    )
