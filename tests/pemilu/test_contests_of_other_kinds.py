"""A DPR contest of a real dapil and a pilkada go through the very code that counts the presidential one."""

from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.tally import service as tally
from app.wilayah.service import import_wilayah
from tests.tally.contests import PILKADA, import_text
from tests.wilayah.editions import HEADING

DKI = (
    HEADING,
    "31,provinsi,DKI JAKARTA,,,",
    "3101,kabupaten_kota,KEPULAUAN SERIBU,,,",
    "310101,kecamatan,KEPULAUAN SERIBU UTARA,,,",
    "3101011001,kelurahan,PULAU PANGGANG,18,,",
    "3171,kabupaten_kota,KOTA JAKARTA PUSAT,,,",
    "317101,kecamatan,GAMBIR,,,",
    "3171011001,kelurahan,GAMBIR,10,,",
    "3172,kabupaten_kota,KOTA JAKARTA UTARA,,,",
    "317201,kecamatan,PENJARINGAN,,,",
    "3172011001,kelurahan,PENJARINGAN,296,,",
    "3173,kabupaten_kota,KOTA JAKARTA BARAT,,,",
    "317301,kecamatan,CENGKARENG,,,",
    "3173011005,kelurahan,KAPUK,451,,",
)

DPR = """
[pemilu]
kode = "pemilu-2024"
nama = "Pemilihan Umum 2024"
tanggal = 2024-02-14

[[pemilihan]]
kode = "dpr-3103-2024"
jenis = "dpr"
nama = "DPR RI, DKI Jakarta III"
wilayah = ["3101", "3172", "3173"]
form = "c_hasil_dpr_2024"

[[pemilihan.partai]]
nomor_urut = 1
nama = "Partai Pohon"
page = 2
caleg = ["Ani Satu", "Budi Dua", { nama = "Cici Tiga", kunci_resmi = "chart.13" }]
kunci_resmi = "chart.1"

[[pemilihan.partai]]
nomor_urut = 2
nama = "Partai Sungai"
page = 3
caleg = ["Dedi Satu", "Endah Dua"]

[pemilihan.suara]
page = 4

[pemilihan.official_names]
partai_02_jumlah = "chart.2.jml"
"""
PAPER = {
    "partai_01_suara_partai": 5,
    "partai_01_caleg_01": 10,
    "partai_01_caleg_02": 0,
    "partai_01_caleg_03": 7,
    "partai_01_jumlah": 22,
    "partai_02_suara_partai": 1,
    "partai_02_caleg_01": 2,
    "partai_02_caleg_02": 3,
    "partai_02_jumlah": 6,
    "suara_sah": 28,
    "suara_tidak_sah": 2,
    "suara_total": 30,
}


@pytest.fixture
async def dpr(session: AsyncSession, tmp_path: Path) -> Contest:
    await import_wilayah(session, lines=DKI, name="2024")
    await import_text(session, DPR, tmp_path)
    return await get_contest(session, kode="dpr-3103-2024")


async def accept(session: AsyncSession, contest: Contest, tps: str, numbers: dict[str, int]) -> None:
    await tally.set_result(
        session, contest=contest, tps_kode=tps, numbers=numbers, state="accepted", source_class="one_uploader"
    )


async def test_compact_notation_makes_a_section_a_party(dpr: Contest) -> None:
    assert dpr.fields == tuple(PAPER)
    assert [(one.kode, one.nama, sorted(one.pages)) for one in dpr.sections] == [
        ("partai_01", "Partai Pohon", [2]),
        ("partai_02", "Partai Sungai", [3]),
        ("suara", "Suara sah dan tidak sah", [4]),
    ]
    assert [(one.field, one.nomor_urut, one.nama, one.partai) for one in dpr.choices[:2]] == [
        ("partai_01_suara_partai", 1, "Partai Pohon", "Partai Pohon"),
        ("partai_01_caleg_01", 1, "Ani Satu", "Partai Pohon"),
    ]
    assert dpr.official_names == {
        "partai_01_suara_partai": "chart.1",
        "partai_01_caleg_03": "chart.13",
        "partai_02_jumlah": "chart.2.jml",
    }


async def test_the_papers_sums_are_its_identities(dpr: Contest) -> None:
    assert [(one.key, one.section) for one in dpr.identities] == [
        ("partai_01_jumlah", "partai_01"),
        ("partai_02_jumlah", "partai_02"),
        ("suara_sah", None),
        ("suara_total", "suara"),
    ]
    for identity in dpr.identities:
        assert PAPER[identity.total] == sum(PAPER[term] for term in identity.terms), identity.key


async def test_results_of_a_dapil_reach_its_top(session: AsyncSession, dpr: Contest) -> None:
    places = ("3101011001018", "3172011001296", "3173011005001")
    for place in places:
        await accept(session, dpr, place, PAPER)
    while await tally.roll_up(session):
        pass
    top = await tally.get_tally(session, contest=dpr, kode="0")
    assert top.sums == {field: 3 * number for field, number in PAPER.items()}
    assert (top.tps_accepted, top.tps_expected) == (3, 18 + 296 + 451)
    below = await tally.list_tally(session, contest=dpr, induk="31")
    assert [(one.kode, one.sums["partai_01_jumlah"]) for one in below] == [("3101", 22), ("3172", 22), ("3173", 22)]
    assert await tally.verify(session, contest=dpr) == []
    assert await tally.rebuild(session, contest=dpr) == 0
    with pytest.raises(tally.OutsideContestError):
        await accept(session, dpr, "3171011001001", PAPER)


async def test_a_pilkada_with_two_paslon_reaches_its_top(session: AsyncSession, tmp_path: Path) -> None:
    await import_wilayah(session, lines=DKI, name="2024")
    await import_text(session, PILKADA.replace('["1101"]', '["3172"]'), tmp_path)
    pilkada = await get_contest(session, kode="bupati-1101-2024")
    assert [one.nomor_urut for one in pilkada.choices] == [1, 2]
    await accept(session, pilkada, "3172011001001", {"suara_01": 60, "suara_02": 40, "suara_sah": 100})
    await accept(session, pilkada, "3172011001002", {"suara_01": 1, "suara_02": 2, "suara_sah": 3})
    await tally.roll_up(session)
    for kode in ("0", "31", "3172", "317201", "3172011001"):
        view = await tally.get_tally(session, contest=pilkada, kode=kode)
        assert (view.votes(pilkada), view.tps_expected) == ((61, 42), 296), kode
    assert await tally.verify(session, contest=pilkada) == []


async def test_a_contest_is_shown_with_all_that_defines_it(
    client: httpx.AsyncClient, sessions: Sessions, tmp_path: Path
) -> None:
    async with sessions.begin() as session:
        await import_wilayah(session, lines=DKI, name="2024")
        await import_text(session, DPR, tmp_path)
    assert [one["kode"] for one in (await client.get("/api/v1/pemilihan")).json()] == ["dpr-3103-2024"]
    shown = (await client.get("/api/v1/pemilihan/dpr-3103-2024")).json()
    assert shown["fields"] == list(PAPER)
    assert shown["sections"][1]["pages"] == {"3": list(PAPER)[5:9]}
    assert shown["policy"]["wrong_bound"] == pytest.approx(1e-4)
    assert (await client.get("/api/v1/pemilihan/none")).json()["code"] == "unknown_pemilihan"
