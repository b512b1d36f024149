"""Revotes and second rounds: a revote supersedes its TPS at every level, a second round is a contest of its own."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.pemilu.file_shape import ElectionFileError
from app.pemilu.second_rounds import find_second_round
from app.pemilu.service import get_contest
from app.tally import service as tally
from tests.tally.contests import import_text
from tests.tally.test_roll_up import PLACES, accept

ABOVE = ("1101012001", "110101", "1101", "11", "0")

SECOND = """
[pemilu]
kode = "pilpres-2"
nama = "Pilpres putaran 2"
tanggal = 2024-06-26

[[pemilihan]]
kode = "ppwp-2024-2"
jenis = "ppwp"
nama = "Presiden, putaran kedua"
wilayah = ["0"]
second_round_of = "ppwp-2024"
form = "c_hasil_ppwp_2024_2"

[[pemilihan.section]]
kode = "suara"
nama = "Suara"
pages = { 2 = ["suara_01", "suara_02"] }

[[pemilihan.pilihan]]
nomor_urut = 1
field = "suara_01"
nama = "Satu"

[[pemilihan.pilihan]]
nomor_urut = 2
field = "suara_02"
nama = "Dua"
"""


async def read_levels(session: AsyncSession, contest: Contest) -> list[tuple[int, int, int]]:
    views = [await tally.get_tally(session, contest=contest, kode=kode) for kode in ABOVE]
    return [(one.sums["suara_01"], one.tps_accepted, one.tps_photo) for one in views]


async def test_a_revote_supersedes_its_tps_at_every_level(session: AsyncSession, ppwp: Contest) -> None:
    await tally.note_photo(session, contest=ppwp, tps_kode=PLACES[0])
    for votes, place in ((100, PLACES[0]), (7, PLACES[1])):
        await accept(session, ppwp, place, votes)
    await tally.roll_up(session)
    assert await read_levels(session, ppwp) == [(107, 2, 1)] * len(ABOVE)
    await tally.open_round(session, contest=ppwp, tps_kode=PLACES[0], reason="PSU")
    await tally.roll_up(session)
    assert await read_levels(session, ppwp) == [(7, 1, 0)] * len(ABOVE)
    await accept(session, ppwp, PLACES[0], 90)  # a late decision about the first round
    await tally.roll_up(session)
    assert await read_levels(session, ppwp) == [(7, 1, 0)] * len(ABOVE)
    await tally.set_result(
        session,
        contest=ppwp,
        tps_kode=PLACES[0],
        round=2,
        numbers={"suara_01": 40},
        state="accepted",
        source_class="one_uploader",
    )
    await tally.roll_up(session)
    assert await read_levels(session, ppwp) == [(47, 2, 0)] * len(ABOVE)
    assert await tally.verify(session, contest=ppwp) == []
    assert await tally.rebuild(session, contest=ppwp) == 0


async def test_a_second_round_is_a_contest_of_its_own_that_names_its_first(
    session: AsyncSession, ppwp: Contest, tmp_path: Path
) -> None:
    assert await find_second_round(session, contest=ppwp) is None
    await import_text(session, SECOND, tmp_path)
    second = await get_contest(session, kode="ppwp-2024-2")
    assert second.second_round_of == "ppwp-2024"
    assert await find_second_round(session, contest=ppwp) == ("ppwp-2024-2", "Presiden, putaran kedua")
    await accept(session, ppwp, PLACES[0], 5)
    await accept(session, second, PLACES[0], 9)
    await tally.roll_up(session)
    for contest, votes in ((ppwp, 5), (second, 9)):
        assert (await tally.get_tally(session, contest=contest, kode="0")).sums["suara_01"] == votes
        assert await tally.verify(session, contest=contest) == []


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ('second_round_of = "ppwp-1999"', "ppwp-1999, which is not known"),
        ('second_round_of = "ppwp-2024-2"', "which is no first round"),
        ('second_round_of = "bupati-1101-2024"', "of another kind or of other regions"),
    ],
)
async def test_a_second_round_of_nothing_is_refused(
    session: AsyncSession, ppwp: Contest, tmp_path: Path, wrong: str, complaint: str
) -> None:
    with pytest.raises(ElectionFileError, match=complaint):
        await import_text(session, SECOND.replace('second_round_of = "ppwp-2024"', wrong), tmp_path)
