"""What people write in a report or an answer: plain text, no markup, no numbers by which a person is found. Pure."""

import re
import unicodedata

from app.core.errors import InvalidInputError

NOTE_MAX = 1000
"""Characters."""

_LINES_MAX = 40
_SEPARATED = re.compile(r"(?<=\d)[ .\-](?=\d)")
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{16}(?!\d)")
"""NIK and family-card numbers have 16 digits; codes of TPS have 13."""
_TELEPHONE = re.compile(r"(?<!\d)(?:\+?62|0)8\d{7,11}(?!\d)")
"""Mobile numbers: 08... or 628...; no code of a TPS begins so (province 62 has no regency 8x)."""
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w")


class PersonalDataError(InvalidInputError):
    """The text holds a number or an address that leads to a person."""

    code = "personal_data"


def clean_note(text: str, *, required: bool) -> str:
    """Return the text as it is kept: outer blanks, control and direction characters gone, line ends as one newline.

    Invisible direction marks could make a reviewer read another order than is written; hence they go.

    Raises:
        InvalidInputError: nothing is left though something is ``required``, or it is too long.
        PersonalDataError: it holds what looks like an identity number, a telephone number or a mail address.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept = "\n".join("".join(one for one in line if _is_kept(one)).rstrip() for line in lines).strip()
    _check_length(kept, required=required)
    _check_personal_data(kept)
    return kept


def _is_kept(character: str) -> bool:
    # Control, direction (format), half and private characters. Tabs are blanks enough to stay.
    return character == "\t" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _check_length(text: str, *, required: bool) -> None:
    if required and not text:
        raise InvalidInputError(
            "Catatannya kosong. (The note is empty.)",
            "Tulis satu kalimat saja tentang apa yang Anda lihat. (Write one sentence about what you saw.)",
            code="empty_note",
        )
    if len(text) > NOTE_MAX or text.count("\n") >= _LINES_MAX:
        raise InvalidInputError(
            f"Catatannya terlalu panjang: {len(text)} huruf. (The note is too long: {len(text)} characters.)",
            f"Paling banyak {NOTE_MAX} huruf dan {_LINES_MAX} baris. "
            f"(At most {NOTE_MAX} characters and {_LINES_MAX} lines.)",
            code="long_note",
        )


def _check_personal_data(text: str) -> None:
    digits = _SEPARATED.sub("", text)
    if _IDENTITY_NUMBER.search(digits) or _TELEPHONE.search(digits) or _MAIL.search(text):
        raise PersonalDataError(
            "Catatan ini tampaknya memuat NIK, nomor telepon, atau alamat surel. "
            "(The note seems to hold an identity number, a telephone number or a mail address.)",
            "Hapus data pribadi itu, lalu kirim lagi. (Take it out, then send again.)",
        )
