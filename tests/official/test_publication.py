"""What is taken from a publication, what is counted as odd, and what is refused with its file's name."""

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import NotFoundError, RunutError
from app.official.errors import (
    BrokenArchiveError,
    OfficialFileError,
    OfficialFileTooLargeError,
    UnknownOfficialFormatError,
)
from app.official.figures import TpsFigures
from app.official.publication import Findings, read_publication
from app.official.sources import FILE_MAX, Source, read_source
from tests.official.factory import make_contest, make_csv, make_document, make_tar

TPS = "3101011001001"
OTHER = "3101011001002"


def read(source: Source) -> tuple[list[TpsFigures], dict[str, Any]]:
    findings = Findings()
    return list(read_publication(source, make_contest(), findings)), findings.as_notes()


def read_one(document: Any) -> TpsFigures:
    return read(make_tar({f"{TPS}.json": document}))[0][0]


def test_figures_stand_in_the_order_of_the_fields_and_a_field_without_official_name_stays_unknown() -> None:
    figures = read_one(make_document())
    assert figures.tps_kode == TPS
    assert figures.numbers == (72, 109, 35, 216, 3, 219, None)
    assert figures.images == ("https://example.org/a.jpg",)
    assert figures.published_at == datetime(2024, 2, 14, 17, 46, 45, tzinfo=UTC)
    assert figures.extra == {"psu": None, "status_suara": True, "status_adm": True}


def test_photographs_keep_their_places_because_they_are_the_pages() -> None:
    assert read_one(make_document(images=["one", None, "three"])).images == ("one", "", "three")
    assert read_one(make_document(images=[None, None])).images == ()
    assert read_one(make_document(images=None)).images == ()


@pytest.mark.parametrize("missing", [{"chart": None}, {"chart": {}}])
def test_nulls_and_missing_parts_are_unknown_figures(missing: dict[str, Any]) -> None:
    assert read_one(make_document(**missing)).numbers == (None, None, None, 216, 3, 219, None)
    assert read_one({}).numbers == (None,) * 7


def test_what_is_odd_is_counted_and_kept() -> None:
    odd = make_document(mode="hhcw", psu="Lanjutan", ts="kemarin")
    odd["chart"]["100099"] = 4
    found, notes = read(
        make_tar(
            {
                "a/README.txt": b"hello",
                f"a/{TPS}.json": odd,
                f"a/{OTHER}.json": make_document(chart=None, administrasi=None),
                "a/3101011001.json": {},
            }
        )
    )
    assert notes["remarks"] == {
        "null administrasi": 1,
        "null chart": 1,
        "psu": 1,
        "unknown chart.100099": 1,
        "unknown chart.null": 1,
        "unknown mode": 1,
        "unreadable ts": 1,
    }
    assert notes["tps_without_figures"] == 1
    assert notes["other_files"] == {"count": 2, "first": ["a/README.txt", "a/3101011001.json"]}
    assert found[0].extra["chart"] == {"null": None, "100099": 4}
    assert found[0].extra["ts"] == "kemarin"
    assert found[0].published_at is None


WRONG: list[tuple[Any, str]] = [
    (make_document((-1, 2, 3)), "chart.100025 is -1"),
    (make_document((1_000_001, 2, 3)), "chart.100025 is 1000001"),
    (make_document() | {"chart": {"100025": "72"}}, "chart.100025 is '72', not a whole number"),
    (make_document() | {"chart": {"100026": True}}, "chart.100026 is True"),
    (make_document() | {"chart": {"100026": 7.0}}, "chart.100026 is 7.0"),
    (make_document() | {"chart": {"100026": [7]}}, "chart.100026 is [7]"),
    (make_document(chart=[1]), "chart is neither an object nor null"),
    (make_document(administrasi="x"), "administrasi is neither an object nor null"),
    (make_document(images="x"), "images is no list"),
    (make_document(images=["x"] * 101), "images is no list"),
    ([], "is no JSON object"),
    (b"", "is no valid JSON"),
    (b'{"chart": ', "is no valid JSON"),
    (b"\xff\xfe{", "is no valid JSON"),
    (b'{"psu": NaN}', "contains NaN"),
    (b'{"psu": 1e999}', "is no valid JSON"),
    (b'{"psu": "\\u0000"}', "contains a null character"),
    (b'{"psu": "\\ud800"}', "is no valid JSON"),
    (b'{"chart": {"100025": 1, "100025": 2}}', "has the key '100025' twice"),
    (b"[" * 100_000, "is nested too deeply"),
    (b" " * (FILE_MAX + 1), "bytes; one TPS has at most"),
]


