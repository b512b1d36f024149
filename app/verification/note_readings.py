"""Photographs of a TPS that may be read by people from now on, from what the machine read to the decision.

One transaction each. Of a photograph that was placed by hand there is nothing that a machine has read.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from app.intake.service import PhotoView
from app.pemilu.definition import Contest
from app.tally.service import note_photo
from app.verification.locks import lock_many_sections
from app.verification.record import MachineReading, ensure_sections, record_machine_readings
from app.verification.review.altered_copies import have_copies_compared
from app.verification.review.watch import reopen_for_photo
from app.verification.settle import settle_locked


async def note_machine_readings(session: AsyncSession, *, contest: Contest, readings: Sequence[MachineReading]) -> None:
    """Write down readings of photographs of one TPS, note that it has photographs, and let the rule look at them.

    The caller holds the TPS (``intake.lock_batch``) and has marked the photographs as read. The sections are locked
    before the TPS's result, as everybody does it; comparisons are queued last of all.
    """
    if not readings:
        return
    touched = await record_machine_readings(session, contest=contest, readings=readings)
    sections = await lock_many_sections(session, section_ids=touched) if touched else ()
    first = readings[0].photo
    await note_photo(session, contest=contest, tps_kode=first.tps_kode, round=first.round)
    await settle_locked(session, sections=sections)
    await reopen_for_photo(session, section_ids=[one.id for one in sections])
    await have_copies_compared(session, photo_ids=[one.photo.id for one in readings])


async def note_placed_photo(session: AsyncSession, *, contest: Contest, photo: PhotoView) -> None:
    """Note that people may read a photograph that a reviewer placed, and let the rule ask for it; it has no reading.

    The caller holds the TPS (``intake.lock_tps``) and has marked the photograph. Locks as above.
    """
    touched = await ensure_sections(session, contest=contest, photo=photo)
    sections = await lock_many_sections(session, section_ids=touched)
    await note_photo(session, contest=contest, tps_kode=photo.tps_kode, round=photo.round)
    await settle_locked(session, sections=sections)
    await reopen_for_photo(session, section_ids=[one.id for one in sections])
