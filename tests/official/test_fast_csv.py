"""The fast way through a CSV and the careful one: what the first takes, the second reads in the same way."""

import gzip
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.errors import RunutError
from app.official.errors import BrokenArchiveError, OfficialFileError
from app.official.fast_csv import FastCsv, read_fast_csv
from app.official.figures import WIB, TpsFigures
from app.official.publication import Findings, read_publication
from app.official.service import import_publication
from app.official.sources import Source
from tests.official.factory import make_contest, make_csv
from tests.official.places import TPS as PLACES
from tests.official.places import prepare_contest

CONTEST = make_contest()
HEADER = "kode_tps,suara_01,suara_02,suara_03,suara_sah,ts,jumlah_gambar\n"
TPS, OTHER = "3101011001001", "3101011001002"
GOOD = HEADER + f"{OTHER},1,2,,3,2024-02-20 13:00:00,3\n{TPS},0,0,0,0,,\n"

Row = tuple[str, tuple[int | None, ...], str, dict[str, Any]]


def read_carefully(source: Source) -> tuple[list[Row], dict[str, Any]]:
    findings = Findings()
    return sorted(map(spell, read_publication(source, CONTEST, findings))), findings.as_notes()


def spell(one: TpsFigures) -> Row:
    time = "\\N" if one.published_at is None else f"{one.published_at.astimezone(WIB):%Y-%m-%d %H:%M:%S}+07"
    return one.tps_kode, one.numbers, time, dict(one.extra)


def spell_fast(fast: FastCsv) -> tuple[list[Row], dict[str, Any]]:
    rows = []
    for count, lines in fast.copy_lines():
        block = bytes(lines).decode().split("\n")
        assert block.pop() == ""
        assert len(block) == count
        rows += [spell_cells(dict(zip(fast.header, line.split(","), strict=True))) for line in block]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    findings = Findings()
    findings.note_whole(read=fast.read, empty=fast.empty, remarks=fast.remarks)
    return sorted(rows), findings.as_notes()


def spell_cells(cells: dict[str, str]) -> Row:
    time = cells.pop("ts", "")
    numbers = {field: cells.pop(field, "") for field in CONTEST.fields}
    return (
        cells.pop("kode_tps"),
        tuple(int(cell) if cell else None for cell in numbers.values()),
        f"{time}+07" if time else "\\N",
        {name: cell for name, cell in cells.items() if cell},
    )


def assert_same(source: Source) -> bool:
    """Compare both ways; return whether the fast one took the file."""
    fast = read_fast_csv(source, CONTEST)
    if fast is None:
        return False
    assert spell_fast(fast) == read_carefully(source)
    return True


def test_a_file_without_oddities_goes_the_fast_way() -> None:
    assert assert_same(make_csv(GOOD))
    assert assert_same(make_csv(GOOD.replace("\n", "\r\n")))
    assert assert_same(make_csv("\ufeff" + GOOD.rstrip("\n")))
    assert assert_same(Source("a.csv.gz", "sirekap_csv", "csv", gzip.compress(GOOD.encode())))
    two = "kode_tps,suara_sah,a,b\n"
    assert assert_same(make_csv(two + f"{TPS},7,,\n{OTHER},,x,\n3101011001003,8,,y\n3101011001004,,x,y\n"))
    assert assert_same(make_csv("nama desa,suara_sah,kode_tps\nDésa ŏ,7," + TPS + "\n,," + OTHER + "\n"))


