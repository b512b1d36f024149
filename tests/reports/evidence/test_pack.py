"""A pack put together from facts alone: bytes, sums, manifest, paper."""

import hashlib
import io
import json
import re
import time
import zipfile
from dataclasses import replace

import pypdfium2
import pytest

from app.intake.object_keys import crop_key
from app.reports.evidence.archive import make_pack
from app.reports.evidence.contents import Pack
from app.reports.evidence.deadlines import list_deadlines
from app.reports.evidence.facts import PackFacts
from app.transparency.signing import Signer, is_signed_by, load_signer
from tests.reports.evidence.made_up import make_facts, make_pictures, with_news

SITE = "https://runut.example"


def pack_of(facts: PackFacts, signer: Signer | None = None) -> Pack:
    return make_pack(facts, make_pictures(facts), site=SITE, signer=signer)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return pack_of(make_facts(tps=2))


@pytest.fixture(scope="module")
def files(pack: Pack) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_state_gives_the_same_bytes_and_another_state_others(pack: Pack) -> None:
    time.sleep(1.1)  # the library would write the present second into the metadata
    facts = make_facts(tps=2)
    assert pack_of(facts).data == pack.data
    later = with_news(facts)
    assert later.state_sha256 != facts.state_sha256
    assert pack_of(later).sha256 != pack.sha256


def test_sums_and_manifest_name_every_file(files: dict[str, bytes]) -> None:
    lines = [line.split("  ") for line in files["SHA256SUMS"].decode().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "SHA256SUMS"}
    manifest = json.loads(files["manifest.json"])
    named = {one["path"]: one["sha256"] for one in manifest["files"]}
    assert named == {name: sums[name] for name in sums if name != "manifest.json"}
    assert manifest["missing_pictures"] == []
    assert manifest["tps"] == ["1101012001001", "1101012001002"]


def test_the_paper_is_pdf_a_2b(files: dict[str, bytes]) -> None:
    """No validator ships as a package; what the standard asks of such a file is looked at one by one."""
    pdf = files["berkas-bukti.pdf"]
    assert re.match(rb"%PDF-1\.[4-7]\n%[\x80-\xff]{4}", pdf)
    xmp = pdf[pdf.index(b"<?xpacket begin") : pdf.index(b"<?xpacket end")].decode()
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>" in xmp
    assert 'xmp:ModifyDate="2024-02-15T07:00:00+00:00"' in xmp
    assert b"/GTS_PDFA1" in pdf
    assert b"/DestOutputProfile" in pdf
    trailer = pdf[pdf.rindex(b"trailer") :]
    assert re.search(rb"/ID \[?<[0-9A-F]{32}><[0-9A-F]{32}>", trailer)
    assert b"/Encrypt" not in trailer
    for forbidden in (b"/JavaScript", b"/Launch", b"/SMask", b"/LZWDecode", b"/AA ", b"/XFA", b"/Interpolate true"):
        assert forbidden not in pdf, forbidden
    descriptors = pdf.count(b"/Type /FontDescriptor")
    assert descriptors == 2
    assert pdf.count(b"/FontFile2") == descriptors, "a font is not inside"
    assert b"/BaseFont /Helvetica" not in pdf


def test_the_paper_says_what_is_known(files: dict[str, bytes]) -> None:
    document = pypdfium2.PdfDocument(files["berkas-bukti.pdf"])
    pages = [page.get_textpage().get_text_bounded() for page in document]
    words = " ".join(" ".join(pages).split())
    for wanted in (
        "Bukan hasil resmi",
        "1101012001001",
        "+600",
        "874",
        "sirekap-2.tar.gz",
        "sirekap ?.tar.gz",  # what the fonts lack is a question mark, never a hole
        "UU 7/2017 Pasal 454 ayat (6)",
        "Pasal 475 ayat (1)",
        "pembaca 17, memeriksa angka",
        "peluang salah baca 3.0e-05",
        f"Halaman {len(pages)} / {len(pages)}",
    ):
        assert wanted in words, wanted
    document.close()


def test_a_picture_that_is_gone_is_named_and_not_drawn() -> None:
    facts = make_facts()
    pictures = make_pictures(facts)
    del pictures[crop_key(1, "suara_02")]
    made = make_pack(facts, pictures, site=SITE, signer=None)
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["missing_pictures"] == ["tps/1101012001001/angka/suara_02.jpg"]


def test_receipts_are_signed_with_the_installations_key(tmp_path_factory: pytest.TempPathFactory) -> None:
    signer = load_signer(tmp_path_factory.mktemp("key") / "keys")
    made = pack_of(replace(make_facts(), receipt_key=signer.public_key), signer)
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        (receipt,) = json.loads(archive.read("tps/1101012001001.json"))["receipts"]
    assert is_signed_by(signer.public_key, receipt["statement"], receipt["signature"])


def test_each_kind_of_contest_has_its_own_court_deadline() -> None:
    assert [one.source for one in list_deadlines("ppwp")][1] == "UU 7/2017 Pasal 475 ayat (1)"
    assert [one.source for one in list_deadlines("dpr")][1] == "UU 7/2017 Pasal 474 ayat (2)"
    assert "10/2016" in list_deadlines("bupati")[0].source
