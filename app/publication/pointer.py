"""The pointer: the one small file of a contest that changes. It names the root of the tree and so everything in it.

Each region's file names the hash of every file below it; whoever holds a pointer can tell whether any file that he is
given belongs to it. The signature is made with the installation's receipt key over the canonical JSON (RFC 8785) of all
the rest, so that nobody can deny having published a root.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from app.pemilu.definition import Contest
from app.publication.files import NOTICE, Located, spell_time
from app.transparency.signing import Signer, is_signed_by
from app.wilayah.codes import NATION


@dataclass(frozen=True)
class Edition:
    """One publication of a contest: what its pointer says, before it is signed."""

    serial: int
    version: int
    at: datetime
    root: Located
    contest: Located
    previous: str | None
    """SHA-256 of the pointer before; null for the first."""

    def as_fact(self, contest: Contest) -> dict[str, Any]:
        """Return what the log says of it."""
        return {
            "contest": contest.kode,
            "serial": self.serial,
            "version": self.version,
            "at": spell_time(self.at),
            "root": self.root.as_link(),
            "previous": self.previous,
        }


def sign_pointer(edition: Edition, contest: Contest, *, log_entry: int, signer: Signer) -> str:
    """Return the pointer's text."""
    said = {
        "schema": "runut/pointer/1",
        "notice": NOTICE,
        "pemilihan": contest.kode,
        "nama": contest.nama,
        "serial": edition.serial,
        "version": edition.version,
        "at": spell_time(edition.at),
        "root": {"kode": NATION, **edition.root.as_link()},
        "contest": edition.contest.as_link(),
        "previous": edition.previous,
        "log_entry": log_entry,
        "key_id": signer.key_id,
    }
    return orjson.dumps({**said, "signature": signer.sign(said)}).decode()


def is_genuine(pointer: str | bytes, public_key: str) -> bool:
    """Tell whether a pointer was signed by the owner of ``public_key`` (base64)."""
    said = orjson.loads(pointer)
    signature = said.pop("signature", "")
    return is_signed_by(public_key, said, signature)


def hash_pointer(pointer: str) -> str:
    """Return what the next pointer calls this one by."""
    return sha256(pointer.encode()).hexdigest()
