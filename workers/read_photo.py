"""Job ``read_photo``: read a photograph with its companions in a child process, then write down what was seen.

Three steps, no transaction open while the reader works: load what is to be read; read; note it. A crash after the
second leaves pictures in the store that the next try makes again; a crash in the third leaves nothing.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue
from app.core.storage import ObjectStore, read_original
from app.intake.service import (
    PhotoView,
    card_key,
    crop_key,
    find_batch,
    lock_batch,
    mark_copy,
    mark_read,
    mark_refused,
    page_key,
    take_refusal_back,
    thumb_key,
)
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.verification.service import MachineReading, note_machine_readings
from workers.find_copies import (
    NoCopyAfterAll,
    NotCompared,
    Search,
    begin_search,
    compare_with,
    look_for_copies,
    note_search,
)
from workers.job import Context, Payload
from workers.look_at_photos import Photo, Sight, look_at_photos

READ_BESIDE = -100
"""Priority of the experiment: behind all other work, as a photograph that waits to be read is worth more."""

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
    batch = await _find_batch(context, payload["photo_id"], again=again)
    if batch is None:
        return
    async with context.queues.wait_turn(_name_queue(batch[0])) as waited:
        if waited:  # the one before was perhaps a companion
            batch = await _find_batch(context, payload["photo_id"], again=again)
        if batch is not None:
            await _read(context, batch, again=again)


async def _find_batch(context: Context, photo_id: int, *, again: bool) -> tuple[PhotoView, ...] | None:
    async with context.sessions.begin() as session:
        return await find_batch(session, photo_id=photo_id, again=again) or None


def _name_queue(photo: PhotoView) -> str:
    """Companions wait for one another, or each would be read without the other, and then again with it."""
    return f"{photo.pemilihan_id}/{photo.tps_kode}/{photo.round}/{photo.uploader_id}"


async def _read(context: Context, batch: tuple[PhotoView, ...], *, again: bool) -> None:
    sight = await _look(context, batch, again=again)
    async with context.sessions.begin() as session:
        contest = await get_contest(session, id=batch[0].pemilihan_id)
    readable = _find_refusal(contest, sight.readings[0]) is None
    wanted = context.settings.find_copies and not again
    search = begin_search(sight, readable=readable) if wanted else None
    if search is not None:
        await look_for_copies(context, search, batch[0])
    await _keep_pictures(context.storage, batch[0], sight, only_small=search is not None and search.taken_for_copy)
    while True:
        try:
            async with context.sessions.begin() as session:
                await _note_first(session, contest, batch, sight, search, again=again)
                if context.settings.read_beside and readable and not again:
                    await enqueue(session, "read_beside", {"photo_id": batch[0].id}, priority=READ_BESIDE)
        except NotCompared as missing:
            assert search is not None, "only a search compares"
            await compare_with(context, search, missing.candidates)
        except NoCopyAfterAll:  # somebody said so since we looked: now its crops are wanted as well
            await _keep_pictures(context.storage, batch[0], sight)
            assert search is not None, "only a search takes it for a copy"
            search.taken_for_copy = False
        else:
            return


async def _note_first(
    session: AsyncSession,
    contest: Contest,
    batch: tuple[PhotoView, ...],
    sight: Sight,
    search: Search | None,
    *,
    again: bool,
) -> None:
    """Write down what the photograph is a copy of, or else what was read of it and its companions."""
    copy_of = None if search is None else await note_search(session, search, batch[0])
    if not await lock_batch(session, batch=batch, again=again):
        return
    if copy_of is None:
        await _note(session, contest, batch, sight)
    else:
        await mark_copy(session, photo_id=batch[0].id, membership=copy_of)


async def _look(context: Context, batch: tuple[PhotoView, ...], *, again: bool) -> Sight:
    """Have the photographs looked at. Companions' bytes are loaded only if the reader does not remember them."""
    near = [photo.sha256 for photo in batch]
    async with context.readers.ahead:
        photos = [await _load(context.storage, batch[0]), *(_name(photo) for photo in batch[1:])]
        sight = await context.ocr_near(near, look_at_photos, photos, pictures=not again)
        if sight is None:
            photos = [photos[0], *[await _load(context.storage, photo) for photo in batch[1:]]]
            sight = await context.ocr_near(near, look_at_photos, photos, pictures=not again)
    assert sight is not None, "a reader that is given every photograph's bytes asks for none"
    return sight


async def _load(storage: ObjectStore, photo: PhotoView) -> Photo:
    return str(photo.id), photo.sha256, await read_original(storage, photo.sha256)


def _name(photo: PhotoView) -> Photo:
    return str(photo.id), photo.sha256, None


async def set_photo_aside(context: Context, payload: Payload, reason: str) -> None:
    """Refuse a photograph whose reading was given up (``crashed`` or ``failed``), and tell its uploader."""
    code, words = _SET_ASIDE[reason]
    async with context.sessions.begin() as session:
        await mark_refused(session, photo_id=payload["photo_id"], code=code, reason=words)


async def revive_photo(session: AsyncSession, payload: Payload) -> None:
    """Take back the refusal of a photograph whose reading was given up: it is to be read once more."""
    await take_refusal_back(session, photo_id=payload["photo_id"], codes=[code for code, _ in _SET_ASIDE.values()])


async def _keep_pictures(storage: ObjectStore, photo: PhotoView, sight: Sight, *, only_small: bool = False) -> None:
    """Keep the pictures before any reading refers to them: a task must never show a field without its crop.

    ``only_small``: nothing will be read of it, so nobody needs page and crops.
    """
    pictures = {thumb_key(photo.id): sight.thumb, card_key(photo.id): sight.card}
    if not only_small:
        pictures[page_key(photo.id)] = sight.page
        pictures |= {crop_key(photo.id, field): crop for field, crop in sight.crops.items()}
    made = ((key, picture) for key, picture in pictures.items() if picture is not None)
    await asyncio.gather(*(storage.create(key, picture) for key, picture in made))  # each of them waits for the disk


async def _note(session: AsyncSession, contest: Contest, batch: tuple[PhotoView, ...], sight: Sight) -> None:
    """Write down every reading: the photograph's own, and its companions' in the new light."""
    readings = []
    for photo, reading in zip(batch, sight.readings, strict=True):
        refusal = _find_refusal(contest, reading)
        if refusal is None:
            readings.append(await _mark_read(session, photo, reading))
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
    await note_machine_readings(session, contest=contest, readings=readings)


def _find_refusal(contest: Contest, reading: Reading) -> tuple[str, str] | None:
    """Return code and words of why a reading does not count for this contest; null when it does."""
    if reading["refused"] is not None:
        sentence = reading["explanation"]
        return reading["refused"], f"{sentence['id']} ({sentence['en']})"
    if reading["form"] not in contest.form_names:
        bukan, other = " atau ".join(contest.form_names), " or ".join(contest.form_names)
        words = (
            f"Ini formulir {reading['form']}, bukan {bukan}. Kirim untuk pemilihan yang sesuai. "
            f"(This is form {reading['form']}, not {other}. Send it for the contest it belongs to.)"
        )
        return "other_form", words
    return None


async def _mark_read(session: AsyncSession, photo: PhotoView, reading: Reading) -> MachineReading:
    marked = await mark_read(
        session, photo_id=photo.id, form=reading["form"], page=reading["page"], quality=reading["quality"]
    )
    details = {name: value for name, value in reading.items() if name not in {"fields", "file"}}
    return MachineReading(marked, reading["fields"], details)
