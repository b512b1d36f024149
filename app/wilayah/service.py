"""Regions and TPS: import editions, resolve codes old and new, list, search. Nothing here commits."""

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.wilayah.codes import LEVELS, Kode, ancestors, parse_kode
from app.wilayah.edition import Edition, edition_lines, parse_edition
from app.wilayah.edition_text import hash_edition, read_bytes
from app.wilayah.import_edition import (
    ImportReport,
    Suggestion,
    apply_regions,
    apply_tps,
    check_old_codes,
    copy_edition,
    drop_copy,
    find_same_edition,
    lock_geography,
    suggest_successors,
)
from app.wilayah.models import Tps, Wilayah, WilayahPengganti

__all__ = ["ImportReport", "Suggestion"]

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and of how many."""

_STEPS = ("reading", "checking", "copying", "regions", "TPS", "done")


@dataclass(frozen=True)
class Region:
    """A region above the TPS. ``current`` is false for a code that a later edition ended.

    ``successors`` are the codes that follow an ended one, as an edition named them; ``tps_count`` counts the TPS in and
    below it today.
    """

    kode: str
    tingkat: str
    nama: str
    induk: str | None
    tps_count: int
    current: bool
    successors: tuple[str, ...] = ()


@dataclass(frozen=True)
class TpsPlace:
    """A polling station; ``current`` is false when a later edition ended it."""

    kode: str
    kelurahan: str
    nomor: int
    current: bool


def ignore_progress(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


async def import_wilayah(
    session: AsyncSession,
    *,
    path: Path | None = None,
    lines: Iterable[str] | None = None,
    name: str,
    progress: Progress = ignore_progress,
) -> ImportReport:
    """Import an edition from a file (``.csv``, ``.csv.gz``) or from lines of text, all of it or nothing.

    Columns: ``kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir`` and optionally ``kode_lama``. Codes
    that the edition no longer holds are ended, never deleted. Importing the same edition again changes nothing. The
    tallies of contests know nothing of it until they are rebuilt (``tally.service.rebuild``).

    Raises:
        WilayahFileError: the file is wrong; the first 20 errors with their lines. The caller's transaction is to be
            rolled back.
    """
    progress(_STEPS[0], 0, len(_STEPS) - 1)
    data = edition_lines(lines) if path is None and lines is not None else await _read(path)
    await lock_geography(session)
    if (same := await find_same_edition(session, hash_edition(data))) is not None:
        return same
    progress(_STEPS[1], 1, len(_STEPS) - 1)
    edition = await asyncio.to_thread(parse_edition, data, name)
    return await _apply(session, edition, name, progress)


async def _read(path: Path | None) -> bytes:
    assert path is not None, "import_wilayah wants a path or lines"
    return await asyncio.to_thread(read_bytes, path)


async def _apply(session: AsyncSession, edition: Edition, name: str, progress: Progress) -> ImportReport:
    progress(_STEPS[2], 2, len(_STEPS) - 1)
    await copy_edition(session, edition)
    await check_old_codes(session, name)
    progress(_STEPS[3], 3, len(_STEPS) - 1)
    report = await apply_regions(session, edition, name)
    progress(_STEPS[4], 4, len(_STEPS) - 1)
    added, ended = await apply_tps(session, report.edition)
    suggestions = await suggest_successors(session, report.edition)
    await drop_copy(session)
    progress(_STEPS[5], 5, len(_STEPS) - 1)
    return dataclasses.replace(report, tps_added=added, tps_ended=ended, suggestions=suggestions)


async def resolve(session: AsyncSession, *, kode: str) -> Region:
    """Return the region of a code, current or ended.

    Raises:
        KodeError: ``kode`` is no region code.
        NotFoundError: no edition ever knew it, or it is a TPS's code.
    """
    parsed = parse_kode(kode)
    found = await _load_regions(session, [parsed.text])
    if not found:
        raise _unknown(parsed)
    return found[0]


def _unknown(kode: Kode) -> NotFoundError:
    if kode.tingkat == "tps":
        return NotFoundError(
            f"{kode.text} adalah TPS, bukan wilayah. ({kode.text} is a TPS, not a region.)",
            f"Kelurahannya: {kode.induk}. (Its kelurahan: {kode.induk}.)",
            code="unknown_wilayah",
        )
    return NotFoundError(
        f"Tidak ada {kode.tingkat} berkode {kode.text}. (No {kode.tingkat} has the code {kode.text}.)",
        "Cari menurut nama. (Look it up by its name.)",
        code="unknown_wilayah",
    )


async def _load_regions(session: AsyncSession, kodes: Sequence[str]) -> list[Region]:
    """Return the regions of ``kodes`` that exist, in the order of their codes."""
    query = select(Wilayah).where(Wilayah.kode.in_(kodes)).order_by(Wilayah.kode)
    found = (await session.execute(query)).scalars().all()
    return await _with_successors(session, found)


async def _with_successors(session: AsyncSession, found: Sequence[Wilayah]) -> list[Region]:
    ended = [one.kode for one in found if one.edisi_akhir is not None]
    successors: dict[str, list[str]] = {}
    if ended:
        query = select(WilayahPengganti).where(WilayahPengganti.kode_lama.in_(ended))
        for pair in (await session.execute(query.order_by(WilayahPengganti.kode_baru))).scalars():
            successors.setdefault(pair.kode_lama, []).append(pair.kode_baru)
    return [_as_region(one, tuple(successors.get(one.kode, ()))) for one in found]


def _as_region(row: Wilayah, successors: tuple[str, ...]) -> Region:
    return Region(
        kode=row.kode,
        tingkat=row.tingkat,
        nama=row.nama,
        induk=row.induk,
        tps_count=row.tps_count,
        current=row.edisi_akhir is None,
        successors=successors,
    )


async def list_children(session: AsyncSession, *, kode: str) -> tuple[Region, ...]:
    """Return the current regions right below ``kode``, by code; none for a kelurahan (see :func:`list_tps`)."""
    query = select(Wilayah).where(Wilayah.induk == kode, Wilayah.edisi_akhir.is_(None)).order_by(Wilayah.kode)
    return tuple(_as_region(one, ()) for one in (await session.execute(query)).scalars())


async def get_path(session: AsyncSession, *, kode: str) -> tuple[Region, ...]:
    """Return the regions from the nation down to ``kode`` (for a TPS: down to its kelurahan).

    Raises:
        KodeError: ``kode`` is no region code.
        NotFoundError: no edition ever knew it.
    """
    parsed = parse_kode(kode)
    own = () if parsed.tingkat == "tps" else (parsed.text,)
    found = await _load_regions(session, [*ancestors(parsed.text), *own])
    if len(found) != len(ancestors(parsed.text)) + len(own):
        raise _unknown(parse_kode(parsed.induk or parsed.text) if parsed.tingkat == "tps" else parsed)
    return tuple(sorted(found, key=lambda region: LEVELS.index(region.tingkat)))


async def get_tps(session: AsyncSession, *, kode: str) -> TpsPlace:
    """Return a polling station, current or ended.

    Raises:
        KodeError: ``kode`` is no code.
        NotFoundError: it is no TPS's code, or no edition ever knew it.
    """
    parsed = parse_kode(kode)
    row = await session.get(Tps, parsed.text) if parsed.tingkat == "tps" else None
    if row is None:
        raise NotFoundError(
            f"TPS {parsed.text} tidak dikenal. (No TPS has the code {parsed.text}.)",
            "Periksa 13 angkanya: 10 angka kelurahan, lalu nomor TPS dalam 3 angka, misalnya 007. "
            "(Check its 13 digits: 10 of the kelurahan, then the TPS number in 3, like 007.)",
            code="unknown_tps",
        )
    return _as_place(row)


def _as_place(row: Tps) -> TpsPlace:
    return TpsPlace(kode=row.kode, kelurahan=row.kelurahan, nomor=row.nomor, current=row.edisi_akhir is None)


async def list_tps(session: AsyncSession, *, kelurahan: str) -> tuple[TpsPlace, ...]:
    """Return the current TPS of a kelurahan, by number."""
    query = select(Tps).where(Tps.kelurahan == kelurahan, Tps.edisi_akhir.is_(None)).order_by(Tps.nomor)
    return tuple(_as_place(one) for one in (await session.execute(query)).scalars())


async def search_wilayah(session: AsyncSession, *, text: str, limit: int = 20) -> tuple[Region, ...]:
    """Return current regions whose name holds every word of ``text``, or whose code begins with its digits.

    A name that is ``text`` exactly comes first, then higher levels before lower ones.
    """
    words = text.split()
    # PostgreSQL takes no NUL in a text; names hold no control characters either.
    if not words or not all(word.isprintable() for word in words):
        return ()
    exact = func.lower(Wilayah.nama) == " ".join(words).lower()
    rank = case({level: place for place, level in enumerate(LEVELS)}, value=Wilayah.tingkat)
    query = select(Wilayah).where(Wilayah.edisi_akhir.is_(None), *(_matches(word) for word in words))
    rows = await session.execute(query.order_by(exact.desc(), rank, Wilayah.kode).limit(limit))
    return tuple(_as_region(one, ()) for one in rows.scalars())


def _matches(word: str) -> ColumnElement[bool]:
    if word.isascii() and word.replace(".", "").isdigit():
        return Wilayah.kode.startswith(word.replace(".", ""))
    return Wilayah.nama.icontains(word, autoescape=True)
