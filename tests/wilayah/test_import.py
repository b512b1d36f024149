import gzip
import os
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.core.database import Sessions
from app.core.errors import NotFoundError
from app.wilayah.edition_text import WilayahFileError
from app.wilayah.models import Tps, Wilayah
from app.wilayah.service import (
    get_path,
    get_tps,
    import_wilayah,
    list_children,
    list_tps,
    resolve,
    search_wilayah,
)
from tests.wilayah.editions import ACEH, HEADING, JAKARTA, LINES, OVERSEAS, REGIONS, TPS

pytestmark = pytest.mark.slow(12)

SHARED = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared"))
NATIONAL = SHARED / "data" / "wilayah_2024.csv.gz"


async def rows(session: AsyncSession) -> list[tuple[object, ...]]:
    """Every region and TPS as the database has them."""
    regions = await session.execute(text("SELECT to_jsonb(w)::text FROM wilayah w ORDER BY kode"))
    places = await session.execute(text("SELECT to_jsonb(t)::text FROM tps t ORDER BY kode"))
    return [tuple(row) for row in (*regions, *places)]


async def test_an_edition_holds_its_regions_and_all_kinds_of_tps_numbers(session: AsyncSession) -> None:
    report = await import_wilayah(session, lines=LINES, name="2024")
    assert (report.added, report.tps_added, report.tps_total) == (REGIONS, TPS, TPS)
    assert [one.nomor for one in await list_tps(session, kelurahan="1101012002")] == [1, 2, 901, 902]
    assert [one.nomor for one in await list_tps(session, kelurahan="9901010002")] == [26]
    assert (await resolve(session, kode="0")).tps_count == TPS
    assert (await resolve(session, kode="11")).tps_count == 9
    assert [one.kode for one in await list_children(session, kode="0")] == ["11", "31", "99"]


async def test_the_same_edition_again_changes_no_row_packed_or_not(session: AsyncSession, tmp_path: Path) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    before = await rows(session)
    packed = tmp_path / "again.csv.gz"
    packed.write_bytes(gzip.compress("".join(f"{line}\n" for line in LINES).encode()))
    report = await import_wilayah(session, path=packed, name="again")
    assert report.rows_changed == 0
    assert report.unchanged == REGIONS
    assert await rows(session) == before


async def test_the_same_regions_in_another_order_change_no_row(session: AsyncSession) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    before = await rows(session)
    report = await import_wilayah(session, lines=[HEADING, *OVERSEAS, *JAKARTA, *ACEH], name="shuffled")
    assert (report.rows_changed, report.unchanged) == (0, REGIONS)
    assert await rows(session) == before


async def test_a_path_runs_from_the_nation_down(session: AsyncSession) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    path = await get_path(session, kode="3173011005004")
    assert [one.nama for one in path] == ["INDONESIA", "DKI JAKARTA", "KOTA JAKARTA BARAT", "CENGKARENG", "KAPUK"]
    assert [one.kode for one in await get_path(session, kode="0")] == ["0"]


async def test_a_later_edition_ends_codes_and_keeps_them_resolvable(session: AsyncSession) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    later = [
        f"{HEADING},kode_lama",
        "12,provinsi,ACEH TENGAH RAYA,,,,11",
        "1201,kabupaten_kota,ACEH SELATAN,,,,1101;1102",
        "120101,kecamatan,BAKONGAN,,,,",
        "1201012001,kelurahan,KEUDE BAKONGAN,5,,,1101012001",
        "1201012002,kelurahan,UJONG MANGKI,1,,,",
        *(f"{line}," for line in JAKARTA[:-1]),
        "3173011005,kelurahan,KAPUK BARU,3,,,",
        *(f"{line}," for line in OVERSEAS),
    ]
    report = await import_wilayah(session, lines=later, name="2025")
    assert (report.added, report.ended, report.changed) == (5, 8, 1)
    assert (report.tps_added, report.tps_ended) == (6, 10)  # 9 in Aceh, and Kapuk's fourth

    old = await resolve(session, kode="1101012001")
    assert (old.nama, old.current, old.successors) == ("KEUDE BAKONGAN", False, ("1201012001",))
    assert (await resolve(session, kode="1102")).successors == ("1201",)
    assert [one.kode for one in await get_path(session, kode="1101012001")] == [
        "0",
        "11",
        "1101",
        "110101",
        "1101012001",
    ]
    assert not (await get_tps(session, kode="1101012001002")).current
    assert not (await get_tps(session, kode="3173011005004")).current
    assert (await resolve(session, kode="3173011005")).nama == "KAPUK BARU"
    assert (await resolve(session, kode="0")).tps_count == 6 + 3 + 3