@pytest.mark.parametrize(("content", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_figure_is_refused_with_the_name_of_its_file(content: Any, words: str) -> None:
    with pytest.raises(OfficialFileError) as caught:
        read(make_tar({f"good/{OTHER}.json": make_document(), f"bad/{TPS}.json": content}))
    assert f"bad/{TPS}.json: " in caught.value.message
    assert words in caught.value.message
    assert "Nothing was imported" in caught.value.remedy


def test_all_problems_are_listed_together_up_to_twenty() -> None:
    def bad(count: int) -> Source:
        return make_tar({f"3101011001{place:03}.json": {"chart": {"100025": -1}} for place in range(1, count + 1)})

    with pytest.raises(OfficialFileError) as few:
        read(bad(3))
    assert len(few.value.problems) == 3
    with pytest.raises(OfficialFileError) as many:
        read(bad(50))
    assert len(many.value.problems) == 20
    assert "reading stopped here" in many.value.message


def test_a_tps_twice_counts_once_when_the_figures_agree_and_is_refused_when_not() -> None:
    same = make_tar({f"a/{TPS}.json": make_document(), f"b/{TPS}.json": make_document()})
    found, notes = read(same)
    assert len(found) == 1
    assert notes["repeated_files"] == 1
    with pytest.raises(OfficialFileError, match=f"{TPS}: stands there twice, with different figures"):
        read(make_tar({f"a/{TPS}.json": make_document(), f"b/{TPS}.json": make_document((1, 2, 3))}))


def test_an_archive_without_any_tps_is_refused() -> None:
    with pytest.raises(OfficialFileError, match="there is no TPS in it"):
        read(make_tar({"README": b"x"}))


def test_names_in_an_archive_are_only_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    found, _ = read(make_tar({f"../../{TPS}.json": make_document(), f"{tmp_path}/{OTHER}.json": make_document()}))
    assert [figures.tps_kode for figures in found] == [TPS, OTHER]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_links_and_devices_in_an_archive_are_never_followed() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for kind, name in ((tarfile.SYMTYPE, TPS), (tarfile.LNKTYPE, OTHER), (tarfile.CHRTYPE, "3101011001003")):
            entry = tarfile.TarInfo(f"{name}.json")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
        data = json.dumps(make_document()).encode()
        entry = tarfile.TarInfo("3101011001004.json")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    found, notes = read(Source("links.tar", "sirekap_json", "tar", buffer.getvalue()))
    assert [figures.tps_kode for figures in found] == ["3101011001004"]
    assert notes["other_files"]["count"] == 3


@pytest.mark.parametrize("compress", [True, False])
def test_an_archive_cut_anywhere_is_refused_and_never_taken_for_a_shorter_one(*, compress: bool) -> None:
    whole = make_tar({f"{TPS}.json": make_document(), f"{OTHER}.json": make_document()}, compress=compress)
    # The zero blocks after the end mark only fill the archive up, so the plain tar may lose those.
    last = len(whole.data) - 1 if compress else 4 * 512 + 511
    for length in {*range(1, last, max(1, last // 60)), last}:
        with pytest.raises((BrokenArchiveError, OfficialFileError)):
            read(Source(whole.name, whole.kind, "tar", whole.data[:length]))


def test_a_changed_byte_in_a_compressed_archive_is_noticed() -> None:
    whole = make_tar({f"{TPS}.json": make_document()})
    data = bytearray(whole.data)
    data[-6] ^= 1  # in the checksum
    with pytest.raises(BrokenArchiveError):
        read(Source(whole.name, whole.kind, "tar", bytes(data)))


def test_an_archive_that_claims_gigabytes_is_refused_before_they_are_read() -> None:
    entry = tarfile.TarInfo("pax")
    entry.type, entry.size = tarfile.XHDTYPE, 3 * 1024**3
    with pytest.raises(BrokenArchiveError, match="claims"):
        read(Source("bomb.tar", "sirekap_json", "tar", entry.tobuf(tarfile.GNU_FORMAT) + bytes(1024)))


def test_a_folder_becomes_the_same_archive_whatever_its_times(tmp_path: Path) -> None:
    for name in (TPS, OTHER):
        (tmp_path / "31" / name[:10]).mkdir(parents=True, exist_ok=True)
        (tmp_path / "31" / name[:10] / f"{name}.json").write_text(json.dumps(make_document()))
    (tmp_path / "notes.txt").write_text("left out")
    (tmp_path / "3101011001003.json").symlink_to("/etc/passwd")
    first = read_source(tmp_path)
    os.utime(tmp_path / "31" / TPS[:10] / f"{TPS}.json", (0, 0))
    assert read_source(tmp_path).data == first.data
    assert [figures.tps_kode for figures in read(first)[0]] == [TPS, OTHER]


def test_a_single_file_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / f"{TPS}.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(make_document()).encode())
    source = read_source(path)
    assert source.data == path.read_bytes()
    assert read(source)[0][0].numbers[:3] == (72, 109, 35)
    (tmp_path / "tps7.json").write_text("{}")
    with pytest.raises(OfficialFileError, match="13 digits"):
        read(read_source(tmp_path / "tps7.json"))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda folder: folder / "none.json", NotFoundError),
        (lambda folder: folder / "none", UnknownOfficialFormatError),
        (lambda folder: folder / "photo.jpg", UnknownOfficialFormatError),
    ],
)
def test_a_path_that_is_nothing_we_read(tmp_path: Path, make: Callable[[Path], Path], error: type[RunutError]) -> None:
    with pytest.raises(error) as caught:
        read_source(make(tmp_path))
    assert caught.value.remedy


def test_too_large_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.official.sources.SOURCE_MAX", 1000)
    (tmp_path / f"{TPS}.json").write_bytes(bytes(1001))
    with pytest.raises(OfficialFileTooLargeError):
        read_source(tmp_path / f"{TPS}.json")


def test_an_archive_that_unpacks_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.official.sources.UNPACKED_MAX", 50_000)
    files = {f"3101011001{place:03}.json": b" " * 5000 + b"{}" for place in range(1, 20)}
    with pytest.raises(OfficialFileTooLargeError):
        read(make_tar(files))


HEADER = "kode_tps,suara_01,suara_02,suara_03,suara_sah,ts,jumlah_gambar\n"


def test_a_csv_row_is_a_tps_and_an_empty_cell_is_unknown() -> None:
    found, notes = read(make_csv(HEADER + f"{TPS},1,2,,3,2024-02-20 13:00:00,3\n{OTHER},0,0,0,0,,\n"))
    assert found[0].numbers == (1, 2, None, 3, None, None, None)
    assert found[0].published_at == datetime(2024, 2, 20, 6, 0, tzinfo=UTC)
    assert found[0].extra == {"jumlah_gambar": "3"}
    assert found[1].numbers == (0, 0, 0, 0, None, None, None)
    assert notes["remarks"] == {"null suara_03": 1, "unknown jumlah_gambar": 1}


def test_a_packed_csv_is_read_and_a_cut_one_refused() -> None:
    lines = "".join(f"31010110{place:05},1,2,3,6,2024-02-20 13:00:00,{place * 7919}\n" for place in range(1, 2000))
    data = gzip.compress((HEADER + lines).encode())
    assert len(read(Source("a.csv.gz", "sirekap_csv", "csv", data))[0]) == 1999
    with pytest.raises(BrokenArchiveError):
        read(Source("a.csv.gz", "sirekap_csv", "csv", data[:-9]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no column kode_tps"),
        ("kode_tps,a,a\n", "two columns have the same name"),
        ("kode_tps,votes\n", "no column is a field of ppwp-2024"),
        (HEADER + f"{TPS},1,2\n", "sirekap.csv, line 2: 3 cells under 7 columns"),
        (HEADER + "310101100100,1,2,3,6,,\n", "not 13 digits"),
        (HEADER + f"{TPS},-1,2,3,6,,\n", "suara_01 is '-1'"),
        (HEADER + f"{TPS},1.0,2,3,6,,\n", "suara_01 is '1.0'"),
        (HEADER + f"{TPS},1234567,2,3,6,,\n", "suara_01 is 1234567"),
        (HEADER + f"{TPS},\u0661,2,3,6,,\n", "suara_01 is"),
        (HEADER + f"{TPS},1,2,3,6,,\n{TPS},1,2,4,7,,\n", "stands there twice"),
        (HEADER, "there is no TPS in it"),
    ],
)
def test_a_wrong_csv_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(OfficialFileError, match="Nothing was imported") as caught:
        read(make_csv(text))
    assert words in caught.value.message


@pytest.mark.parametrize("data", [b"kode_tps,\xff\n", b"kode_tps,suara_01\n" + b"1" * 20_000, b'kode_tps,"a\n'])
def test_what_is_no_csv_is_refused(data: bytes) -> None:
    with pytest.raises(BrokenArchiveError):
        read(Source("a.csv", "sirekap_csv", "csv", data))
