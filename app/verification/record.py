"""Write the machine's readings down; ``record_answer`` does people's. The log gets a commitment, without values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.core.jobs import enqueue
from app.intake.service import PhotoView, get_photo
from app.pemilu.definition import Contest
from app.transparency.canonical import canonical_sha256
from app.transparency.service import append_entry
from app.verification.commitments import commit, make_salt
from app.verification.models import Reading, TpsSection

FINGERPRINT = ("model_sha256", "layout_sha256")
"""Details that tell one machine from another; the time it took does not."""


@dataclass(frozen=True)
class SectionRef:
    """Which section of which TPS; ``subject`` is its name in the log."""

    id: int
    subject: str


async def ensure_section(
    session: AsyncSession,
    *,
    contest: Contest,
    tps_kode: str,
    round: int = 1,  # noqa: A002 - the word of the vocabulary and of the column
    section: str,
) -> SectionRef:
    """Return the section's row, made when it is asked for first.

    Raises:
        NotFoundError: the contest has no section of this name.
    """
    contest.section(section)
    place = {"pemilihan_id": contest.id, "tps_kode": tps_kode, "round": round, "section": section}
    # Two pages read at once both come here: the unique index decides who makes the row.
    await session.execute(insert(TpsSection).values(place).on_conflict_do_nothing())
    query = select(TpsSection.id).filter_by(**place)
    return SectionRef((await session.execute(query)).scalar_one(), name_subject(contest, tps_kode, round, section))


def name_subject(contest: Contest, tps_kode: str, round_: int, section: str) -> str:
    """Return the section's name in the log, e.g. ``tps/1101012001001/ppwp-2024/1/suara``."""
    return f"tps/{tps_kode}/{contest.kode}/{round_}/{section}"


async def record_machine_reading(
    session: AsyncSession,
    *,
    contest: Contest,
    photo_id: int,
    fields: Mapping[str, Mapping[str, Any]],
    details: Mapping[str, Any],
) -> tuple[int, ...]:
    """Write down what the machine read on one photograph, and have the rule look at it; return the sections touched.

    ``fields``: {field: {"value", "confidence", "sure", ...}} as the reader prints it; a field of the page that is not
    in it is one the machine could not tell. ``details``: the rest of its line (model and layout hashes, checks).
    The photo is marked as read, with its page, before. Saying the same again adds nothing.

    Raises:
        ConflictError: the photo's page is not known yet.
    """
    photo = await get_photo(session, photo_id=photo_id)
    if photo.page is None:
        message = f"Photo {photo_id} has no page yet."
        raise ConflictError(message, "Mark it as read (intake.mark_read) before recording what was read.")
    touched = []
    for section in contest.sections_of_page(photo.page):
        own = {name: dict(fields.get(name, {})) for name in section.pages[photo.page]}
        ref = await ensure_section(
            session, contest=contest, tps_kode=photo.tps_kode, round=photo.round, section=section.kode
        )
        if await _insert_machine(session, ref, photo, own, details):
            touched.append(ref.id)
            await enqueue(session, "settle", {"section_id": ref.id}, dedupe=f"settle/{ref.id}")
    return tuple(touched)


async def _insert_machine(
    session: AsyncSession,
    ref: SectionRef,
    photo: PhotoView,
    own: Mapping[str, Mapping[str, Any]],
    details: Mapping[str, Any],
) -> bool:
    said = {"fields": own, **{name: details.get(name) for name in FINGERPRINT}}
    fingerprint = canonical_sha256(said)
    known = select(Reading.id).filter_by(section_id=ref.id, photo_id=photo.id, machine=fingerprint)
    if (await session.execute(known)).first() is not None:
        return False
    numbers = {name: said.get("value") for name, said in own.items()}
    row = {"mode": "machine", "machine": fingerprint, "details": {**details, "fields": own}}
    return await _insert_reading(session, ref, photo, numbers, row) is not None


async def _insert_reading(
    session: AsyncSession,
    ref: SectionRef,
    photo: PhotoView,
    numbers: Mapping[str, int | None],
    row: Mapping[str, Any],
) -> int | None:
    """Insert entry and reading; None when an equal reading is there already (a savepoint takes the entry back)."""
    salt = make_salt()
    commitment = commit(salt, numbers, photo.sha256)
    savepoint = await session.begin_nested()
    payload = {
        "commitment": commitment,
        "mode": row["mode"],
        "photo": photo.sha256,
        "reader": "machine",
    }
    entry = await append_entry(session, kind="reading", subject=ref.subject, payload=payload)
    values = {
        **row,
        "section_id": ref.id,
        "photo_id": photo.id,
        "numbers": dict(numbers),
        "salt": salt,
        "commitment": commitment,
        "log_entry_id": entry,
    }
    # The unique indices decide about a double submit and a job that runs twice, not a look beforehand.
    statement = insert(Reading).values(values).on_conflict_do_nothing().returning(Reading.id)
    reading_id = (await session.execute(statement)).scalar_one_or_none()
    await (savepoint.rollback() if reading_id is None else savepoint.commit())
    return reading_id
