"""Totals of regions from sheets, decrees and pages: taken whole, superseded, refused with the line."""

import csv
import os
from pathlib import Path

import pytest

from app.core.config import PROJECT
from app.core.database import Sessions
from app.official.errors import BrokenArchiveError, OfficialFileError
from app.official.recap_csv import read_recap
from app.official.recaps import Recap, RecapKind, RecapReport, import_recap, list_recaps
from app.official.service import list_snapshots
from app.official.sources import Source
from tests.official.factory import make_contest, make_csv
from tests.official.places import prepare_contest

SHEET = (
    "kode,nama,tps,suara_01,suara_02,suara_03,suara_sah\n"
    "1101012001,KEUDE BAKONGAN,2,30,40,5,75\n110101,BAKONGAN,2,30,40,5,75\n"
)
DATA = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared")) / "data"


async def take(sessions: Sessions, text: str, kind: RecapKind = "d_hasil") -> RecapReport:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        return await import_recap(session, contest=contest, source=make_csv(text, "d.csv"), source_kind=kind)


async def look(sessions: Sessions, *, superseded: bool = False) -> list[Recap]:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        return await list_recaps(session, pemilihan_id=contest.id, superseded=superseded)


async def test_a_corrected_sheet_supersedes_what_it_changes_and_the_same_sheet_changes_nothing(
    sessions: Sessions,
) -> None:
    first = await take(sessions, SHEET)
    assert (first.regions, first.changed, first.unknown) == (2, 2, ())
    assert (await take(sessions, SHEET)).changed == 0
    corrected = await take(sessions, SHEET.replace("110101,BAKONGAN,2,30", "110101,BAKONGAN,2,31"))
    assert corrected.changed == 1
    now = {one.kode: one for one in await look(sessions)}
    assert now["110101"].numbers[:3] == (31, 40, 5)
    assert (now["110101"].tps, now["110101"].snapshot_id) == (2, corrected.snapshot_id)
    assert now["1101012001"].snapshot_id == first.snapshot_id
    every = await look(sessions, superseded=True)
    assert [(one.kode, one.superseded) for one in every] == [
        ("110101", True), ("110101", False), ("1101012001", False)
    ]  # fmt: skip
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        kept = await list_snapshots(session, pemilihan_id=contest.id)
    assert [(one.kind, one.sha256) for one in kept] == [("d_hasil", corrected.sha256), ("d_hasil", first.sha256)]
    assert all(one.log_entry_id for one in kept)


async def test_kinds_of_paper_stand_beside_each_other_and_an_unknown_region_is_kept_and_named(
    sessions: Sessions,
) -> None:
    await take(sessions, SHEET)
    report = await take(
        sessions, "kode_prov,provinsi,p1,p2,p3\n11,ACEH,5,6,7\n97,?,1,,3\n0,INDONESIA,6,6,10\n", "decree"
    )
    assert report.unknown == ("97",)
    found = {(one.kode, one.source_kind): one.numbers[:3] for one in await look(sessions)}
    assert found["97", "decree"] == (1, None, 3)
    assert found["0", "decree"] == (6, 6, 10)
    assert ("110101", "d_hasil") in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("region,suara_01\n11,1\n", "there is no column kode or kode_prov"),
        ("kode,nama\n11,ACEH\n", "no column is a field"),
        ("kode,suara_01,p1\n11,1,1\n", "columns suara_01 and p1 both are suara_01"),
        ("kode,p1,p1\n11,1,1\n", "two columns have the same name"),
        ("kode,p1\n11,1\n12,-3\n", "d.csv, line 3: p1 is '-3'"),
        ("kode,p1\n11,2000000001\n", "p1 is '2000000001'"),
        ("kode,p1\n11,1\n11,2\n", "d.csv, line 3: region 11 stands there twice"),
        ("kode,p1\n110,1\n", "kode is '110'"),
        ("kode,p1\n01,1\n", "kode is '01'"),
        ("kode,p1\n11,1,2\n", "3 cells under 2 columns"),
        ("kode,p1\n", "there is no region in it"),
    ],
)
def test_a_wrong_file_of_totals_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(OfficialFileError) as caught:
        read_recap(make_csv(text, "d.csv"), make_contest())
    assert words in caught.value.message
    assert "Nothing was imported" in caught.value.remedy


@pytest.mark.parametrize("data", [b"kode,p1\n11,\xff\n", b"\x1f\x8b\x08\x00cut", b'kode,p1\n11,"1\n'])
def test_a_damaged_file_of_totals_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenArchiveError):
        read_recap(Source("d.csv", "sirekap_csv", "csv", data), make_contest())


@pytest.mark.parametrize(
    ("name", "sums"),
    [
        ("kpu_sk360_2024_ppwp_provinsi.csv", (40_971_906, 96_214_691, 27_040_878)),
        ("sirekap_2024-03-21_provinsi.csv", None),
    ],
)
def test_the_published_files_of_2024_are_read(name: str, sums: tuple[int, ...] | None) -> None:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{path} is not here; RUNUT_SHARED names its folder")
    rows = read_recap(Source(name, "sirekap_csv", "csv", path.read_bytes()), make_contest())
    with path.open(encoding="utf-8") as file:
        assert len(rows) == sum(1 for _ in csv.reader(file)) - 1
    if sums:
        assert tuple(sum(row.numbers[place] or 0 for row in rows) for place in range(3)) == sums
