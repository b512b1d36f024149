"""Second rounds: a contest of its own, with results, official figures and tallies of its own, that names its first."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.pemilu.file_shape import ElectionFileError
from app.pemilu.models import Pemilihan
from app.pemilu.stored_definition import contest_from_json

WITH_SECOND_ROUNDS = frozenset({"ppwp", "gubernur"})
"""Kinds that may have one: the president (Constitution, article 6A (4)) and the governor of Jakarta (Law 2/2024,
article 10); every other election is decided in the first."""


async def check_first_rounds(session: AsyncSession, contests: Sequence[Contest], name: str) -> None:
    """Refuse a second round whose first is not known, or is not one that it can follow.

    Raises:
        ElectionFileError: names the contest and what is wrong with it.
    """
    here = {one.kode: one for one in contests}
    for contest in contests:
        if contest.second_round_of is None:
            continue
        first = here.get(contest.second_round_of) or await _find(session, contest.second_round_of)
        said = f"{name}: contest {contest.kode} is the second round of {contest.second_round_of}"
        if first is None:
            raise ElectionFileError(f"{said}, which is not known.", "Import the first round before it, or with it.")
        if first.kode == contest.kode or first.second_round_of is not None:
            raise ElectionFileError(f"{said}, which is no first round.", "Name the contest of the first round.")
        if contest.jenis not in WITH_SECOND_ROUNDS:
            raise ElectionFileError(f"{said}, but a {contest.jenis} has none.", "Leave second_round_of out.")
        if (first.jenis, set(first.wilayah)) != (contest.jenis, set(contest.wilayah)):
            raise ElectionFileError(f"{said}, which is of another kind or of other regions.", "Give both the same.")


async def _find(session: AsyncSession, kode: str) -> Contest | None:
    query = select(Pemilihan.id, Pemilihan.definisi).where(Pemilihan.kode == kode)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else contest_from_json(row.id, row.definisi)


async def find_second_round(session: AsyncSession, *, contest: Contest) -> tuple[str, str] | None:
    """Return (kode, nama) of the contest that is this one's second round; null where there is none."""
    if contest.jenis not in WITH_SECOND_ROUNDS:
        return None
    query = select(Pemilihan.kode, Pemilihan.nama).where(
        Pemilihan.definisi["second_round_of"].astext == contest.kode, Pemilihan.jenis == contest.jenis
    )
    row = (await session.execute(query)).first()
    return None if row is None else (row.kode, row.nama)
