"""How facts are spelled on paper: numbers and times as on the site, states and ways of reading in plain words."""

from datetime import datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")

STATES = {"waiting": "menunggu", "accepted": "diterima", "disputed": "perlu dicek"}
OUTCOMES = {"accept": "diterima", "dispute": "perlu dicek", None: "belum diputuskan"}
STANDING = {"current": "berlaku", "superseded": "diganti", "withdrawn": "ditarik"}
SOURCES = {
    "one_uploader": "satu pengunggah (one uploader)",
    "two_uploaders": "dua pengunggah yang tidak terkait (two unlinked uploaders)",
    "official_photo": "cocok dengan foto resmi (agrees with the authority's photograph)",
    None: "–",
}
MODES = {
    "blind": "dari kotak kosong",
    "confirm": "memeriksa angka mesin",
    "review": "sebagai peninjau",
}
CLOSED = {
    "official_changed": "angka resmi berubah",
    "official_withdrawn": "angka resmi ditarik",
    "result_changed": "hasil di sini berubah",
    "result_withdrawn": "hasil di sini ditarik",
    "rules_changed": "aturan pembanding berubah",
}


def say_number(value: int | None) -> str:
    """Return 1234567 as ``1.234.567``; unknown as an en dash."""
    return "–" if value is None else f"{value:,}".replace(",", ".")


def say_gap(value: int) -> str:
    """Return a difference with its sign."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{say_number(abs(value))}"


def say_time(value: datetime | None) -> str:
    """Return a time as ``14-02-2024 20.56 WIB``."""
    return "–" if value is None else value.astimezone(WIB).strftime("%d-%m-%Y %H.%M WIB")


def say_reader(reader: str) -> str:
    """Return who read: the machine, or a person by number."""
    return "mesin" if reader == "machine" else f"pembaca {reader.rpartition('/')[2]}"


def say_reading(reader: str, mode: str) -> str:
    """Return who read and how: the machine, or a person by number with his way of reading."""
    return say_reader(reader) if mode == "machine" else f"{say_reader(reader)}, {MODES[mode]}"


def say_entry(number: int | None) -> str:
    """Return the number of a log entry."""
    return "–" if number is None else f"catatan {number}"
