"""What stands in a published file, byte for byte. Pure; docs/publication.md and ``schema/`` describe the shapes.

A file is a *body* and, behind it, when it was written and which file of the region it follows. Bodies are compared: a
region whose body is what it was is not published again. Parts that PostgreSQL has spelled as JSON come as text and are
put in as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

import orjson

from app.pemilu.definition import Contest
from app.publication.volume import Packed, pack_file
from app.tally.counts import TPS_COUNTS

NOTICE = "Bukan hasil resmi. (This is not the official result.)"
CONTEST_NAME = "pemilihan"
"""Name of the file that says what a contest's numbers mean."""


@dataclass(frozen=True, slots=True)
class Located:
    """A published file: its hash, its body's hash, and the volume it lies in."""

    sha256: str
    body_sha256: str
    volume: str

    def as_link(self) -> dict[str, str]:
        """Return what a file says of another."""
        return {"volume": self.volume, "sha256": self.sha256}


@dataclass(frozen=True, slots=True)
class Name:
    """A region by name. ``path``: the codes above it, from the nation down."""

    kode: str
    nama: str
    tingkat: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sums:
    """A row of the tally. ``spelled``: its ``"sums":[...],"counts":{...}``."""

    kode: str
    induk: str | None
    spelled: str


@dataclass(frozen=True)
class Head:
    """What every file of a contest begins with."""

    pemilihan: str
    contest: Located

    def spell(self, name: Name, names: Mapping[str, Name]) -> bytes:
        """Return the beginning of a region's file, up to its sums."""
        head = {
            "schema": "runut/region/1",
            "notice": NOTICE,
            "pemilihan": self.pemilihan,
            "contest": self.contest.as_link(),
            "kode": name.kode,
            "nama": name.nama,
            "tingkat": name.tingkat,
            "path": [{"kode": kode, "nama": names[kode].nama} for kode in name.path],
        }
        return orjson.dumps(head)[:-1] + b","


def spell_contest(contest: Contest) -> bytes:
    """Return the body of the contest's file: fields in the order of every array, choices, sums that should close."""
    return orjson.dumps(
        {
            "schema": "runut/contest/1",
            "notice": NOTICE,
            "pemilihan": contest.kode,
            "nama": contest.nama,
            "pemilu": contest.pemilu,
            "jenis": contest.jenis,
            "wilayah": list(contest.wilayah),
            "form": contest.form_name,
            "fields": list(contest.fields),
            "required_fields": list(contest.required_fields),
            "choices": [
                {"field": one.field, "nomor_urut": one.nomor_urut, "nama": one.nama, "partai": one.partai}
                for one in contest.choices
            ],
            "identities": [
                {"key": one.key, "total": one.total, "terms": list(one.terms)} for one in contest.identities
            ],
            "counts": list(TPS_COUNTS),
        }
    )


def spell_leaf(head: bytes, sums: str, stations: str) -> bytes:
    """Return the body of a kelurahan's file. ``stations``: its TPS, a JSON array."""
    return b"".join((head, sums.encode(), b',"stations":', stations.encode(), b"}"))


def spell_parent(head: bytes, sums: Sums, children: Sequence[tuple[Name, Sums, Located]]) -> bytes:
    """Return the body of the file of a region that holds others; each with its sums, its hash, and where it lies."""
    entries = b",".join(_spell_child(*child) for child in children)
    return b"".join((head, sums.spelled.encode(), b',"children":[', entries, b"]}"))


def _spell_child(name: Name, sums: Sums, file: Located) -> bytes:
    start = orjson.dumps({"kode": name.kode, "nama": name.nama})[:-1]
    return b"".join((start, b",", sums.spelled.encode(), b",", orjson.dumps(file.as_link())[1:]))


def hash_body(body: bytes) -> str:
    """Return the hash by which bodies are compared."""
    return sha256(body).hexdigest()


def finish_file(name: str, body: bytes, *, at: datetime, previous: str | None, quality: int) -> Packed:
    """Put time and predecessor behind a body, and pack it. ``previous``: hash of the file of this name before."""
    end = orjson.dumps({"at": spell_time(at), "previous": previous})[1:]
    return pack_file(name, b"".join((body[:-1], b",", end)), quality)


def spell_time(at: datetime) -> str:
    """Return a moment as ``2024-02-15T08:00:00Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
