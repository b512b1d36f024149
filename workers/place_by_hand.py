"""Jobs ``show_whole`` and ``place_by_hand``: pictures of whole photographs, for people who judge or read them.

A photograph that a reviewer has placed gets the picture that readers will see; then one transaction lets the rule ask
for it. A crash before that leaves a picture under a key that the next try finds taken, and leaves as it is.
"""

from app.core.storage import read_original
from app.intake.object_keys import whole_key
from app.intake.service import find_unmade, get_photo, lock_tps, mark_placed, mark_refused
from app.intake.triage.placement import WHOLE
from app.pemilu.service import get_contest
from app.verification.service import note_placed_photo
from workers.job import Context, Payload
from workers.look_at_whole import show_whole

_NO_PICTURE = (
    "Foto ini tidak dapat ditampilkan, jadi orang pun tidak dapat membacanya. Simpan sebagai JPEG atau foto lagi. "
    "(This picture cannot be shown, so people cannot read it either. Save it anew as JPEG, or take another one.)"
)


async def show_whole_photo(context: Context, payload: Payload) -> None:
    """Make ``{"photo_id"}``'s picture for the reviewers of its appeal; none where it cannot be decoded."""
    async with context.sessions.begin() as session:
        photo = await get_photo(session, photo_id=payload["photo_id"])
    data = await read_original(context.storage, photo.sha256)
    async with context.readers.ahead:
        picture = await context.ocr(show_whole, data, 0, WHOLE)
    if picture is not None:
        await context.storage.create(whole_key(photo.id, 0), picture)


async def place_by_hand(context: Context, payload: Payload) -> None:
    """Let people read ``{"photo_id", "placement_id"}``; what was taken back meanwhile, or is done, is left as it is."""
    place = {"photo_id": payload["photo_id"], "placement_id": payload["placement_id"]}
    async with context.sessions.begin() as session:
        found = await find_unmade(session, **place)
    if found is None:
        return
    data = await read_original(context.storage, found.photo.sha256)
    async with context.readers.ahead:
        picture = await context.ocr(show_whole, data, found.placement.quarter_turns, found.placement.cut)
    if picture is None:
        await _refuse(context, payload, "not_an_image")
        return
    await context.storage.create(whole_key(found.photo.id, place["placement_id"]), picture)
    async with context.sessions.begin() as session:
        await lock_tps(session, tps_kode=found.photo.tps_kode)
        photo = await mark_placed(session, **place)
        if photo is not None:
            contest = await get_contest(session, id=photo.pemilihan_id)
            await note_placed_photo(session, contest=contest, photo=photo)


async def set_placement_aside(context: Context, payload: Payload, _reason: str) -> None:
    """Refuse a photograph whose picture could not be made; its appeal waits for another answer."""
    await _refuse(context, payload, "reader_crashed")


async def _refuse(context: Context, payload: Payload, code: str) -> None:
    async with context.sessions.begin() as session:
        if await find_unmade(session, photo_id=payload["photo_id"], placement_id=payload["placement_id"]) is not None:
            await mark_refused(session, photo_id=payload["photo_id"], code=code, reason=_NO_PICTURE)
