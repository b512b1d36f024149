"""A publication in the making: files as they are written, level by level from the kelurahan up, and their volumes."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.pemilu.definition import Contest
from app.publication.files import (
    CONTEST_NAME,
    Head,
    Located,
    Name,
    Sums,
    finish_file,
    hash_body,
    spell_contest,
    spell_leaf,
    spell_parent,
)
from app.publication.gather import Leaf
from app.publication.pile import Pile, Piled
from app.publication.volume import LEAF_QUALITY, PARENT_QUALITY, Packed, Volume, VolumeWriter
from app.wilayah.codes import LEVELS

PARENTS_AT_ONCE = 500
"""Regions written by one call to a thread: the files of a level's thousands are not all in memory."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file that came out otherwise than the one before."""

    file: Packed
    body_sha256: str


@dataclass
class Draft:
    """Owned by one run of the publisher, used from its event loop; only pure work goes to threads.

    ``known``: files published so far. ``anew``: files that came out the same are written again too (into new volumes).
    ``pile``: the caller's; full volumes lie there until they are kept.
    """

    at: datetime
    known: dict[str, Located]
    anew: bool
    pile: Pile
    made: dict[str, Located] = field(default_factory=dict)
    _writer: VolumeWriter = field(default_factory=VolumeWriter)
    _waiting: dict[str, Written] = field(default_factory=dict)

    def write(self, name: str, body: bytes, quality: int) -> Written | None:
        """Return the new file of ``name``; None when it would say what the one before says. Pure, for any thread."""
        before = self.known.get(name)
        body_sha256 = hash_body(body)
        if before is not None and before.body_sha256 == body_sha256 and not self.anew:
            return None
        previous = None if before is None else before.sha256
        return Written(finish_file(name, body, at=self.at, previous=previous, quality=quality), body_sha256)

    def keep(self, name: str, written: Written | None) -> None:
        """Put the file of ``name`` into the volume that is being filled; None: the one that is known stays.

        Of two in one run the later one counts; between them a volume was closed.
        """
        if written is None:
            self.made.pop(name, None)
            return
        self._close(self._writer.add(written.file))
        self._waiting[name] = written

    def end_level(self) -> None:
        """Close the volume: files of the next level name it, so none of them can lie in it."""
        self._close(self._writer.finish())

    def _close(self, volume: Volume | None) -> None:
        if volume is None:
            return
        self.pile.add(volume)
        for name in volume.names:
            written = self._waiting.pop(name)
            self.made[name] = Located(written.file.sha256, written.body_sha256, volume.sha256)

    def find(self, name: str) -> Located:
        """Return the file of ``name`` as this publication names it."""
        return self.made.get(name) or self.known[name]

    def used_volumes(self) -> list[Piled]:
        """Return the volumes in which a file of this publication lies."""
        named = {one.volume for one in self.made.values()}
        return [one for one in self.pile.volumes if one.sha256 in named]


def begin_draft(draft: Draft, contest: Contest) -> Head:
    """Write the contest's own file, which all others name."""
    draft.keep(CONTEST_NAME, draft.write(CONTEST_NAME, spell_contest(contest), PARENT_QUALITY))
    draft.end_level()
    return Head(contest.kode, draft.find(CONTEST_NAME))


async def write_leaves(draft: Draft, head: Head, names: Mapping[str, Name], leaves: Sequence[Leaf]) -> None:
    """Write the files of kelurahan, in a thread: compressing lets the event loop go on."""

    def render() -> list[Written | None]:
        return [
            draft.write(one.kode, spell_leaf(head.spell(names[one.kode], names), one.sums, one.stations), LEAF_QUALITY)
            for one in leaves
        ]

    for leaf, written in zip(leaves, await asyncio.to_thread(render), strict=True):
        draft.keep(leaf.kode, written)


async def write_parents(
    draft: Draft, head: Head, names: Mapping[str, Name], sums: Mapping[str, Sums], parents: Sequence[str]
) -> None:
    """Write the files of regions that hold others, from the lowest level up."""
    below: dict[str, list[Sums]] = {}
    for row in sums.values():
        if row.induk is not None:
            below.setdefault(row.induk, []).append(row)
    draft.end_level()
    for level in reversed(LEVELS):
        wanted = [kode for kode in parents if names[kode].tingkat == level and kode in sums]
        for start in range(0, len(wanted), PARENTS_AT_ONCE):
            kodes = wanted[start : start + PARENTS_AT_ONCE]

            def render(kodes: Sequence[str] = kodes) -> list[Written | None]:
                return [_write_parent(draft, head, names, sums[kode], below.get(kode, ())) for kode in kodes]

            for kode, written in zip(kodes, await asyncio.to_thread(render), strict=True):
                draft.keep(kode, written)
        draft.end_level()


def _write_parent(
    draft: Draft, head: Head, names: Mapping[str, Name], own: Sums, below: Sequence[Sums]
) -> Written | None:
    name = names[own.kode]
    children = [(names[row.kode], row, draft.find(row.kode)) for row in below]
    return draft.write(name.kode, spell_parent(head.spell(name, names), own, children), PARENT_QUALITY)
