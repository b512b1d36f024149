"""Elections as data: import an election file, look contests up. Nothing here commits."""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, NotFoundError
from app.core.statements import Statements
from app.pemilu.definition import Contest, OtherForm
from app.pemilu.expand import expand_election
from app.pemilu.file_shape import ElectionFileError, ElectionShape, PemiluShape, parse_election
from app.pemilu.models import Pemilihan, Pemilu, Pilihan
from app.pemilu.second_rounds import check_first_rounds
from app.pemilu.stored_definition import contest_as_json, contest_from_json
from app.transparency.service import append_entry
from app.wilayah.service import resolve

_BYTES_MAX = 16 * 1024 * 1024
_LOCK = 0x50454D  # "PEM": one import at a time

CONTESTS_KEPT = 4096
"""More than an election has (2024: about 2,700 with every dapil); a contest takes some 20 kB."""
_contests: dict[tuple[int, str], Contest] = {}
"""Contests of this process by number and content; owner: :func:`recall_contest`."""

SHIPPED = Path(__file__).parent / "data"
"""Folder of the election files that come with Runut."""


@dataclass(frozen=True)
class ElectionReport:
    """What an import did, as codes of contests. ``moved``: their regions changed, their tallies must be rebuilt."""

    pemilu: str
    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    moved: tuple[str, ...]


async def import_pemilu(session: AsyncSession, *, path: Path, layouts: Path) -> ElectionReport:
    """Import an election file, all of it or nothing; importing it again changes nothing.

    ``layouts``: folder of the form layouts (JSON). A contest that the file no longer holds stays as it is.

    Raises:
        ElectionFileError: the file is wrong; each error has its key path.
        ConflictError: it changes the fields of a contest whose numbers are stored in their order, takes a form away, or
            a contest of this code belongs to another election.
    """
    data = await asyncio.to_thread(_read_file, path)
    shape = parse_election(data, path.name)
    installed = await asyncio.to_thread(read_layouts, layouts)
    contests = expand_election(shape, installed, path.name)
    # Two imports at once would both find a contest absent and both insert it.
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    await _check_known_regions(session, contests, path.name)
    await check_first_rounds(session, contests, path.name)
    return await _store(session, shape, contests, hashlib.sha256(data).hexdigest())


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_BYTES_MAX + 1)
    except OSError as error:
        raise ElectionFileError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    if len(data) > _BYTES_MAX:
        raise ElectionFileError(f"{path.name} has more than {_BYTES_MAX:,} bytes.", "Is it the right file?")
    return data