CELLS = st.one_of(
    st.integers(0, 2_000_000).map(str),
    st.sampled_from(["", "", "0", "007", "1000000", "1000001", "0000001", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x1"]),
    st.sampled_from(["\u0661", "NULL", "nan", '"1"', '"1', "1\t", "\\N", "{}", "1\r", "é", "\0", "1;2"]),
)
TIMES = st.sampled_from(
    (
        "", "2024-02-20 13:00:00", "2024-02-30 13:00:00", "2024-2-3 1:2:3", "kemarin", "1999-12-31 23:59:59",
        "2024-02-20T13:00:00", "2024-02-20 24:00:00", "2024-02-20 13:00:60", "9999-12-31 23:59:59",
    )
)  # fmt: skip
KODES = st.one_of(
    st.integers(0, 40).map(lambda number: f"31010110010{number:02}"),
    st.sampled_from([TPS, "310101100100", "31010110010011", "", "310101100100x", " " + TPS[1:]]),
)
ROWS = st.lists(st.tuples(KODES, CELLS, CELLS, CELLS, CELLS, TIMES, CELLS), max_size=4)
PLAIN = st.integers(0, 999_999).map(str) | st.just("")
PLAIN_ROWS = st.lists(
    st.tuples(KODES, PLAIN, PLAIN, PLAIN, PLAIN, TIMES, CELLS), min_size=1, max_size=6, unique_by=lambda row: row[0]
)


@settings(max_examples=200, deadline=None, database=None)
@given(ROWS | PLAIN_ROWS, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_both_ways_give_the_same_rows_or_the_fast_one_steps_back(
    rows: list[tuple[str, ...]],
    end: str,
    last: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    text = HEADER.replace("\n", end) + end.join(",".join(row) for row in rows) + (end if last else "")
    assert_same(make_csv(text))


BAD: list[tuple[str, bytes, str]] = [
    ("wrong column", GOOD.replace("kode_tps", "tps").encode(), "line 1: there is no column kode_tps"),
    ("duplicate code", (GOOD + f"{TPS},9,0,0,9,,\n").encode(), f"{TPS}: stands there twice"),
    ("negative", GOOD.replace(",1,2,,3", ",-1,2,,3").encode(), "sirekap.csv, line 2: suara_01 is '-1'"),
    ("ten to the ninth", GOOD.replace(",0,0,0,0", ",0,0,0,1000000000").encode(), "line 3: suara_sah is '1000000000'"),
    ("short row", (GOOD + f"{TPS[:-1]}3,1\n").encode(), "line 4: 2 cells under 7 columns"),
]


@pytest.mark.parametrize(("data", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_the_careful_way_names_line_and_remedy(data: bytes, words: str) -> None:
    source = Source("sirekap.csv", "sirekap_csv", "csv", data)
    assert read_fast_csv(source, CONTEST) is None
    with pytest.raises(OfficialFileError) as caught:
        read_carefully(source)
    assert words in caught.value.message
    assert "Mend or leave out" in caught.value.remedy


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode() + f"{TPS[:-1]}4,1,2,3,6,,é\n".encode("latin-1"),
        gzip.compress(GOOD.encode() * 50)[:-9],
        gzip.compress(GOOD.encode())[:-4] + b"\0\0\0\0",
    ],
    ids=["mixed encodings", "truncated gzip", "wrong length in gzip"],
)
def test_a_damaged_file_is_refused_whole(data: bytes) -> None:
    source = Source("sirekap.csv", "sirekap_csv", "csv", data)
    assert read_fast_csv(source, CONTEST) is None
    with pytest.raises(BrokenArchiveError) as caught:
        read_carefully(source)
    assert "Fetch the file again" in caught.value.remedy


def test_a_doubtful_file_ends_in_the_same_words_as_before() -> None:
    with pytest.raises(RunutError, match="there is no TPS in it"):
        read_carefully(make_csv(HEADER))
    assert read_fast_csv(make_csv(HEADER), CONTEST) is None


A, B, C, D = PLACES[:4]
PUBLISHED = (
    f"""kode_tps,suara_01,suara_02,suara_03,suara_sah,ts,jumlah_gambar,desa: nama
{B},1,2,,3,2024-02-20 23:30:00,3,Désa
{A},007,0,0,7,,,
{C},,,,,,2,
""",
    # Columns fewer, one number gone, another new, one TPS more; what has no column is not withdrawn.
    f"suara_01,suara_02,kode_tps,jumlah_gambar\n,2,{B},3\n7,0,{A},\n4,5,{C},\n1,1,{D},1\n",
    f"kode_tps,suara_01,ts\n{A},9,2024-02-21 00:00:00\n{B},1,2024-02-20 23:29:59\n",
    f"kode_tps,suara_01,ts\n{A},8,2024-02-20 23:59:59\n",
)
_ROWS = sql(
    """SELECT r.tps_kode, r.numbers, r.images, r.published_at, r.extra, r.change, p.numbers AS before,
              c.row_id IS NOT NULL AS current
       FROM official_row r LEFT JOIN official_row p ON p.id = r.previous_id
       LEFT JOIN official_current c ON c.row_id = r.id ORDER BY r.snapshot_id, r.tps_kode"""
)


async def import_all(session: AsyncSession, *, quoted: bool) -> list[tuple[Any, ...]]:
    """Import every file of ``PUBLISHED`` and undo it; return the rows, and what the alarms' movements were."""
    contest = await prepare_contest(session)
    notes = []
    for published in PUBLISHED:
        source = make_csv(published.replace("kode_tps", '"kode_tps"') if quoted else published)
        assert (read_fast_csv(source, contest) is None) == quoted
        report = await import_publication(session, contest=contest, source=source)
        notes.append((report.tps_read, report.tps_changed, report.notes))
    rows = [tuple(row) for row in await session.execute(_ROWS)]
    await session.rollback()
    return [*rows, *notes]


async def test_both_ways_leave_the_same_rows_in_the_database(sessions: Sessions) -> None:
    async with sessions() as session:
        fast = await import_all(session, quoted=False)
        assert fast == await import_all(session, quoted=True)
    assert [(row[0], row[5]) for row in fast[: -len(PUBLISHED)]] == [
        *((A, "first"), (B, "first"), (C, "first")),
        *((B, "withdrawn"), (C, "first"), (D, "first")),
        *((A, "numbers"), (B, "restored")),  # and of the last file nothing: it is older
    ]
    assert fast[1][4] == {"jumlah_gambar": "3", "desa: nama": "Désa"}
    assert f"{fast[1][3]:%Y-%m-%d %H:%M %Z}" == "2024-02-20 16:30 UTC"
