import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.wilayah.codes import NATION, KodeError, ancestors, is_within, parse_kode, tps_kode

KELURAHAN = st.from_regex(r"[1-9][0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "tingkat", "induk"),
    [
        ("0", "nasional", None),
        ("11", "provinsi", "0"),
        ("1101", "kabupaten_kota", "11"),
        ("110101", "kecamatan", "1101"),
        ("1101012001", "kelurahan", "110101"),
        ("1101012001003", "tps", "1101012001"),
    ],
)
def test_a_code_has_its_level_and_its_parent(text: str, tingkat: str, induk: str | None) -> None:
    kode = parse_kode(text)
    assert (kode.text, kode.tingkat, kode.induk) == (text, tingkat, induk)


def test_dots_and_blanks_between_the_digits_are_allowed() -> None:
    assert parse_kode(" 11.01.01.2001 ").text == "1101012001"


@pytest.mark.parametrize("text", ["", "x", "1", "110", "11010", "1101012", "11010120010031", "-1", "११", "1e3", "1\n1"])
def test_what_is_no_code_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(KodeError, match=r"Write 0 for the nation, or 2, 4"):
        parse_kode(text)


def test_tps_number_000_is_refused() -> None:
    with pytest.raises(KodeError, match="TPS numbers begin with 001"):
        parse_kode("1101012001000")


@given(KELURAHAN, st.integers(1, 999))
def test_a_tps_code_leads_back_to_its_kelurahan_and_up_to_the_nation(kelurahan: str, nomor: int) -> None:
    kode = tps_kode(kelurahan, nomor)
    above = ancestors(kode)
    assert above == (kelurahan, kelurahan[:6], kelurahan[:4], kelurahan[:2], NATION)
    assert int(kode[10:]) == nomor
    assert all(is_within(kode, region) for region in above)
    assert [parse_kode(region).induk for region in above] == [*above[1:], None]


@pytest.mark.parametrize(("kelurahan", "nomor"), [("110101", 1), ("1101012001", 0), ("1101012001", 1000)])
def test_no_tps_code_is_made_of_a_wrong_kelurahan_or_number(kelurahan: str, nomor: int) -> None:
    with pytest.raises(KodeError):
        tps_kode(kelurahan, nomor)


def test_a_region_lies_in_itself_and_not_in_its_neighbour() -> None:
    assert is_within("1101", "1101")
    assert not is_within("11", "1101")
    assert not is_within("1102042001", "1101")
