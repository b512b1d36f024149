"""Everything that is published as a folder: pages and data that work from any web server, from a stick, from a disk.

Pages are for people (both languages on one, links relative, no script needed); under ``data/`` lie the published files
byte for byte, so that every one can be compared with the hash that the one above names. Folders go down with the
regions, because the file systems of sticks take no hundred thousand files in one.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from app.core.errors import ConflictError
from app.publication.files import CONTEST_NAME
from app.publication.reading import Pointer, PublishedFile, PublishedFiles
from app.publication.schema import NAMES, read_schema
from app.web.published_page import STYLE, read_style, render_index, render_region
from app.wilayah.codes import NATION, ancestors

Tell = Callable[[int], None]
"""Is told how many more regions are written."""

AT_ONCE = 64
"""Regions that are read, and then written, together."""


@dataclass(frozen=True)
class Link:
    """A file as another one names it."""

    kode: str
    volume: str
    sha256: str


def place_of(pemilihan: str, kode: str) -> PurePosixPath:
    """Return where a region's page lies in the folder, without its ending; its data lie likewise under ``data``."""
    above = [one for one in reversed(ancestors(kode)) if one != NATION]
    return PurePosixPath(pemilihan, *above, kode)


async def write_folder(files: PublishedFiles, folder: Path, *, tell: Tell) -> int:
    """Write everything that is published into ``folder``, and return how many regions that were.

    The folder's ``index.html`` is written last: a folder without one is not whole.

    Raises:
        ConflictError: the folder is not empty.
        NotPublishedError: nothing is published.
    """
    contests = orjson.loads((index := await files.find_contests()).known_text())["pemilihan"]
    await asyncio.to_thread(_begin_folder, folder)
    count = 0
    for contest in contests:
        pointer = await files.find_pointer(contest["kode"])
        count += await _write_contest(files, folder, contest["kode"], pointer, tell)
    await asyncio.to_thread(_end_folder, folder, index.known_text(), contests)
    return count


def _begin_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ConflictError(f"{folder} is not empty.", "Name a new folder, or an empty one.")
    (folder / STYLE).write_bytes(read_style())
    schemas = folder / "data" / "schema"
    schemas.mkdir(parents=True)
    for name in NAMES:
        (schemas / f"{name}.json").write_bytes(read_schema(name))


def _end_folder(folder: Path, index: bytes, contests: list[dict[str, str]]) -> None:
    (folder / "data" / "index.json").write_bytes(index)
    page = render_index([(one["nama"], f"{place_of(one['kode'], NATION)}.html") for one in contests], style=STYLE)
    (folder / "index.html").write_text(page, "utf-8")
    os.sync()  # whoever reads that it is done pulls the stick out


async def _write_contest(files: PublishedFiles, folder: Path, pemilihan: str, pointer: Pointer, tell: Tell) -> int:
    said = orjson.loads(pointer.known_text())
    about = await files.find_current(pointer, CONTEST_NAME)
    writer = _Writer(folder, pemilihan, orjson.loads(about.unpack()))
    await asyncio.to_thread(writer.begin, pointer.known_text(), about)
    waiting, count = [Link(NATION, said["root"]["volume"], said["root"]["sha256"])], 0
    while waiting:
        # From the end: a region's own children first, so that no more than a few levels are ever waiting.
        batch, waiting = waiting[-AT_ONCE:], waiting[:-AT_ONCE]
        read = [await files.find_file(one.volume, one.kode, one.sha256) for one in batch]
        waiting.extend(await asyncio.to_thread(writer.write_all, read))
        count += len(batch)
        tell(len(batch))
    return count


class _Writer:
    """Writes one contest into the folder. Owned by the export; used by one thread at a time."""

    def __init__(self, folder: Path, pemilihan: str, contest: dict[str, Any]) -> None:
        self.folder, self.pemilihan, self.contest = folder, pemilihan, contest
        self._made = set[Path]()

    def begin(self, pointer: bytes, about: PublishedFile) -> None:
        self._put(PurePosixPath("data", f"{self.pemilihan}.json"), pointer)
        self._put(PurePosixPath("data", self.pemilihan, f"{CONTEST_NAME}.json"), about.unpack())

    def write_all(self, files: list[PublishedFile]) -> list[Link]:
        """Write several regions; return what lies below them."""
        return [below for file in files for below in self.write(file)]

    def write(self, file: PublishedFile) -> list[Link]:
        """Write a region's page and data; return what lies below it."""
        plain = file.unpack()
        region = orjson.loads(plain)
        place = place_of(self.pemilihan, region["kode"])
        data = PurePosixPath("data", f"{place}.json")
        self._put(data, plain)
        self._put(PurePosixPath(f"{data}.br"), file.packed)
        up = "../" * (len(place.parts) - 1)
        page = render_region(
            region,
            self.contest,
            link=lambda kode: f"{up}{place_of(self.pemilihan, kode)}.html",
            style=f"{up}{STYLE}",
            data=f"{up}{data}",
            home=f"{up}index.html",
        )
        self._put(PurePosixPath(f"{place}.html"), page.encode())
        return [Link(one["kode"], one["volume"], one["sha256"]) for one in region.get("children", ())]

    def _put(self, place: PurePosixPath, data: bytes) -> None:
        path = self.folder / place
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(path.parent)
        path.write_bytes(data)
