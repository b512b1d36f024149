"""A placement, its rules, and how it goes along when its photograph is moved."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidInputError
from app.core.jobs import enqueue
from app.intake.models import Photo
from app.intake.triage.models import HandPlacement
from app.pemilu.definition import Contest

TURNS = (0, 1, 2, 3)
CUT_MAX = 45
"""Hundredths that may be left away at one edge: something stays of every picture."""

WHOLE = (0, 0, 0, 0)


@dataclass(frozen=True)
class Placement:
    """What a reviewer says of a photograph that no machine could read.

    ``form`` and ``page``: what it shows. ``quarter_turns``: clockwise, until it stands upright. ``cut``: hundredths of
    the upright picture left away at the top, right, bottom and left, so that names outside the numbers are not shown.
    """

    form: str
    page: int
    quarter_turns: int = 0
    cut: tuple[int, int, int, int] = WHOLE


def check_placement(contest: Contest, placement: Placement) -> None:
    """Check that a placement names a page with numbers, and leaves something of the picture.

    Raises:
        InvalidInputError: it does not; says what there is.
    """
    known = placement.form in contest.form_names
    if not known or not contest.sections_of_page(placement.page, form=placement.form):
        message = f"Tidak ada halaman {placement.page} dengan angka pada formulir {placement.form[:60]!r}. "
        message += "(That form has no such page with numbers.)"
        there = "; ".join(
            f"{form}: {', '.join(map(str, contest.pages_of(form, required=False)))}" for form in contest.form_names
        )
        raise InvalidInputError(message, f"Pilih dari (choose from): {there}.", code="no_such_page")
    if placement.quarter_turns not in TURNS or not all(0 <= one <= CUT_MAX for one in placement.cut):
        message = "Putaran 0 sampai 3, potongan tepi 0 sampai 45 persen. (Turns 0 to 3, cuts 0 to 45 per cent.)"
        raise InvalidInputError(message, "Perbaiki pilihannya. (Correct the choice.)", code="bad_placement")


async def write_placement(session: AsyncSession, photo: Photo, placement: Placement, *, by: int) -> int:
    """Let a placement stand for a photograph that the caller has locked, and have its picture made; return its number.

    The photograph waits as ``received``; no machine reads it any more.
    """
    row = HandPlacement(
        photo_id=photo.id,
        account_id=by,
        form=placement.form,
        page=placement.page,
        quarter_turns=placement.quarter_turns,
        cut=list(placement.cut),
    )
    session.add(row)
    await session.flush()
    photo.form, photo.page, photo.placement_id = placement.form, placement.page, row.id
    await session.flush()
    await enqueue(session, "place_by_hand", {"photo_id": photo.id, "placement_id": row.id})
    return row.id


async def carry_placement(session: AsyncSession, *, placement_id: int, to: int, by: int) -> None:
    """Let the photograph that stands at another TPS now be placed as the one that was moved there was."""
    row = await session.get_one(HandPlacement, placement_id)
    top, right, bottom, left = row.cut
    placement = Placement(row.form, row.page, row.quarter_turns, (top, right, bottom, left))
    photo = await session.get_one(Photo, to, with_for_update={"key_share": True}, populate_existing=True)
    await write_placement(session, photo, placement, by=by)
