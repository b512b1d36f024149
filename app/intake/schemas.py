"""What the photo routes give."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Statement(BaseModel):
    """What is signed. Its RFC 8785 canonical JSON (sorted keys, no spaces) is the signed text."""

    pemilihan: str
    receipt: int
    sha256: str
    time: str
    tps: str


class Signature(BaseModel):
    """An Ed25519 signature with what checks it."""

    key_id: str
    public_key: str
    """32 bytes in base64."""
    signature: str
    """64 bytes in base64."""


class ReceiptAnswer(BaseModel):
    """The receipt of an upload."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt": 1041,
                    "photo_id": 17,
                    "state": "received",
                    "state_code": None,
                    "state_reason": None,
                    "first": True,
                    "url": "http://127.0.0.1/api/v1/receipts/1041",
                    "statement": {
                        "pemilihan": "ppwp-2024",
                        "receipt": 1041,
                        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        "time": "2024-02-14T20:56:01.123456+00:00",
                        "tps": "3171011001001",
                    },
                    "signature": {"key_id": "0f3c...", "public_key": "base64", "signature": "base64"},
                }
            ]
        }
    )

    receipt: int
    photo_id: int
    state: str
    state_code: str | None
    state_reason: str | None
    first: bool
    """False: you had sent this picture for this TPS before; this is the receipt of that time."""
    url: str
    statement: Statement
    signature: Signature


class EntryAnswer(BaseModel):
    """A log entry's outer side. ``position`` is null until it is placed in the signed log."""

    id: int
    kind: str
    subject: str
    payload_sha256: str
    at: datetime
    position: int | None


class DocumentPageAnswer(BaseModel):
    """Which page of which document a photograph was made from. Pages count from 1."""

    photo: int
    receipt: int
    sha256: str
    page: int
    pages: int


class PublicReceiptAnswer(BaseModel):
    """A receipt as anybody may look it up. ``document`` is null for what was sent as one picture."""

    statement: Statement
    signature: Signature
    entry: EntryAnswer
    document: DocumentPageAnswer | None = None


class PhotoAnswer(BaseModel):
    """One of your photographs. A page of a document names the document and its page there, from 1."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    sha256: str
    byte_count: int
    content_type: str
    pemilihan: str
    tps_kode: str
    state: str
    state_code: str | None
    state_reason: str | None
    parent_id: int | None = None
    parent_page: int | None = None
    form: str | None
    page: int | None
    receipt: int | None
    at: datetime


class PhotoList(BaseModel):
    """Your photographs, newest first. ``next``: ask again with ``before`` set to it; null at the end."""

    photos: list[PhotoAnswer]
    next: int | None


class UploadAnnouncement(BaseModel):
    """What is going to be sent straight to the object store."""

    model_config = ConfigDict(extra="forbid")

    pemilihan: str
    """Code of the contest, e.g. ``ppwp-2024``."""
    tps: str
    """KPU's 13-digit code of the TPS."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Of the whole file, in hexadecimal."""
    bytes: Annotated[int, Field(ge=0, le=2**53)]
    parts: bool = False
    """True for bad lines: the file goes in parts of 5 MiB, and a part that was cut off is sent again alone."""


class SignedPut(BaseModel):
    """The request that sends a part: exactly these headers beside the length, before the address expires."""

    model_config = ConfigDict(from_attributes=True)

    method: str
    url: str
    headers: dict[str, str]


class UploadPart(BaseModel):
    """One part of a direct upload; a file that goes in one piece is one part. ``there``: it has arrived."""

    number: int
    bytes: int
    there: bool
    put: SignedPut


class UploadAnswer(BaseModel):
    """A direct upload: ``open``, ``completed`` (then with its photograph) or ``expired``."""

    upload: int
    state: str
    tps: str
    sha256: str
    bytes: int
    expires_at: datetime
    photo_id: int | None
    parts: list[UploadPart]
    """Empty unless it is open."""
