"""Change a photograph's state so that everybody sees it: the row, its history, the log, and the TPS settled again."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidInputError
from app.core.jobs import enqueue
from app.intake.models import Photo
from app.intake.triage.models import PhotoEvent
from app.transparency.service import append_entry

REASON_MAX = 500


def require_reason(reason: str) -> str:
    """Return the reason without spaces around it.

    Raises:
        InvalidInputError: there is none, or it is longer than anybody reads.
    """
    said = reason.strip()
    if not said or len(said) > REASON_MAX or "\0" in said:
        message = (
            f"Alasan perlu ditulis, paling panjang {REASON_MAX} huruf. (A reason is needed, {REASON_MAX} letters.)"
        )
        raise InvalidInputError(message, "Tulis alasan singkat. (Write a short reason.)", code="reason_needed")
    return said


async def change_photo(
    session: AsyncSession,
    photo: Photo,
    *,
    kind: str,
    state: str,
    code: str | None = None,
    words: str | None = None,
    by: int | None,
    reason: str,
    other_id: int | None = None,
) -> None:
    """Bring a photograph, locked by the caller, into ``state``; ``words`` are for its uploader.

    The log says what and why a photograph no longer counts or counts again; who did it is in the history only.
    """
    before = photo.state
    photo.state, photo.state_code, photo.state_reason = state, code, words
    note_event(session, photo, kind=kind, before=before, by=by, reason=reason, other_id=other_id)
    facts: dict[str, Any] = {"code": code, "photo": photo.id, "state": state}
    if other_id is not None:
        facts["other"] = other_id
    await append_entry(session, kind="photo_state", subject=f"photo/{photo.id}", payload=facts)
    await session.flush()
    if "read" in {before, state}:
        await settle_again(session, photo)


def note_event(
    session: AsyncSession,
    photo: Photo,
    *,
    kind: str,
    before: str,
    by: int | None,
    reason: str,
    other_id: int | None = None,
) -> None:
    """Add a line to a photograph's history."""
    session.add(
        PhotoEvent(
            photo_id=photo.id,
            kind=kind,
            account_id=by,
            state_before=before,
            state_after=photo.state,
            other_id=other_id,
            reason=reason,
        )
    )


async def settle_again(session: AsyncSession, photo: Photo) -> None:
    """Have the rule look at the photograph's TPS once more, with or without it."""
    place = {"pemilihan_id": photo.pemilihan_id, "tps_kode": photo.tps_kode, "round": photo.round}
    await enqueue(session, "settle_tps", place)


async def read_again(session: AsyncSession, photo: Photo) -> None:
    """Have the machine read it."""
    await enqueue(
        session, "split_document" if photo.content_type == "application/pdf" else "read_photo", {"photo_id": photo.id}
    )
