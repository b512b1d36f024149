"""TPS that one register knows and the other does not: counted by region, listed, downloaded."""

import csv
import gzip
import io
import os
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.core.database import Sessions
from app.official.service import import_publication
from app.official.sources import Source
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.reports.register_gap import GapKind, compare_registers, list_gap
from app.tally.service import rebuild, set_result
from app.wilayah.service import import_wilayah
from tests.verification.world import LINES, make_world, tps

SHARED = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared")) / "data"
UNKNOWN_PLACE = "9997010001001"


async def publish(session: AsyncSession, contest: Contest, rows: list[tuple[str, str]]) -> None:
    """Import official figures: TPS and its first number, "" for a TPS that is listed without any."""
    text = "kode_tps,suara_01\n" + "".join(f"{kode},{votes}\n" for kode, votes in rows)
    source = Source("resmi.csv", "sirekap_csv", "csv", text.encode())
    await import_publication(session, contest=contest, source=source)


async def lay_ground(session: AsyncSession) -> Contest:
    """Of 60 TPS in the register 3 are in the official system, one of them without figures; 2 are only there."""
    contest = (await make_world(session)).contest
    rows = [(tps(1), "5"), (tps(2), "7"), (tps(3), ""), (tps(61), "9"), (UNKNOWN_PLACE, "4")]
    await publish(session, contest, rows)
    for number in (1, 4):
        await set_result(
            session,
            contest=contest,
            tps_kode=tps(number),
            numbers={"suara_01": 5},
            state="accepted",
            source_class="one_uploader",
        )
    await rebuild(session, contest=contest)
    return contest


async def test_counts_of_a_region_and_of_what_lies_in_it(session: AsyncSession) -> None:
    contest = await lay_ground(session)
    page = await compare_registers(session, contest=contest, kode="0")
    own = page.own
    assert (own.register, own.official, own.with_figures) == (60, 5, 2)
    assert (own.only_official, own.never_listed, own.without_figures) == (2, 57, 1)
    assert (own.accepted, own.accepted_unpublished) == (2, 1)
    by_kode = {one.kode: one for one in page.children}
    assert (by_kode["99"].nama, by_kode["99"].register, by_kode["99"].only_official) == ("", 0, 1)
    assert (by_kode["11"].only_official, by_kode["11"].never_listed) == (1, 57)
    leaf = (await compare_registers(session, contest=contest, kode="1101012001")).own
    assert (leaf.register, leaf.official, leaf.only_official, leaf.never_listed) == (60, 4, 1, 57)


async def test_each_tps_is_listed_with_what_is_not_known_of_it(session: AsyncSession) -> None:
    contest = await lay_ground(session)
    only = await list_gap(session, contest=contest, kode="0", kind=GapKind.ONLY_OFFICIAL)
    assert [(one.tps_kode, one.why, one.official_figures) for one in only] == [
        (tps(61), "number", True),
        (UNKNOWN_PLACE, "kelurahan", True),
    ]
    never = await list_gap(session, contest=contest, kode="1101", kind=GapKind.NEVER_LISTED)
    assert len(never) == 57
    assert [one.tps_kode for one in never if one.accepted] == [tps(4)]
    silent = await list_gap(session, contest=contest, kode="0", kind=GapKind.WITHOUT_FIGURES)
    assert [one.tps_kode for one in silent] == [tps(3)]


async def test_page_and_file(sessions: Sessions, client: httpx.AsyncClient) -> None:
    async with sessions.begin() as session:
        await lay_ground(session)
    page = (await client.get("/daftar-tps/ppwp-2024/0")).text
    assert UNKNOWN_PLACE in page
    assert "kelurahannya tidak ada dalam daftar" in page
    english = (await client.get("/daftar-tps/ppwp-2024/11?bahasa=en&daftar=never_listed")).text
    assert "Not in the official data" in english
    counts = (await client.get("/api/v1/register-gap/ppwp-2024/0")).json()["own"]
    answer = await client.get("/api/v1/register-gap/ppwp-2024.csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    for kind in GapKind:
        assert sum(row["kind"] == kind for row in rows) == counts[kind], kind
    assert (await client.get("/api/v1/register-gap/ppwp-2024.csv?wilayah=77")).status_code == 404


async def test_the_real_overseas_tps_that_only_sirekap_knows(session: AsyncSession) -> None:
    if not (SHARED / "sirekap_2024_ppwp_tps.csv.gz").exists():
        pytest.skip("RUNUT_SHARED names no folder with Sirekap's figures of 2024")
    with gzip.open(SHARED / "wilayah_2024.csv.gz", "rt", encoding="utf-8") as file:
        overseas = [line for line in file if line.startswith(("kode", "99"))]
    with gzip.open(SHARED / "sirekap_2024_ppwp_tps.csv.gz", "rt", encoding="utf-8") as file:
        figures = "".join(line for line in file if line.startswith(("kode", "99")))
    await import_wilayah(session, lines=[*overseas, *(f"{line}\n" for line in LINES[1:])], name="2024")
    await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
    contest = await get_contest(session, kode="ppwp-2024")
    source = Source("sirekap.csv", "sirekap_csv", "csv", figures.encode())
    await import_publication(session, contest=contest, source=source)
    await rebuild(session, contest=contest)
    assert (await compare_registers(session, contest=contest, kode="0")).own.only_official == 2281
    only = await list_gap(session, contest=contest, kode="0", kind=GapKind.ONLY_OFFICIAL, limit=5000)
    assert sum(one.why == "kelurahan" for one in only) == 31
    assert sum(one.why == "number" for one in only) == 2250
    assert sum(one.official_figures for one in only) >= 945
