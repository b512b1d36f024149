"""Election files that name several forms: what is taken, and what is refused with which words."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.pemilu.definition import Contest
from app.pemilu.expand import expand_election
from app.pemilu.file_shape import ElectionFileError, parse_election
from app.pemilu.service import SHIPPED, get_contest, import_pemilu, read_layouts
from app.pemilu.stored_definition import contest_as_json, contest_from_json
from app.wilayah.service import import_wilayah
from tests.tally.contests import LAYOUTS
from tests.verification.world import LINES

PPWP = (SHIPPED / "ppwp_2024.toml").read_text(encoding="utf-8")
BOTH = 'layouts = ["c_hasil_ppwp_2024", "c_hasil_salinan_ppwp_2024"]'
COPY = "c_hasil_salinan_ppwp_2024"
Layout = dict[str, Any]


def expand(text: str, change: Callable[[Layout], object] = lambda _: None) -> Contest:
    """Return the contest of a file; ``change`` is made to the copy's layout."""
    layouts = {key: deepcopy(dict(layout)) for key, layout in read_layouts(LAYOUTS).items()}
    change(layouts[COPY])
    (contest,) = expand_election(parse_election(text.encode(), "pemilu.toml"), layouts, "pemilu.toml")
    return contest


def test_the_shipped_election_takes_the_wall_sheet_and_its_copy() -> None:
    contest = expand(PPWP)
    suara, administrasi = contest.section("suara"), contest.section("administrasi")
    sheet, copy = contest.form_names
    assert (sheet, copy) == ("C.HASIL-PPWP 2024", "C.HASIL SALINAN-PPWP 2024")
    assert [contest.parts_on(suara, form=sheet, page=page) for page in (1, 2, 3)] == [(), (2,), (3,)]
    assert [contest.parts_on(suara, form=copy, page=page) for page in (1, 2, 3)] == [(), (2, 3), ()]
    assert contest.fields_on(suara, form=copy, page=2) == suara.fields
    assert contest.fields_on(administrasi, form=copy, page=1) == administrasi.fields
    assert [contest.pages_of(name, required=True) for name in (sheet, copy)] == [(2, 3), (2,)]


def test_one_layout_in_the_old_spelling_is_stored_as_before() -> None:
    stored = contest_as_json(expand(PPWP.replace(BOTH, 'layout = "c_hasil_ppwp_2024"')))
    assert "other_forms" not in stored
    assert contest_from_json(7, stored).form_names == ("C.HASIL-PPWP 2024",)
    both = contest_as_json(expand(PPWP))
    assert contest_as_json(contest_from_json(7, json.loads(json.dumps(both)))) == both


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (BOTH, BOTH.replace("salinan", "salah"), "pemilihan[1].layouts[2]: 'c_hasil_salah_ppwp_2024' is not installed"),
        (BOTH, BOTH.replace("c_hasil_ppwp", "c_hasil_x"), "pemilihan[1].layouts[1]: 'c_hasil_x_2024' is not installed"),
        (BOTH, f'{BOTH}\nlayout = "c_hasil_ppwp_2024"', "layout: stands beside layouts; keep one of them"),
        (BOTH, f'layouts = ["c_hasil_ppwp_2024", "{COPY}", "{COPY}"]', f"layouts: '{COPY}' stands 2 times"),
        (BOTH, f'layouts = ["{COPY}", "c_hasil_ppwp_2024"]', "name the form with the finer pages first"),
        (BOTH, 'layouts = ["c_hasil_ppwp_2024", "c1_ppwp_2019"]', "pemilihan[1].layouts[2]: c1_ppwp_2019"),
    ],
)
def test_a_wrong_list_of_forms_is_named(old: str, new: str, words: str) -> None:
    with pytest.raises(ElectionFileError) as error:
        expand(PPWP.replace(old, new))
    assert words in error.value.message


def drop_field(layout: Layout) -> None:
    del layout["pages"]["2"]["fields"]["suara_total"]


def drop_identity(layout: Layout) -> None:
    layout["identities"] = [one for one in layout["identities"] if one["key"] != "suara_total"]


def rename_form(layout: Layout) -> None:
    layout["form"] = "C.HASIL-PPWP 2024"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop_field, f"layouts[2]: {COPY} lacks suara_total; every form of a contest holds all its fields"),
        (drop_identity, f"layouts[2]: {COPY} lacks the identity suara_total = suara_sah + suara_tidak_sah"),
        (rename_form, "layouts: 2 forms are called 'C.HASIL-PPWP 2024'"),
    ],
)
def test_a_form_that_is_not_the_same_paper_is_named(change: Callable[[Layout], None], words: str) -> None:
    with pytest.raises(ElectionFileError) as error:
        expand(PPWP, change)
    assert words in error.value.message


async def test_a_form_is_added_to_a_stored_contest_and_never_taken_away(session: AsyncSession, tmp_path: Path) -> None:
    file = tmp_path / "pemilu.toml"
    await import_wilayah(session, lines=LINES, name="test")

    async def bring(text: str) -> tuple[str, ...]:
        file.write_text(text, encoding="utf-8")
        return (await import_pemilu(session, path=file, layouts=LAYOUTS)).changed

    alone = PPWP.replace(BOTH, 'layout = "c_hasil_ppwp_2024"')
    assert await bring(alone) == ()
    assert await bring(alone) == ()
    assert await bring(PPWP) == ("ppwp-2024",)
    assert (await get_contest(session, kode="ppwp-2024")).form_names[1] == "C.HASIL SALINAN-PPWP 2024"
    with pytest.raises(ConflictError, match=r"C\.HASIL SALINAN-PPWP 2024"):
        await bring(alone)
