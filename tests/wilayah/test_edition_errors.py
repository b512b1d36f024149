import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.wilayah import edition_text
from app.wilayah.edition import parse_edition
from app.wilayah.edition_text import WilayahFileError, read_bytes
from app.wilayah.models import Wilayah
from app.wilayah.service import import_wilayah
from tests.wilayah.editions import ACEH, HEADING, LINES


def parse(lines: Sequence[str]) -> None:
    parse_edition("\n".join(lines).encode(), "regions.csv")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("1101013001,kelurahan,X,abc,,", "tps_terakhir is 'abc'; write a whole number"),
        ("1101013001,kelurahan,X,1.5,,", "tps_terakhir is '1.5'"),
        ("1101013001,kelurahan,X,٣,,", "write a whole number in digits 0-9"),
        ("1101013001,kelurahan,X,1000,,", "tps_terakhir is 1000; TPS numbers end at 999"),
        ("1101013001,kelurahan,X,-1000,,", "tps_terakhir is -1000"),
        ("1101013001,kelurahan,X,3,2,5", "the additional TPS 2-5 overlap 1-3"),
        ("1101013001,kelurahan,X,3,905,901", "the additional TPS 905-901 are no range"),
        ("1101013001,kelurahan,X,3,901,", "only one end of the additional TPS is given"),
        ("1101013001,kecamatan,X,3,,", "tingkat is 'kecamatan', but code 1101013001 is a kelurahan"),
        ("1101013001,kelurahan,,3,,", "code 1101013001 has no name; fill in nama"),
        ("1101013001,kelurahan,A\x07B,3,,", "holds control characters"),
        ("110102,kecamatan,X,3,,", "a kecamatan has no TPS of its own; empty tps_terakhir"),
        ("1103013001,kelurahan,X,3,,", "code 1103013001 lies in 110301, which the file does not list"),
        ("110101300,kelurahan,X,3,,", "is no region code: 9 digits"),
        ("0,nasional,INDONESIA,,,", "code 0 is a nasional; list provinsi to kelurahan only"),
        ("1101012001003,tps,X,,,", "code 1101012001003 is a tps"),
        ("1101012001,kelurahan,AGAIN,3,,", "code 1101012001 stands in line 5 already"),
        ("1101013001,kelurahan,BAKONGAN, KEUDE,3,,", "has 7 cells, the heading has 6; put names that hold a comma"),
        ('1101013001,kelurahan,"X" Y,3,,', "is not comma-separated text"),
    ],
)
def test_a_wrong_line_is_named_with_what_to_do(line: str, words: str) -> None:
    with pytest.raises(WilayahFileError) as error:
        parse([HEADING, *ACEH, line])
    assert f"line {len(ACEH) + 2}: " in error.value.message
    assert words in error.value.message


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("kode,tingkat,nama", "lacks 'tps_terakhir', 'tps_tambahan_awal', 'tps_tambahan_akhir'"),
        (f"{HEADING},luas", "has the unknown 'luas'"),
        (f"{HEADING},kode", "names twice 'kode'"),
        ("", "lacks 'kode'"),
    ],
)
def test_a_wrong_heading_is_named(heading: str, words: str) -> None:
    with pytest.raises(WilayahFileError, match="Its first line must be kode,tingkat,nama") as error:
        parse([heading, *ACEH])
    assert words in error.value.message


def test_columns_may_stand_in_any_order_and_a_byte_order_mark_is_harmless() -> None:
    lines = ["nama,kode,tingkat,tps_tambahan_akhir,tps_tambahan_awal,tps_terakhir", "ACEH,11,provinsi,,,"]
    edition = parse_edition("\r\n".join(lines).encode("utf-8-sig"), "regions.csv")
    assert [region.nama for region in edition.regions] == ["INDONESIA", "ACEH"]


def test_all_errors_are_counted_and_the_first_twenty_shown() -> None:
    bad = [f"11010120{number:02d},kelurahan,X,abc,," for number in range(10, 45)]
    with pytest.raises(WilayahFileError) as error:
        parse([HEADING, *ACEH, *bad])
    assert "35 error(s), nothing was imported" in error.value.message
    assert error.value.message.count("line ") == 20
    assert "... and 15 more." in error.value.message


def test_lines_of_another_encoding_are_named() -> None:
    data = "\n".join([HEADING, *ACEH]).encode() + b"\n31,provinsi,DKI J\xc4KARTA,,,\n"
    with pytest.raises(WilayahFileError, match=r"line 10: byte 0xC4 at place 18 is not UTF-8; save the file as UTF-8"):
        parse_edition(data, "regions.csv")


def test_a_heading_alone_is_no_edition() -> None:
    with pytest.raises(WilayahFileError, match="holds no region"):
        parse([HEADING])


def test_a_replaced_code_must_be_gone_and_of_the_same_level() -> None:
    with pytest.raises(WilayahFileError) as error:
        parse([f"{HEADING},kode_lama", *(f"{line}," for line in ACEH), "12,provinsi,X,,,,11", "13,provinsi,Y,,,,1409"])
    assert "kode_lama 11 is still listed in line 2" in error.value.message
    assert "kode_lama '1409' is no provinsi as 13 is" in error.value.message


def test_packed_or_not_is_told_by_the_bytes(tmp_path: Path) -> None:
    text = "\n".join(LINES).encode()
    for name, data in (("packed.csv", gzip.compress(text)), ("plain.gz", text)):
        (tmp_path / name).write_bytes(data)
        assert read_bytes(tmp_path / name) == text


@pytest.mark.parametrize("cut", [5, 30, -4])
def test_a_truncated_gzip_is_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "regions.csv.gz"
    path.write_bytes(gzip.compress("\n".join(LINES).encode())[:cut])
    with pytest.raises(WilayahFileError, match=r"truncated or damaged gzip file .* Fetch it again"):
        read_bytes(path)


def test_a_damaged_gzip_is_refused(tmp_path: Path) -> None:
    data = bytearray(gzip.compress("\n".join(LINES).encode()))
    data[40] ^= 0xFF
    path = tmp_path / "regions.csv.gz"
    path.write_bytes(data)
    with pytest.raises(WilayahFileError, match="truncated or damaged gzip file"):
        read_bytes(path)


def test_a_missing_file_and_a_bomb_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WilayahFileError, match="cannot be read: No such file"):
        read_bytes(tmp_path / "none.csv")
    monkeypatch.setattr(edition_text, "BYTES_MAX", 1000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(bytes(100_000)))
    with pytest.raises(WilayahFileError, match="more than 1,000 bytes unpacked"):
        read_bytes(path)


async def test_a_wrong_file_leaves_nothing_behind(session: AsyncSession) -> None:
    with pytest.raises(WilayahFileError):
        await import_wilayah(session, lines=[*LINES, "3174,provinsi,X,,,"], name="wrong")
    assert (await session.execute(select(func.count()).select_from(Wilayah))).scalar_one() == 0
