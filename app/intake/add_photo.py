"""The two statements by which every picture becomes a photograph: what is known of it, then all that makes it known.

Both are asked by whoever holds the lock of the picture's bytes, in one transaction. The first draws the numbers of row
and log entry, so that the second writes row, entry, job and the end of a direct upload at once.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from app.core.jobs import QUEUE_ONE, spell_job
from app.core.statements import Statements
from app.intake.triage.clusters import join_same_bytes
from app.intake.triage.enough import READ_LAST, READ_LAST_PRIORITY, READ_LAST_WORDS
from app.intake.views import PhotoView, Receipt, SealedPhoto
from app.tally.service import CURRENT_ROUND
from app.transparency.canonical import canonical_json
from app.transparency.service import APPEND_ONE, NEXT_ENTRY

_LOOK = f"""
SELECT mine.id AS mine, mine.log_entry_id, mine.at, mine.state, mine.state_code, mine.state_reason,
       same.id AS same, same.here,
       CASE WHEN mine.id IS NULL THEN nextval(pg_get_serial_sequence('photo', 'id')) END AS photo,
       CASE WHEN mine.id IS NULL THEN {NEXT_ENTRY} END AS entry,
       {CURRENT_ROUND.format(pemilihan_id="$2", tps_kode="$3")} AS round, {READ_LAST} AS read_last
FROM (VALUES (1)) AS one
LEFT JOIN photo AS mine
    ON mine.uploader_id = $1 AND mine.pemilihan_id = $2 AND mine.tps_kode = $3 AND mine.sha256 = $4
LEFT JOIN LATERAL (
    SELECT id, pemilihan_id = $2 AND tps_kode = $3 AS here FROM photo
    WHERE sha256 = $4 AND state NOT IN ('rejected', 'moved')
    ORDER BY here DESC, id LIMIT 1
) AS same ON true"""  # noqa: S608 - put together from constants
"""Rejected and moved pictures no longer stand for their TPS and so do not make another one a duplicate."""

_ADD = f"""
WITH made AS (
    INSERT INTO photo (id, log_entry_id, sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, round,
                       source, state, state_code, state_reason, duplicate_of, parent_id, parent_page, moved_from)
    OVERRIDING SYSTEM VALUE
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $23)
    RETURNING id, at
),
fact AS (
    SELECT CAST($2 AS bigint) AS id, 'photo' AS kind, 'photo/' || made.id AS subject, $17 AS payload, $18 AS sha256
    FROM made
),
job AS (
    SELECT CAST($19 AS text) AS name, CAST($24 AS int) AS priority, $20 AS payload, $21 AS headers
    FROM made WHERE $19 IS NOT NULL
),
closed AS (
    UPDATE direct_upload SET state = 'completed', photo_id = made.id FROM made WHERE direct_upload.id = $22
),
{APPEND_ONE},
{QUEUE_ONE}
SELECT at FROM made"""  # noqa: S608 - put together from constants
"""Foreign keys are looked at when the statement ends: row, entry and upload may name each other."""


@dataclass(frozen=True)
class Place:
    """Who sends for which TPS in which contest: what a photograph can be sent once for."""

    account_id: int
    pemilihan_id: int
    pemilihan: str
    """The contest's code."""
    tps_kode: str
    source: str = "volunteer"
    """``official`` for what the authority published; never taken from a client."""


@dataclass(frozen=True)
class DocumentPage:
    """That a picture is page ``page`` of ``pages`` of a document, both from 1; it goes where the document went."""

    document: PhotoView
    page: int
    pages: int

    def facts(self) -> dict[str, Any]:
        """Return what the log says of it: the way from a page back to the file that was sent."""
        document = self.document
        return {
            "page": self.page,
            "pages": self.pages,
            "photo": document.id,
            "receipt": document.receipt,
            "sha256": document.sha256,
        }


@dataclass(frozen=True)
class Duplicate:
    """That the same bytes are here already, as whose copy, and why this one is not read."""

    of: int
    code: str
    reason: str


@dataclass(frozen=True)
class Moved:
    """Which photograph of another TPS a picture was until now, and the row that its moves have made last.

    They differ once it came back to where it was before and is moved on from there.
    """

    photo: int
    last: int


@dataclass(frozen=True)
class Known:
    """What is known of a picture before it is added: either the receipt of the first time, or its numbers to be."""

    before: Receipt | None
    photo: int
    entry: int
    round: int
    duplicate: Duplicate | None
    read_last: bool = False
    """The TPS has enough, and this is somebody new."""


