"""What people write: plain, short, without numbers that lead to a person."""

import pytest

from app.core.errors import InvalidInputError
from app.lapor.note import NOTE_MAX, PersonalDataError, clean_note


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  Papan kosong.\r\nTidak ada formulir.  ", "Papan kosong.\nTidak ada formulir."),
        ("<b>tebal</b> & 'kutip'", "<b>tebal</b> & 'kutip'"),
        ("kode 3173011005001, halaman 2", "kode 3173011005001, halaman 2"),
        ("a\u202eb\u200bc\x00d\x07", "abcd"),
        ("", ""),
    ],
)
def test_text_is_kept_as_written_but_for_what_cannot_be_seen(written: str, kept: str) -> None:
    assert clean_note(written, required=False) == kept


@pytest.mark.parametrize(
    "written",
    [
        "NIK saya 3173011005010001",
        "3173 0110 0501 0001",
        "hubungi 0812-3456-7890",
        "+62 812 3456 7890",
        "tulis ke budi@contoh.id",
    ],
)
def test_what_leads_to_a_person_is_refused_with_what_to_do(written: str) -> None:
    with pytest.raises(PersonalDataError, match="Hapus data pribadi"):
        clean_note(written, required=False)


def test_too_long_and_empty_are_refused() -> None:
    assert clean_note("x" * NOTE_MAX, required=True) == "x" * NOTE_MAX
    with pytest.raises(InvalidInputError, match=str(NOTE_MAX + 1)):
        clean_note("x" * (NOTE_MAX + 1), required=True)
    with pytest.raises(InvalidInputError):
        clean_note("a\n" * 41 + "a", required=True)
    with pytest.raises(InvalidInputError, match="kosong"):
        clean_note(" \u200b\n ", required=True)
