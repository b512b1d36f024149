import json
import os
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.core.errors import ConflictError, NotFoundError
from app.pemilu.definition import Contest
from app.pemilu.file_shape import ElectionFileError
from app.pemilu.models import Pilihan
from app.pemilu.service import SHIPPED, get_contest, import_pemilu, list_contests, read_layouts
from app.wilayah.service import import_wilayah
from tests.tally.contests import LAYOUTS, PILKADA, import_text
from tests.wilayah.editions import HEADING, JAKARTA, LINES

PPWP = SHIPPED / "ppwp_2024.toml"
SHARED = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared"))


@pytest.fixture
async def ppwp(session: AsyncSession) -> Contest:
    await import_wilayah(session, lines=LINES, name="2024")
    await import_pemilu(session, path=PPWP, layouts=LAYOUTS)
    return await get_contest(session, kode="ppwp-2024")


async def test_the_shipped_contest_has_its_choices_and_sections(session: AsyncSession, ppwp: Contest) -> None:
    assert [(one.nomor_urut, one.field, one.kunci_resmi) for one in ppwp.choices] == [
        (1, "suara_01", "chart.100025"),
        (2, "suara_02", "chart.100026"),
        (3, "suara_03", "chart.100027"),
    ]
    assert [(one.kode, one.required, sorted(one.pages)) for one in ppwp.sections] == [
        ("suara", True, [2, 3]),
        ("administrasi", False, [1]),
    ]
    votes = ("suara_01", "suara_02", "suara_03", "suara_sah", "suara_tidak_sah", "suara_total")
    assert (ppwp.fields[:6], len(ppwp.fields), ppwp.required_fields) == (votes, 28, votes)
    assert (ppwp.form, ppwp.form_name) == ("c_hasil_ppwp_2024", "C.HASIL-PPWP 2024")
    rows = (await session.execute(select(Pilihan).order_by(Pilihan.nomor_urut))).scalars().all()
    assert [row.nama for row in rows] == [one.nama for one in ppwp.choices]


async def test_its_identities_are_the_layouts(ppwp: Contest) -> None:
    layout = read_layouts(LAYOUTS)["c_hasil_ppwp_2024"]
    assert [one.key for one in ppwp.identities] == [one["key"] for one in layout["identities"]]
    own = {one.key: one for one in ppwp.identities}
    assert own["suara_sah"].terms == ("suara_01", "suara_02", "suara_03")
    assert own["suara_surat_suara"].section is None


def test_official_names_are_those_that_sirekap_served() -> None:
    published = SHARED / "forms" / "c_hasil_ppwp_2024_geometry.json"
    if not published.exists():
        pytest.skip("the shared reference data (form geometry) is not here; set RUNUT_SHARED")
    names = json.loads(published.read_text())["sirekap_json_names"]
    text_of_file = PPWP.read_text()
    for field, name in names.items():
        path = name if name.startswith("chart.") else f"administrasi.{name}"
        assert f'"{path}"' in text_of_file, field


async def test_the_same_file_again_changes_nothing(session: AsyncSession, ppwp: Contest) -> None:
    report = await import_pemilu(session, path=PPWP, layouts=LAYOUTS)
    assert (report.added, report.changed, report.unchanged) == ((), (), ("ppwp-2024",))
    assert await get_contest(session, id=ppwp.id) == ppwp
    logged = await session.execute(text("SELECT count(*) FROM log_entry WHERE kind = 'pemilu'"))
    assert logged.scalar_one() == 1


async def test_a_name_can_be_mended_and_an_added_contest_leaves_the_others(
    session: AsyncSession, ppwp: Contest, tmp_path: Path
) -> None:
    await import_text(session, PILKADA, tmp_path)
    path = tmp_path / "mended.toml"
    path.write_text(PPWP.read_text().replace("Gibran Rakabuming Raka", "G. Rakabuming Raka"))
    report = await import_pemilu(session, path=path, layouts=LAYOUTS)
    assert (report.changed, report.moved) == (("ppwp-2024",), ())
    assert [one.kode for one in await list_contests(session)] == ["ppwp-2024", "bupati-1101-2024"]
    assert (await get_contest(session, kode="ppwp-2024")).choices[1].nama.endswith("G. Rakabuming Raka")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('["suara_01", "suara_02"], 3', '["suara_02", "suara_01"], 3', "with other fields"),
        ('"suara_tidak_sah"] }', '"suara_tidak_sah", "suara_total"] }', "with other fields"),
        ('kode = "pilkada-2024"', 'kode = "pilkada-2029"', "belongs to election pilkada-2024"),
    ],
)
async def test_fields_and_election_of_a_contest_never_change(
    session: AsyncSession, tmp_path: Path, old: str, new: str, words: str
) -> None:
    await import_wilayah(session, lines=LINES, name="2024")
    await import_text(session, PILKADA, tmp_path)
    assert old in PILKADA
    with pytest.raises(ConflictError, match=words):
        await import_text(session, PILKADA.replace(old, new), tmp_path)


async def test_regions_must_be_known_and_current(session: AsyncSession, tmp_path: Path) -> None:
    with pytest.raises(ElectionFileError, match=r"names the region 1101, which is not known.*Import the regions first"):
        await import_text(session, PILKADA, tmp_path)
    await import_wilayah(session, lines=LINES, name="2024")
    later = [
        f"{HEADING},kode_lama",
        *(f"{line}," for line in JAKARTA),
        "12,provinsi,X,,,,",
        "1201,kabupaten_kota,Y,,,,1101",
    ]
    await import_wilayah(session, lines=later, name="2025")
    with pytest.raises(ElectionFileError, match=r"a later edition ended. Name what follows it: 1201"):
        await import_text(session, PILKADA, tmp_path)


async def test_an_unknown_contest_is_not_found(session: AsyncSession, ppwp: Contest) -> None:
    with pytest.raises(NotFoundError, match=r"The contest 'x' is not known.*ppwp-2024"):
        await get_contest(session, kode="x")
    with pytest.raises(NotFoundError, match="nomor 999"):
        await get_contest(session, id=999)
