"""Why a case was opened and what was done with it, in two languages; neutral: to be checked, never an accusation."""

from app.verification.sentences import Sentence

REASONS: dict[str, Sentence] = {
    "reviewer_disagrees": Sentence(
        "Pembaca dan peninjau tidak sepakat tentang isi foto.",
        "Readers and a reviewer do not agree on what the photograph shows.",
    ),
    "reviewer_cannot_read": Sentence(
        "Peninjau tidak dapat membaca foto ini.", "A reviewer could not read this photograph."
    ),
    "photos_differ": Sentence(
        "Dua foto dari TPS ini menunjukkan angka yang berbeda.",
        "Two photographs of this polling station show different numbers.",
    ),
    "official_differs": Sentence(
        "Angka dari satu pengunggah ini berbeda dari angka resmi.",
        "These numbers, from one uploader, differ from the official ones.",
    ),
    "above_dpt": Sentence(
        "Jumlah suara melebihi yang dapat memilih di TPS ini.",
        "There are more votes than people who could vote at this polling station.",
    ),
    "above_dpt_in_place": Sentence(
        "Jumlah suara melebihi batas pemilih sebuah TPS.",
        "There are more votes than a polling station may have voters.",
    ),
    "unlike_neighbours": Sentence(
        "Pembagian suaranya jauh dari TPS lain di kelurahan yang sama.",
        "The votes are divided quite unlike those of other polling stations of the village.",
    ),
    "few_boxes_differ": Sentence(
        "Dua foto tampak dari kertas yang sama, tetapi beberapa kotak angkanya berbeda.",
        "Two photographs seem to show the same paper, but a few of its boxes differ.",
    ),
    "asked": Sentence("Seorang peninjau minta TPS ini ditinjau.", "A reviewer asked for this to be looked at."),
    "reported": Sentence("Ada laporan dari masyarakat.", "Somebody reported it."),
    "appealed": Sentence("Pengirim keberatan atas penolakan fotonya.", "The sender appeals against a rejection."),
    "reader_objects": Sentence(
        "Pembaca keberatan atas jeda tugasnya.", "A reader objects to the pause of his reading."
    ),
    "many_alike": Sentence("Banyak kiriman tampak sama.", "Many uploads look alike."),
}
EVENTS: dict[str, Sentence] = {
    "opened": Sentence("dibuka", "opened"),
    "again": Sentence("ditemukan lagi", "found again"),
    "assigned": Sentence("diambil", "taken"),
    "released": Sentence("dilepas", "released"),
    "looked": Sentence("gambar dibaca", "picture read"),
    "noted": Sentence("catatan", "note"),
    "proposed": Sentence("angka diusulkan menggantikan", "numbers proposed as an override"),
    "overridden": Sentence("dua peninjau sepakat: angka digantikan", "two reviewers agree: overridden"),
    "taken_back": Sentence("usulan ditarik kembali", "proposal taken back"),
    "undone": Sentence("penggantian dibatalkan", "override undone"),
    "photo_rejected": Sentence("sebuah foto tidak dipakai lagi", "a photograph no longer counts"),
    "photo_restored": Sentence("sebuah foto dipakai kembali", "a photograph counts again"),
    "photo_moved": Sentence("sebuah foto dipindahkan ke TPS lain", "a photograph moved to another polling station"),
    "settled": Sentence("aturan sudah memutuskan", "settled by the rule"),
    "resolved": Sentence("diselesaikan", "resolved"),
    "rejected": Sentence("ditutup tanpa perubahan", "closed without change"),
    "reopened": Sentence("dibuka kembali", "reopened"),
}
UNKNOWN = Sentence("Perlu dicek.", "To be checked.")


def explain_reason(code: str) -> Sentence:
    """Return why a case was opened, in words; a code of another package has the general ones."""
    return REASONS.get(code, UNKNOWN)
