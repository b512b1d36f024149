"""Take in photographs that the authority published: they are read by the same machine and people as everybody's.

All or nothing in what can be told beforehand: every file is looked at before the first is taken in, and one that
cannot be taken stops the import by its name. Then they come in one by one; an import that broke off is simply
repeated, for what is here already stays what it is.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import text

from app.accounts.sources import ensure_source_account
from app.core.database import Sessions
from app.core.errors import RunutError
from app.core.statements import begin
from app.core.storage import ObjectStore, seal
from app.intake.add_photo import Place, add_photo
from app.intake.header import read_header
from app.intake.receive import lock_of
from app.intake.views import SealedPhoto
from app.official.errors import SHOWN, Problem
from app.official.photo_files import OfficialPhotosError, PhotoFile, PhotoFolder
from app.pemilu.definition import Contest
from app.wilayah.codes import is_within, parse_kode

BATCH = 64
"""Files between two looks into the database."""

Told = Callable[[int], None]
"""Called with the number of files looked at, or taken in, so far."""

_KNOWN = text("SELECT kode FROM tps WHERE kode = ANY(CAST(:kodes AS text[])) AND edisi_akhir IS NULL")


@dataclass(frozen=True)
class PhotosReport:
    """What an import did. ``known``: were here before from this source; ``same``: others had sent the same bytes."""

    files: int
    added: int
    known: int
    same: int
    tps: int


async def import_official_photos(
    sessions: Sessions,
    storage: ObjectStore,
    *,
    contest: Contest,
    folder: PhotoFolder,
    source: str,
    largest: int,
    progress: Told | None = None,
) -> PhotosReport:
    """Take in every photograph of ``folder``; ``largest``: bytes a file may have.

    Raises:
        OfficialPhotosError: names files that cannot be taken, and why; nothing was taken in.
        BrokenArchiveError: the archive is damaged or cut.
        InvalidInputError: the source's name is none.
    """
    tell = progress or (lambda _: None)
    total = await check_photos(sessions, contest=contest, folder=folder, largest=largest, progress=tell)
    async with sessions.begin() as session:
        account = await ensure_source_account(session, source=source)
    counts = {"added": 0, "known": 0, "same": 0}
    places: set[str] = set()
    files = folder.files(largest=largest)
    done = 0
    while batch := await asyncio.to_thread(_take, files, BATCH):
        for one in batch:
            kode = parse_kode(folder.name_tps(one.name) or "").text
            place = Place(account, contest.id, contest.kode, kode, "official")
            counts[await _take_in(sessions, storage, place, one)] += 1
            places.add(kode)
        done += len(batch)
        tell(done)
    return PhotosReport(files=total, tps=len(places), **counts)


async def check_photos(
    sessions: Sessions, *, contest: Contest, folder: PhotoFolder, largest: int, progress: Told
) -> int:
    """Look at every file without taking it in; return how many there are.

    Raises:
        OfficialPhotosError, BrokenArchiveError: see :func:`import_official_photos`.
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    files = folder.files(largest=largest)
    while len(problems) < SHOWN and (batch := await asyncio.to_thread(_take, files, BATCH)):
        found = [await asyncio.to_thread(_look, folder, contest, one) for one in batch]
        unknown = await _find_unknown(sessions, [kode for kode, _ in found if kode is not None])
        for one, (kode, problem) in zip(batch, found, strict=True):
            what = f"TPS {kode} is not known here" if kode in unknown else problem
            if what is not None:
                problems.append(Problem(one.name, what))
        seen.update(one.name for one in batch)
        progress(len(seen))
    if len(problems) < SHOWN:
        problems += [Problem(name, "the manifest names it, but it is not there") for name in _missing(folder, seen)]
    if not seen and not problems:
        problems = [Problem(folder.name, "there is no file in it")]
    if problems:
        raise OfficialPhotosError(folder.name, problems[:SHOWN])
    return len(seen)


def _look(folder: PhotoFolder, contest: Contest, one: PhotoFile) -> tuple[str | None, str | None]:
    """Return the TPS that a file shows and what is wrong with it, as far as can be told without the database."""
    written = folder.name_tps(one.name)
    if written is None:
        why = "its name holds no TPS code of 13 digits" if folder.manifest is None else "the manifest does not name it"
        return None, why
    try:
        kode = parse_kode(written).text
        if one.data is None:
            return kode, "it has more bytes than this installation takes"
        read_header(one.data)
    except RunutError as error:
        return None, error.message
    if not any(is_within(kode, region) for region in contest.wilayah):
        return kode, f"TPS {kode} does not vote in {contest.kode}"
    return kode, None


async def _find_unknown(sessions: Sessions, kodes: list[str]) -> set[str]:
    async with sessions.begin() as session:
        known = set((await session.execute(_KNOWN, {"kodes": sorted(set(kodes))})).scalars())
    return set(kodes) - known


def _missing(folder: PhotoFolder, seen: set[str]) -> list[str]:
    return sorted(set(folder.manifest or ()) - seen)[:SHOWN]


async def _take_in(sessions: Sessions, storage: ObjectStore, place: Place, one: PhotoFile) -> str:
    """Seal a file, then make it known; say whether it was added, known before, or the same bytes as another's."""
    assert one.data is not None, "looked at before"
    header = read_header(one.data)
    sha256 = await seal(storage, one.data)
    sealed = SealedPhoto(sha256, len(one.data), header.content_type, document=header.document)
    async with begin(sessions, lock_of(sha256)) as statements:
        receipt = await add_photo(statements, place, sealed)
    if not receipt.first:
        return "known"
    return "same" if receipt.state == "duplicate" else "added"


def _take(files: Iterator[PhotoFile], count: int) -> list[PhotoFile]:
    return list(islice(files, count))
