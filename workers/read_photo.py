"""Job ``read_photo``: read a photograph with its companions in a child process, then write down what was seen.

Three steps, no transaction open while the reader works: load what is to be read; read; note it. A crash after the
second leaves pictures in the store that the next try makes again; a crash in the third leaves nothing.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.storage import ObjectStore, read_original
from app.intake.service import (
    PhotoView,
    crop_key,
    find_batch,
    lock_batch,
    mark_read,
    mark_refused,
    page_key,
    take_refusal_back,
    thumb_key,
)
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.tally.service import note_photo
from app.verification.service import record_machine_reading
from workers.job import Context, Payload
from workers.look_at_photos import Sight, look_at_photos

Reading = Mapping[str, Any]
"""One line of the reader, see ``ocr.reading.PhotoReading.to_json``."""

_SET_ASIDE = {
    "crashed": (
        "reader_crashed",
        (
            "Foto ini dua kali menghentikan pembaca, jadi disisihkan. Simpan ulang sebagai JPEG atau foto lagi. "
            "(This picture stopped the reader twice and was set aside. Save it anew as JPEG, or take another one.)"
        ),
    ),
    "failed": (
        "reader_failed",
        (
            "Foto ini belum dapat dibaca karena gangguan pada layanan. Fotonya aman; pengelola dapat mengulanginya. "
            "(This picture could not be read because of a fault on our side. It is safe; the operators can retry it.)"
        ),
    ),
}


async def read_photo(context: Context, payload: Payload) -> None:
    """Read ``{"photo_id": ...}``; a photograph that is read or refused already is left as it is.

    ``{"again": true}``: it is read already, but a companion came that neither knew of.
    """
    again = bool(payload.get("again"))
    async with context.sessions.begin() as session:
        batch = await find_batch(session, photo_id=payload["photo_id"], again=again)
        if not batch:
            return
        contest = await get_contest(session, id=batch[0].pemilihan_id)
    photos = [(str(photo.id), await read_original(context.storage, photo.sha256)) for photo in batch]
    sight = await context.ocr(look_at_photos, photos, pictures=not again)
    await _keep_pictures(context.storage, batch[0], sight)
    async with context.sessions.begin() as session:
        if await lock_batch(session, batch=batch, again=again):
            await _note(session, contest, batch, sight)


async def set_photo_aside(context: Context, payload: Payload, reason: str) -> None:
    """Refuse a photograph whose reading was given up (``crashed`` or ``failed``), and tell its uploader."""
    code, words = _SET_ASIDE[reason]
    async with context.sessions.begin() as session:
        await mark_refused(session, photo_id=payload["photo_id"], code=code, reason=words)


async def revive_photo(session: AsyncSession, payload: Payload) -> None:
    """Take back the refusal of a photograph whose reading was given up: it is to be read once more."""
    await take_refusal_back(session, photo_id=payload["photo_id"], codes=[code for code, _ in _SET_ASIDE.values()])


async def _keep_pictures(storage: ObjectStore, photo: PhotoView, sight: Sight) -> None:
    """Keep the pictures before any reading refers to them: a task must never show a field without its crop."""
    if sight.thumb is not None:
        await storage.create(thumb_key(photo.id), sight.thumb)
    if sight.page is not None:
        await storage.create(page_key(photo.id), sight.page)
    for field, crop in sight.crops.items():
        await storage.create(crop_key(photo.id, field), crop)


async def _note(session: AsyncSession, contest: Contest, batch: tuple[PhotoView, ...], sight: Sight) -> None:
    """Write down every reading: the photograph's own, and its companions' in the new light."""
    noted = False
    for photo, reading in zip(batch, sight.readings, strict=True):
        refusal = _find_refusal(contest, reading)
        if refusal is None:
            await _note_reading(session, contest, photo, reading)
            noted = True
        elif photo is batch[0]:
            code, words = refusal
            await mark_refused(
                session,
                photo_id=photo.id,
                code=code,
                reason=words,
                form=reading["form"],
                page=reading["page"],
                quality=reading["quality"],
            )
    if noted:
        # Last on purpose: settling locks the section and then the TPS, and so does this transaction.
        await note_photo(session, contest=contest, tps_kode=batch[0].tps_kode, round=batch[0].round)


def _find_refusal(contest: Contest, reading: Reading) -> tuple[str, str] | None:
    """Return code and words of why a reading does not count for this contest; null when it does."""
    if reading["refused"] is not None:
        sentence = reading["explanation"]
        return reading["refused"], f"{sentence['id']} ({sentence['en']})"
    if reading["form"] != contest.form_name:
        words = (
            f"Ini formulir {reading['form']}, bukan {contest.form_name}. Kirim untuk pemilihan yang sesuai. "
            f"(This is form {reading['form']}, not {contest.form_name}. Send it for the contest it belongs to.)"
        )
        return "other_form", words
    return None


async def _note_reading(session: AsyncSession, contest: Contest, photo: PhotoView, reading: Reading) -> None:
    await mark_read(session, photo_id=photo.id, form=reading["form"], page=reading["page"], quality=reading["quality"])
    details = {name: value for name, value in reading.items() if name not in {"fields", "file"}}
    await record_machine_reading(session, contest=contest, photo_id=photo.id, fields=reading["fields"], details=details)
