"""What intake shows of a photograph: frozen views, no ORM objects."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.intake.models import Photo


@dataclass(frozen=True)
class SealedPhoto:
    """Original bytes that lie in the store already, and what their header says.

    ``document``: they hold pages, which become photographs of their own.
    """

    sha256: str
    byte_count: int
    content_type: str
    document: bool


@dataclass(frozen=True)
class Receipt:
    """What an uploader gets: proof that these bytes came in for this TPS at this time.

    ``number`` is the log entry's. ``first`` is false when the same person had sent the same picture before and this is
    the receipt of that time.
    """

    number: int
    photo_id: int
    sha256: str
    pemilihan: str
    tps_kode: str
    received_at: datetime
    state: str
    state_code: str | None
    state_reason: str | None
    first: bool

    def statement(self) -> dict[str, Any]:
        """Return what is signed."""
        return make_statement(self.number, self.sha256, self.pemilihan, self.tps_kode, self.received_at)


def make_statement(number: int, sha256: str, pemilihan: str, tps: str, at: datetime) -> dict[str, Any]:
    """Return the statement of a receipt; its canonical JSON is what the signature covers."""
    return {"pemilihan": pemilihan, "receipt": number, "sha256": sha256, "time": at.isoformat(), "tps": tps}


@dataclass(frozen=True)
class PhotoView:
    """One photograph and how far it has come. ``round`` is the TPS's voting round (2 and more: PSU).

    ``parent_id``, ``parent_page``: the document it is a page of, and which (from 1). A document itself ends in the
    state ``split`` and is never read; ``pages`` then says how many pages it has.
    """

    id: int
    sha256: str
    byte_count: int
    content_type: str
    pemilihan_id: int
    tps_kode: str
    round: int
    uploader_id: int
    source: str
    state: str
    state_code: str | None
    state_reason: str | None
    duplicate_of: int | None
    parent_id: int | None
    parent_page: int | None
    form: str | None
    page: int | None
    quality: dict[str, Any] | None
    placement_id: int | None
    """Of a photograph that a reviewer placed by hand: there are no crops of it, and no covered page."""
    receipt: int | None
    at: datetime

    @property
    def pages(self) -> int | None:
        """Return how many pages a document that was taken apart has; null for a photograph."""
        return (self.quality or {}).get("pages") if self.state == "split" else None


def view_photo(photo: Photo) -> PhotoView:
    """Return the view of a row."""
    return PhotoView(
        id=photo.id,
        sha256=photo.sha256,
        byte_count=photo.byte_count,
        content_type=photo.content_type,
        pemilihan_id=photo.pemilihan_id,
        tps_kode=photo.tps_kode,
        round=photo.round,
        uploader_id=photo.uploader_id,
        source=photo.source,
        state=photo.state,
        state_code=photo.state_code,
        state_reason=photo.state_reason,
        duplicate_of=photo.duplicate_of,
        parent_id=photo.parent_id,
        parent_page=photo.parent_page,
        form=photo.form,
        page=photo.page,
        quality=photo.quality,
        placement_id=photo.placement_id,
        receipt=photo.log_entry_id,
        at=photo.at,
    )
