"""Why a photograph is not read: a code for programs and a sentence for people, in Indonesian and English.

Uncertainty is a value in a reading; a refusal says that there is nothing to be uncertain about. The sentences say what
was wrong and what to do, and never whose fault it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Sentence:
    """One message in the two languages of the pages."""

    id: str
    en: str


SENTENCES: Mapping[str, Sentence] = MappingProxyType(
    {
        "not_an_image": Sentence(
            "Berkas ini bukan foto atau pindaian. Kirim foto JPEG, HEIC, PNG, WebP, TIFF, atau pindaian PDF.",
            "This file is no photograph or scan. Send a JPEG, HEIC, PNG, WebP or TIFF picture, or a scan as PDF.",
        ),
        "unsupported_format": Sentence(
            "Format gambar ini belum dapat dibaca. Simpan sebagai JPEG, lalu kirim lagi.",
            "This kind of picture cannot be read. Save it as JPEG and send it again.",
        ),
        "too_large": Sentence(
            "Gambar terlalu besar. Paling besar 40 MB; JPEG 100 megapiksel, HEIC 50, format lain 40.",
            "The picture is too large. At most 40 MB; JPEG 100 megapixels, HEIC 50, other formats 40.",
        ),
        "too_small": Sentence(
            "Gambar terlalu kecil untuk dibaca. Kirim foto asli, sisi terpanjang paling sedikit 800 piksel.",
            "The picture is too small to be read. Send the original photograph, 800 pixels long or more.",
        ),
        "truncated": Sentence(
            "Berkas foto tidak utuh; pengiriman mungkin terputus. Kirim foto aslinya lagi.",
            "The file is incomplete; the transfer may have been cut off. Send the original photograph again.",
        ),
        "encrypted": Sentence(
            "Dokumen ini terkunci dengan kata sandi. Simpan salinan tanpa kata sandi, atau kirim fotonya.",
            "This document is locked with a password. Save a copy without one, or send photographs.",
        ),
        "too_many_pages": Sentence(
            "Dokumen ini lebih dari 30 halaman. Kirim formulir satu TPS saja, atau bagi dokumennya.",
            "This document has more than 30 pages. Send the form of one TPS only, or divide the document.",
        ),
        "too_complex": Sentence(
            "Halaman ini terlalu rumit untuk digambar. Cetak halaman itu di kertas lalu foto, atau kirim fotonya saja.",
            "This page is too complicated to be drawn. Print it on paper and photograph it, or send photographs.",
        ),
        "no_page_tag": Sentence(
            "Tanda halaman (kotak hitam-putih di kanan atas) tidak terlihat. Foto seluruh halaman, lurus dan terang.",
            "The page tag (black and white square, top right) was not seen. Photograph the whole page, well lit.",
        ),
        "unknown_form": Sentence(
            "Tanda atau judul halaman ini bukan milik formulir yang dikenal. Periksa apakah ini C.HASIL yang dihitung.",
            "This page's tag or title belongs to no form that is installed. Check that this is the form being counted.",
        ),
        "title_not_read": Sentence(
            "Judul formulir tidak terbaca, jadi jenis formulirnya belum pasti. Foto seluruh halaman lebih dekat.",
            "The form's printed title could not be read, so its kind is not certain. Photograph it from closer by.",
        ),
        "page_not_read": Sentence(
            "Halaman ini dikenali, tetapi belum dibaca mesin. Foto tetap disimpan.",
            "This page is recognised but is not read by machine yet. The photograph is kept.",
        ),
        "markers_missing": Sentence(
            "Tanda hitam di sudut halaman tidak lengkap. Foto seluruh halaman dengan keempat sudutnya.",
            "The black marks in the corners are not all visible. Photograph the whole page with its four corners.",
        ),
        "registration_failed": Sentence(
            "Kotak angka tidak ditemukan di tempatnya. Singkirkan tangan, benda, dan pantulan cahaya dari halaman, "
            "ratakan kertas, lalu foto lagi dari depan.",
            "The digit boxes were not found in their places. Take hands, things and reflections off the page, "
            "flatten the paper and photograph it from the front.",
        ),
        "boxes_displaced": Sentence(
            "Kotak angka tercetak di tempat yang salah: kertas terlipat, foto sambungan, atau formulir lain. "
            "Buka lipatan, ratakan kertas, lalu foto sekali dari depan.",
            "The digit boxes stand elsewhere than they should: folded paper, a joined picture or another form. "
            "Unfold and flatten the paper and take one photograph from the front.",
        ),
        "half_page": Sentence(
            "Sebagian halaman tidak masuk foto. Mundur sampai keempat sudutnya terlihat, lalu foto lagi.",
            "Part of the page is outside the picture. Step back until all four corners are seen.",
        ),
        "mirrored": Sentence(
            "Foto ini terbalik kiri-kanan seperti cermin. Matikan mode cermin atau pakai kamera belakang.",
            "This photograph is mirrored, left and right exchanged. Turn mirroring off or use the back camera.",
        ),
        "too_blurred": Sentence(
            "Foto terlalu buram untuk dibaca. Pegang ponsel dengan tenang dan foto lagi dari lebih dekat.",
            "The photograph is too blurred to be read. Hold the phone still and take it again from closer by.",
        ),
        "reader_crashed": Sentence(
            "Berkas ini menghentikan pembaca atau terlalu lama dibaca. Simpan ulang sebagai JPEG, lalu coba lagi.",
            "This file stopped the reader or took it too long. Save it anew as JPEG and try again.",
        ),
        "two_pages": Sentence(
            "Ada dua halaman dalam satu foto. Foto satu halaman saja.",
            "There are two pages in one photograph. Photograph one page at a time.",
        ),
    }
)


class Refused(Exception):  # noqa: N818  a refusal is an answer, not an error of the program
    """The photograph cannot be read.

    `code` is a key of `SENTENCES`; `detail` says what was seen, for the log. `form` and `page` are given when they are
    known all the same, so that a photograph of page 1 can be filed under page 1.
    """

    def __init__(self, code: str, detail: str, *, form: str | None = None, page: int | None = None) -> None:
        super().__init__(f"{code}: {detail}. {SENTENCES[code].en}")
        self.code = code
        self.detail = detail
        self.form = form
        self.page = page
