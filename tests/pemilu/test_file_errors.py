from pathlib import Path

import pytest

from app.pemilu.definition import Contest
from app.pemilu.expand import expand_election
from app.pemilu.file_shape import ElectionFileError, parse_election
from app.pemilu.service import SHIPPED, read_layouts
from tests.tally.contests import LAYOUTS, PILKADA

PPWP = (SHIPPED / "ppwp_2024.toml").read_text(encoding="utf-8")


def expand(text: str) -> tuple[Contest, ...]:
    return expand_election(parse_election(text.encode(), "pemilu.toml"), read_layouts(LAYOUTS), "pemilu.toml")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tanggal = 2024-11-27\n", "", "pemilu.tanggal: is missing; add it."),
        ('jenis = "bupati"', 'jenis = "raja"', "pemilihan[1].jenis: Input should be 'ppwp'"),
        (
            'nama = "Paslon Dua"',
            'nama = "Paslon Dua"\nwarna = "biru"',
            "pemilihan[1].pilihan[2].warna: is not known here",
        ),
        ("nomor_urut = 2", "nomor_urut = 0", "pemilihan[1].pilihan[2].nomor_urut: Input should be greater"),
        ("nomor_urut = 2", "nomor_urut = 1", "pemilihan[1].pilihan: nomor_urut 1 is given 2 times"),
        (
            'field = "suara_02"',
            'field = "suara_9"',
            "pilihan: field 'suara_9' of 'Paslon Dua' is on no section; it has",
        ),
        ('field = "suara_02"', 'field = "suara_01"', "pilihan: field 'suara_01' is given to 2 choices"),
        ('kode = "bupati-1101-2024"', 'kode = "Bupati 1101"', "pemilihan[1].kode: String should match"),
        ('["1101"]', "[]", "pemilihan[1].wilayah: List should have at least 1 item"),
        ('["1101"]', '["11x1"]', "pemilihan[1].wilayah[1]: '11x1' bukan kode wilayah"),
        ('["1101"]', '["1101", "110101"]', "pemilihan[1].wilayah[2]: 110101 lies in 1101, which is listed too"),
        ('["1101"]', '["1101", "1101"]', "pemilihan[1].wilayah[1]: 1101 lies in 1101"),
        ('["1101"]', '["11.01"]', "pemilihan[1].wilayah[1]: write '11.01' as 1 to 10 plain digits"),
        ('["1101"]', '["1101012001001"]', "a kelurahan or a region above it"),
        ('form = "c_hasil_bupati_2024"\n', "", "pemilihan[1].form: is missing; name the form"),
        ('form = "c_hasil_bupati_2024"', 'layout = "c_hasil_x"', "pemilihan[1].layout: 'c_hasil_x' is not installed"),
        (
            'form = "c_hasil_bupati_2024"',
            'layout = "c_hasil_ppwp_2024"',
            "layout: gives sections and identities already",
        ),
        ("2 = [", "0 = [", "pemilihan[1].section[1].pages: '0' is no page number"),
        ('"suara_sah", "suara_tidak_sah"] }', '"suara_01"] }', "section: field 'suara_01' stands 2 times"),
        (
            'terms = ["suara_01", "suara_02"]',
            'terms = ["suara_01", "suara_99"]',
            "identity 'suara_sah': field 'suara_99'",
        ),
        ('terms = ["suara_01", "suara_02"]', 'terms = ["suara_01", "suara_sah"]', "the total 'suara_sah' stands among"),
        ('terms = ["suara_01", "suara_02"]', 'terms = ["suara_01", "suara_01"]', "a term stands twice"),
        (
            'form = "c',
            'discrepancies = { off = ["benford"] }\nform = "c',
            "discrepancies.off[1]: Input should be 'number'",
        ),
        ('form = "c', 'discrepancies = { large_from = 10 }\nform = "c', "discrepancies.large_from: is 10, not above"),
        ('form = "c', 'policy = { human_error_rate = 0.9 }\nform = "c', "policy: two people who agree are wrong"),
        (
            'form = "c',
            'policy = { blind_share = 0.05 }\nform = "c',
            "policy.blind_share: Input should be greater than or",
        ),
        (
            'form = "c',
            'publish_not_before = 2024-11-27T13:00:00\nform = "c',
            "publish_not_before: Input should have timez",
        ),
        ('form = "c', 'official_names = { x = "chart.1" }\nform = "c', "official_names.x: no such field"),
        ('form = "c', 'official_names = { suara_sah = "chart." }\nform = "c', "'chart.' is no path"),
        (
            'form = "c',
            'official_names = { suara_sah = "a.b", suara_01 = "a.b" }\nform = "c',
            "official_names: 'a.b' is given to 2 fields",
        ),
        ('nama = "Suara"\n', 'nama = "Suara"\nrequired = false\n', "section: none is required"),
        ('form = "c', 'required_sections = ["suara"]\nform = "c', "are for a layout; write required and nama"),
    ],
)
def test_an_error_names_its_key_and_what_to_do(old: str, new: str, words: str) -> None:
    assert old in PILKADA
    with pytest.raises(ElectionFileError) as error:
        expand(PILKADA.replace(old, new, 1))
    assert words in error.value.message
    assert "nothing was imported" in error.value.message
    assert error.value.remedy == "See docs/election-file.md."


def test_errors_are_gathered() -> None:
    wrong = PILKADA.replace('field = "suara_02"', 'field = "x"').replace('["1101"]', '["99x"]')
    with pytest.raises(ElectionFileError) as error:
        expand(wrong)
    assert error.value.message.count("pemilihan[1].") == 2


def test_two_contests_of_one_code_are_refused() -> None:
    second = PILKADA[PILKADA.index("[[pemilihan]]") :]
    with pytest.raises(ElectionFileError, match="kode 'bupati-1101-2024' is given 2 times"):
        expand(PILKADA + second)


def test_a_layouts_section_must_exist() -> None:
    with pytest.raises(ElectionFileError, match="layout c_hasil_ppwp_2024 has no 'surat'"):
        expand(PPWP.replace('["suara"]', '["suara", "surat"]'))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[pemilu\n", "is no TOML"),
        (b'[pemilu]\nkode = "x"\nnama = "\xff"\n', "line 3: not UTF-8"),
        (b"", "pemilu: is missing; add it."),
    ],
)
def test_what_is_no_election_file_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(ElectionFileError) as error:
        parse_election(data, "pemilu.toml")
    assert words in error.value.message


def test_the_example_in_the_document_is_valid() -> None:
    document = Path(__file__).parents[2] / "docs" / "election-file.md"
    examples = [part.split("```")[0] for part in document.read_text(encoding="utf-8").split("```toml")[1:]]
    whole = [example for example in examples if "[pemilu]" in example]
    assert len(whole) == 2
    for example in whole:
        assert expand(example)