def read_layouts(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the layouts of a folder as plain JSON, by key; the reader checks their geometry, not this service."""
    found = (json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json")))
    return {layout["key"]: layout for layout in found}


async def _check_known_regions(session: AsyncSession, contests: Sequence[Contest], name: str) -> None:
    for contest in contests:
        for kode in contest.wilayah:
            try:
                region = await resolve(session, kode=kode)
            except NotFoundError as error:
                raise ElectionFileError(
                    f"{name}: contest {contest.kode} names the region {kode}, which is not known.",
                    "Import the regions first (./runut wilayah import FILE), or mend the code.",
                ) from error
            if not region.current:
                follows = ", ".join(region.successors) or "none is named"
                raise ElectionFileError(
                    f"{name}: contest {contest.kode} names the region {kode}, which a later edition ended.",
                    f"Name what follows it: {follows}.",
                )


async def _store(
    session: AsyncSession, shape: ElectionShape, contests: Sequence[Contest], sha256: str
) -> ElectionReport:
    day_changed = await _store_day(session, shape.pemilu, sha256)
    outcomes = {contest.kode: await _store_contest(session, contest) for contest in contests}
    report = ElectionReport(
        pemilu=shape.pemilu.kode,
        added=tuple(kode for kode, outcome in outcomes.items() if outcome == "added"),
        changed=tuple(kode for kode, outcome in outcomes.items() if outcome in {"changed", "moved"}),
        unchanged=tuple(kode for kode, outcome in outcomes.items() if outcome == "unchanged"),
        moved=tuple(kode for kode, outcome in outcomes.items() if outcome == "moved"),
    )
    if day_changed or report.added or report.changed:
        payload = {"sha256": sha256, "added": list(report.added), "changed": list(report.changed)}
        await append_entry(session, kind="pemilu", subject=f"pemilu/{shape.pemilu.kode}", payload=payload)
    return report


async def _store_day(session: AsyncSession, day: PemiluShape, sha256: str) -> bool:
    row = await session.get(Pemilu, day.kode)
    if row is None:
        session.add(Pemilu(kode=day.kode, nama=day.nama, tanggal=day.tanggal, sha256=sha256))
        await session.flush()
        return True
    changed = (row.nama, row.tanggal, row.sha256) != (day.nama, day.tanggal, sha256)
    row.nama, row.tanggal, row.sha256 = day.nama, day.tanggal, sha256
    await session.flush()
    return changed


async def _store_contest(session: AsyncSession, contest: Contest) -> str:
    """Insert or update one contest and say which: ``added``, ``changed``, ``moved`` or ``unchanged``."""
    row = (await session.execute(select(Pemilihan).where(Pemilihan.kode == contest.kode))).scalar_one_or_none()
    outcome = "added"
    if row is None:
        row = Pemilihan(pemilu_kode=contest.pemilu, kode=contest.kode)
        session.add(row)
    else:
        before = contest_from_json(row.id, row.definisi)
        _check_same_fields(before, contest)
        if row.definisi == contest_as_json(contest):
            return "unchanged"
        outcome = "changed" if before.wilayah == contest.wilayah else "moved"
    row.jenis, row.nama, row.wilayah = contest.jenis, contest.nama, list(contest.wilayah)
    row.definisi = contest_as_json(contest)
    await session.flush()
    await _store_choices(session, row.id, contest)
    return outcome


def _check_same_fields(before: Contest, after: Contest) -> None:
    if before.pemilu != after.pemilu:
        raise ConflictError(
            f"Contest {after.kode} belongs to election {before.pemilu}, not {after.pemilu}.",
            "Give the new contest a code of its own.",
        )
    # Results, tallies and official figures are arrays in this order: with another one every number changes its meaning.
    if before.fields != after.fields:
        raise ConflictError(
            f"Contest {after.kode} is stored with other fields, or with them in another order.",
            "Fields never change once imported: give the contest a new code.",
        )
    # Photographs of a form that is no longer named would be taken for pages of the chief form.
    lost = {(one.nama, _freeze(one)) for one in before.other_forms} - {
        (one.nama, _freeze(one)) for one in after.other_forms
    }
    if lost:
        names = ", ".join(sorted(name for name, _ in lost))
        raise ConflictError(
            f"Contest {after.kode} is stored with the form {names}, which the file leaves out or gives other pages.",
            "Forms are only added: keep it in layouts, with the layout that was imported.",
        )


def _freeze(form: OtherForm) -> tuple[tuple[int, tuple[str, ...]], ...]:
    return tuple(sorted(form.pages.items()))


async def _store_choices(session: AsyncSession, pemilihan_id: int, contest: Contest) -> None:
    await session.execute(delete(Pilihan).where(Pilihan.pemilihan_id == pemilihan_id))
    session.add_all(
        Pilihan(
            pemilihan_id=pemilihan_id,
            field=choice.field,
            nomor_urut=choice.nomor_urut,
            nama=choice.nama,
            partai=choice.partai,
            kunci_resmi=choice.kunci_resmi,
        )
        for choice in contest.choices
    )
    await session.flush()


async def get_contest(session: AsyncSession, *, kode: str | None = None, id: int | None = None) -> Contest:  # noqa: A002 - the column's name
    """Return a contest by its code or by its id.

    Raises:
        NotFoundError: there is none.
    """
    condition = Pemilihan.kode == kode if id is None else Pemilihan.id == id
    row = None
    if kode is None or kode.isprintable():  # PostgreSQL takes no NUL in a text
        query = select(Pemilihan.id, Pemilihan.definisi_md5).where(condition)
        row = (await session.execute(query)).one_or_none()
    if row is None:
        raise await _make_unknown(session, f"{kode!r}" if id is None else f"nomor {id}")
    return await recall_contest(session, id=row.id, md5=row.definisi_md5)


def find_loaded_contest(*, id: int, md5: str) -> Contest | None:  # noqa: A002 - the column's name
    """Return the contest of a row whose hash the caller has just read, if this process has loaded it."""
    return _contests.get((id, md5))


async def recall_contest(session: AsyncSession, *, id: int, md5: str) -> Contest:  # noqa: A002 - the column's name
    """Return the contest of a row whose hash the caller has just read; loaded only when this process lacks it.

    An import changes the hash, so nothing stale is ever returned.
    """
    known = find_loaded_contest(id=id, md5=md5)
    if known is not None:
        return known
    # Number and hash in one statement: an import may have come between the caller's look and this one.
    query = select(Pemilihan.definisi, Pemilihan.definisi_md5).where(Pemilihan.id == id)
    row = (await session.execute(query)).one()
    return _keep_contest(id, row.definisi_md5, row.definisi)


async def fetch_contest(statements: Statements, *, id: int, md5: str) -> Contest:  # noqa: A002 - the column's name
    """Return what :func:`recall_contest` does, for who has no session."""
    known = find_loaded_contest(id=id, md5=md5)
    if known is not None:
        return known
    row = await statements.row("SELECT definisi, definisi_md5 FROM pemilihan WHERE id = $1", id)
    assert row is not None, "contests are never deleted"
    return _keep_contest(id, row["definisi_md5"], row["definisi"])


def _keep_contest(number: int, md5: str, stored: dict[str, Any]) -> Contest:
    contest = contest_from_json(number, stored)
    if len(_contests) >= CONTESTS_KEPT:
        _contests.clear()
    _contests[number, md5] = contest
    return contest


async def _make_unknown(session: AsyncSession, asked: str) -> NotFoundError:
    known = (await session.execute(select(Pemilihan.kode).order_by(Pemilihan.id))).scalars().all()
    names = ", ".join(known)
    remedy = (
        f"Yang dikenal: {names}. (Known: {names}.)"
        if known
        else "Impor dahulu: ./runut pemilu import FILE. (Import it first: ./runut pemilu import FILE.)"
    )
    return NotFoundError(
        f"Pemilihan {asked} tidak dikenal. (The contest {asked} is not known.)", remedy, code="unknown_pemilihan"
    )


async def list_contests(session: AsyncSession) -> tuple[Contest, ...]:
    """Return every contest, in the order in which they were imported."""
    rows = (await session.execute(select(Pemilihan).order_by(Pemilihan.id))).scalars()
    return tuple(contest_from_json(row.id, row.definisi) for row in rows)
