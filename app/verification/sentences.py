"""The rule's own words: each code of a decision or a question as a sentence, Indonesian first."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """One thing in two languages."""

    id: str
    en: str


SENTENCES: Mapping[str, Sentence] = {
    # why a reading is asked for
    "sure": Sentence(
        "Mesin yakin dan jumlahnya cocok: satu orang memastikan.",
        "The machine is sure and the sums close: one person confirms.",
    ),
    "drawn_blind": Sentence(
        "Terpilih acak untuk dibaca tanpa melihat angka mesin.",
        "Drawn at random to be read without seeing the machine's numbers.",
    ),
    "not_sure": Sentence("Mesin tidak cukup yakin.", "The machine is not sure enough."),
    "sums_open": Sentence(
        "Jumlah pada formulir tidak cocok menurut mesin.", "The form's sums do not close as the machine reads them."
    ),
    "page_without_sum": Sentence(
        "Belum ada halaman yang memuat jumlahnya.", "The page with the sums is not there (yet)."
    ),
    "mixed_forms": Sentence(
        "Foto dari formulir yang berbeda saling melengkapi: dibaca tanpa melihat angka mesin.",
        "Photos of different forms complete one another: read without seeing the machine's numbers.",
    ),
    "too_few": Sentence("Belum cukup pembaca yang sepakat.", "Too few readers agree so far."),
    "differing": Sentence("Bacaan berbeda: seorang pembaca baru diminta.", "Readings differ: a new person is asked."),
    "still_differing": Sentence(
        "Bacaan tetap berbeda: seorang peninjau diminta.", "Readings still differ: a reviewer is asked."
    ),
    "unreadable": Sentence(
        "Ada angka yang tidak terbaca oleh pembaca: seorang peninjau diminta.",
        "A reader could not tell a number: a reviewer is asked.",
    ),
    "skipped": Sentence(
        "Beberapa orang tidak dapat membaca fotonya: seorang peninjau diminta.",
        "Several people could not read the photo: a reviewer is asked.",
    ),
    "paper": Sentence(
        "Jumlah di kertas tidak cocok; diterima sebagaimana tertulis setelah dua orang membacanya sama.",
        "The paper's own sums do not close; taken as written once two people have read it so.",
    ),
    "paper_or_misread": Sentence(
        "Jumlah di kertas tidak cocok, tetapi cocok dengan angka yang dibaca pembaca lain: dilihat sekali lagi.",
        "The paper's sums do not close, but would with a number that somebody else read: it is looked at once more.",
    ),
    "copy_differs": Sentence(
        "Foto lain dari halaman yang sama tampak berbeda dan dibaca dahulu.",
        "Another photo of the same page looks different and is read first.",
    ),
    "newcomers_alone": Sentence(
        "Ada foto dari pengunggah lain, dan angka ini baru dibaca oleh akun-akun baru: dibaca sekali lagi.",
        "Somebody else sent a photo too, and only new accounts have read this number so far: it is read once more.",
    ),
    "page_missing": Sentence("Menunggu foto halaman yang memuat suara.", "Waiting for a photo of the page with votes."),
    # why it was accepted
    "by_confirmation": Sentence(
        "Mesin yakin, jumlahnya cocok, dan satu orang memastikannya.",
        "The machine was sure, the sums closed, and a person confirmed.",
    ),
    "by_blind_person": Sentence(
        "Mesin dan satu orang, yang tidak melihat angka mesin, membaca sama.",
        "The machine and a person who did not see its numbers read the same.",
    ),
    "by_blind_people": Sentence(
        "Beberapa orang membaca sendiri-sendiri dan sepakat.", "Several people read by themselves and agree."
    ),
    "incomplete": Sentence(
        "Halaman dengan jumlahnya belum ada; suara dibaca tanpa jumlah.",
        "The page with the sums is missing; the votes were read without them.",
    ),
    "reviewed": Sentence("Seorang peninjau memutuskan.", "A reviewer decided."),
    "by_override": Sentence(
        "Dua peninjau, masing-masing melihat gambarnya dahulu, menyatakan angka yang sama dengan alasan tertulis.",
        "Two reviewers, each of whom saw the picture first, state the same numbers and give their reasons.",
    ),
    "copies_agree": Sentence("Foto dari dua pengunggah sama.", "Photos of two uploaders agree."),
    # why it is disputed
    "photos_differ": Sentence(
        "Dua foto dari halaman yang sama menunjukkan angka berbeda.",
        "Two photos of the same page show different numbers.",
    ),
    "reviewer_disagrees": Sentence(
        "Peninjau tidak sepakat dengan pembaca lain, atau tidak dapat membacanya.",
        "The reviewer agrees with no other reader, or could not tell.",
    ),
    "others_cannot_read": Sentence(
        "Seorang peninjau membacanya, tetapi pembaca lain tidak dapat.", "A reviewer could read it, nobody else could."
    ),
    "reviewer_cannot_read": Sentence(
        "Peninjau pun tidak dapat membaca fotonya.", "Not even the reviewer could read the photo."
    ),
}


def explain(code: str) -> Sentence:
    """Return the sentence of ``code``.

    Raises:
        KeyError: the rule says something that nobody has put into words (a test sees to it that this cannot be).
    """
    return SENTENCES[code]