async def find_known(statements: Statements, place: Place, sha256: str) -> Known:
    """Return what is known of the bytes, which are locked; numbers are drawn for a picture that is new here."""
    row = await statements.row(_LOOK, place.account_id, place.pemilihan_id, place.tps_kode, sha256)
    assert row is not None, "it selects from one row and joins from the left"
    if row["mine"] is None:
        duplicate = None if row["same"] is None else judge_same(row["same"], here=row["here"])
        return Known(None, row["photo"], row["entry"], row["round"], duplicate, row["read_last"])
    assert row["log_entry_id"] is not None, "written with the row"
    before = Receipt(
        number=row["log_entry_id"],
        photo_id=row["mine"],
        sha256=sha256,
        pemilihan=place.pemilihan,
        tps_kode=place.tps_kode,
        received_at=row["at"],
        state=row["state"],
        state_code=row["state_code"],
        state_reason=row["state_reason"],
        first=False,
    )
    return Known(before, row["mine"], row["log_entry_id"], row["round"], None)


def judge_same(photo: int, *, here: bool) -> Duplicate:
    """Return what these bytes repeat: another person's picture of this TPS, or anybody's picture of another place."""
    if here:
        reason = "Foto yang sama sudah dikirim orang lain. (Somebody else has sent the same picture.)"
        return Duplicate(photo, "same_picture", reason)
    reason = (
        "Foto yang sama sudah dikirim untuk TPS lain; perlu dicek. "
        "(The same picture was sent for another TPS; to be checked.)"
    )
    return Duplicate(photo, "same_picture_other_tps", reason)


async def add_photo(
    statements: Statements,
    place: Place,
    sealed: SealedPhoto,
    *,
    page_of: DocumentPage | None = None,
    direct_upload: int | None = None,
    moved: Moved | None = None,
) -> Receipt:
    """Add row, log entry and job of a picture that is locked, and close the direct upload that it came by.

    The same picture for the same TPS by the same person adds nothing and gives the first receipt again; its upload is
    the caller's to close. ``moved``: which photograph of another TPS this one was before.
    """
    known = await find_known(statements, place, sealed.sha256)
    if known.before is not None:
        return known.before
    duplicate = known.duplicate
    state = _state_of(known)
    document = page_of.document if page_of else None
    round_ = document.round if document else known.round
    facts = _describe(known, place, sealed, round_, page_of) | ({"moved_from": moved.photo} if moved else {})
    spelled = canonical_json(facts)
    job = ("split_document" if sealed.document else "read_photo") if duplicate is None else None
    row = await statements.row(
        _ADD,
        *(known.photo, known.entry, sealed.sha256, sealed.byte_count, sealed.content_type),
        *(place.pemilihan_id, place.tps_kode, place.account_id, round_, document.source if document else place.source),
        *(*state, duplicate and duplicate.of, document and document.id, page_of and page_of.page),
        *(spelled.decode(), sha256(spelled).hexdigest()),
        *(job, *spell_job({"photo_id": known.photo})),
        direct_upload,
        moved and moved.last,
        READ_LAST_PRIORITY if known.read_last else 0,
    )
    assert row is not None, "what it inserts it returns, or it fails"
    if duplicate is not None:
        await join_same_bytes(statements, photo_id=known.photo, first_id=duplicate.of)
    return _receipt_of(known, place, sealed, row["at"])


def _describe(
    known: Known, place: Place, sealed: SealedPhoto, round_: int, page_of: DocumentPage | None
) -> dict[str, Any]:
    """Return the log entry's facts. Who sent it is not among them."""
    facts: dict[str, Any] = {
        "bytes": sealed.byte_count,
        "pemilihan": place.pemilihan,
        "photo": known.photo,
        "round": round_,
        "sha256": sealed.sha256,
        "tps": place.tps_kode,
        "type": sealed.content_type,
    }
    if known.duplicate is not None:
        facts |= {"duplicate_of": known.duplicate.of, "why": known.duplicate.code}
    return facts | ({"document": page_of.facts()} if page_of else {})


def _state_of(known: Known) -> tuple[str, str | None, str | None]:
    """Return state, its code and its reason."""
    if known.duplicate is not None:
        return "duplicate", known.duplicate.code, known.duplicate.reason
    return ("received", "read_last", READ_LAST_WORDS) if known.read_last else ("received", None, None)


def _receipt_of(known: Known, place: Place, sealed: SealedPhoto, at: datetime) -> Receipt:
    state, code, reason = _state_of(known)
    return Receipt(
        number=known.entry,
        photo_id=known.photo,
        sha256=sealed.sha256,
        pemilihan=place.pemilihan,
        tps_kode=place.tps_kode,
        received_at=at,
        state=state,
        state_code=code,
        state_reason=reason,
        first=True,
    )