async def test_a_like_name_is_suggested_and_not_stored(session: AsyncSession) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    moved = ("11,provinsi,ACEH,,,", "1109,kabupaten_kota,ACEH SELATAN,,,", "1102,kabupaten_kota,ACEH TENGGARA,,,")
    report = await import_wilayah(session, lines=[HEADING, *moved, *JAKARTA, *OVERSEAS], name="2025")
    assert [(one.kode_lama, one.kode_baru, one.nama) for one in report.suggestions] == [
        ("1101", "1109", "ACEH SELATAN")
    ]
    assert (await resolve(session, kode="1101")).successors == ()


async def test_going_back_to_the_earlier_file_revives_its_codes(session: AsyncSession) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    await import_wilayah(session, lines=[HEADING, *JAKARTA], name="by mistake")
    assert not (await resolve(session, kode="11")).current
    report = await import_wilayah(session, lines=LINES, name="2024 again")
    assert (report.added, report.revived, report.tps_added) == (0, len(ACEH) + len(OVERSEAS), TPS - 4)
    assert (await resolve(session, kode="11")).current
    assert (await get_tps(session, kode="9901010002026")).current
    assert (await resolve(session, kode="0")).tps_count == TPS


async def test_an_old_code_that_no_edition_knew_is_refused_with_its_line(session: AsyncSession) -> None:
    lines = [f"{HEADING},kode_lama", *(f"{line}," for line in ACEH), "12,provinsi,X,,,,94"]
    with pytest.raises(WilayahFileError, match="line 10: kode_lama 94 was never imported"):
        await import_wilayah(session, lines=lines, name="2025")


async def test_the_foreign_keys_of_tps_stand_after_the_first_import(session: AsyncSession) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    with pytest.raises(IntegrityError):
        await session.execute(
            text("INSERT INTO tps (kode, kelurahan, nomor, edisi_awal) VALUES ('7777777777001', '7777777777', 1, 1)")
        )


@pytest.mark.parametrize(
    ("kode", "words"),
    [
        ("12", "No provinsi has the code 12"),
        ("1101012009", "No kelurahan has the code 1101012009"),
        ("1101012001001", r"is a TPS, not a region.*1101012001"),
    ],
)
async def test_an_unknown_region_is_not_found(session: AsyncSession, kode: str, words: str) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    with pytest.raises(NotFoundError, match=words):
        await resolve(session, kode=kode)


@pytest.mark.parametrize("kode", ["1101012001004", "1101012001", "9901010002001"])
async def test_an_unknown_tps_is_not_found(session: AsyncSession, kode: str) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    with pytest.raises(NotFoundError, match="No TPS has the code"):
        await get_tps(session, kode=kode)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("aceh", ["11", "1101", "1102"]),
        ("ACEH selatan", ["1101"]),
        ("jakarta barat", ["3173"]),
        ("1101", ["1101", "110101", "1101012001", "1101012002"]),
        ("kap%", []),
        ("", []),
    ],
)
async def test_search_finds_names_and_codes(session: AsyncSession, words: str, found: list[str]) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    assert [one.kode for one in await search_wilayah(session, text=words)] == found


async def test_an_ended_region_is_not_searched_nor_listed(session: AsyncSession) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    await import_wilayah(session, lines=[HEADING, *JAKARTA], name="2025")
    assert await search_wilayah(session, text="aceh") == ()
    assert [one.kode for one in await list_children(session, kode="0")] == ["31"]


@pytest.mark.slow
async def test_the_whole_nation_imports_and_again_changes_nothing(sessions: Sessions) -> None:
    if not NATIONAL.exists():
        pytest.skip("the shared reference data (wilayah_2024.csv.gz) is not here; set RUNUT_SHARED")
    async with sessions.begin() as session:
        first = await import_wilayah(session, path=NATIONAL, name="2024")
    async with sessions.begin() as session:
        again = await import_wilayah(session, path=NATIONAL, name="2024")
        regions = (await session.execute(select(func.count()).select_from(Wilayah))).scalar_one()
        places = (await session.execute(select(func.count()).select_from(Tps))).scalar_one()
    assert (first.added, first.tps_added) == (92_090, 823_366)
    assert (regions, places) == (92_090, 823_366)
    assert again.rows_changed == 0
