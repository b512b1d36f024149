"""Whether a photograph that was just looked at is a copy of an earlier one: asked until nobody is left to compare.

Candidates are looked up under the lock of the photograph's keys, in the very transaction that notes it. Where there is
one whose picture was not compared yet, that transaction ends with nothing written, the pictures are compared in a
reader with no transaction open, and it begins anew. A photograph without candidates, as nearly all are, pays for one
statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.intake.service import PhotoView, card_key
from app.intake.triage.clusters import Membership
from app.intake.triage.copies import Candidate, find_candidates, note_picture
from app.intake.triage.keys import Mark, differ, name_confident, pair_keys
from ocr.picture_hash import bands_of, find_copies
from workers.job import Context
from workers.look_at_photos import Sight


@dataclass
class Search:
    """What is known so far of one photograph's copies. Owned by the job that reads it.

    ``readable``: the machine could read it. ``taken_for_copy``: its page and crops were not kept.
    """

    mark: Mark
    card: bytes
    readable: bool
    compared: dict[int, bool] = field(default_factory=dict)
    taken_for_copy: bool = False

    def unknown(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the candidates that were not compared yet."""
        return [one for one in candidates if one.photo_id not in self.compared]

    def proved(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return those that show the same picture."""
        return [one for one in candidates if self.compared[one.photo_id]]


class NoCopyAfterAll(Exception):  # noqa: N818 - as below
    """It was taken for a copy before it was noted, and is none; nothing was written."""


class NotCompared(Exception):  # noqa: N818 - nothing went wrong: there is more to look at
    """There are candidates whose pictures are to be compared first; nothing was written."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        """Name them."""
        super().__init__(f"not compared yet: {[one.photo_id for one in candidates]}")
        self.candidates = candidates


def begin_search(sight: Sight, *, readable: bool) -> Search | None:
    """Return the search for copies of the first photograph of ``sight``; None for one of which no picture was made."""
    if sight.card is None or not sight.hashes:
        return None
    reading, own = sight.readings[0], sight.hashes[0]
    named = name_confident(reading["fields"]) if readable else {}
    pairs = pair_keys(reading["form"], reading["page"], named) if named else ()
    around = {band for one in sight.hashes for band in bands_of(one)}
    mark = Mark(
        hash=own,
        keys=(*bands_of(own), *pairs),
        look_for=pairs or tuple(sorted(around)),
        nearby=sight.hashes[1:],
        named=named if pairs else {},
    )
    return Search(mark, sight.card, readable)


async def look_for_copies(context: Context, search: Search, photo: PhotoView) -> None:
    """Compare with what is there already, so that page and crops of a copy need not be kept."""
    async with context.sessions.begin() as session:
        candidates = await find_candidates(session, photo_id=photo.id, mark=search.mark, readable=search.readable)
    await compare_with(context, search, search.unknown(candidates))
    same = [one for one in search.proved(candidates) if not differ(search.mark.named, one.named)]
    search.taken_for_copy = search.readable and photo.source == "volunteer" and bool(same)


async def note_search(session: AsyncSession, search: Search, photo: PhotoView) -> Membership | None:
    """Write down what the search found; return what becomes of the photograph, null: it is read like any other.

    Raises:
        NotCompared: somebody else's photograph is to be compared first.
        NoCopyAfterAll: its pictures are to be kept first.
    """
    candidates = await find_candidates(session, photo_id=photo.id, mark=search.mark, readable=search.readable)
    if unknown := search.unknown(candidates):
        raise NotCompared(unknown)
    same = search.proved(candidates)
    copy_of = await note_picture(session, photo=photo, mark=search.mark, copies=same, readable=search.readable)
    if copy_of is None and search.taken_for_copy:
        raise NoCopyAfterAll
    return copy_of


async def compare_with(context: Context, search: Search, others: Sequence[Candidate]) -> None:
    """Compare the pictures in a reader. A card that is not there was never made: such a photograph proves nothing."""
    cards: dict[int, tuple[int, bytes]] = {}
    for one in others:
        try:
            cards[one.photo_id] = one.group, await context.storage.read(card_key(one.photo_id))
        except NotFoundError:
            search.compared[one.photo_id] = False
    if cards:
        found = await context.ocr(find_copies, search.card, list(cards.values()))
        search.compared |= dict(zip(cards, found, strict=True))
