"""Receipts are signed with a key of this installation (Ed25519, RFC 8032), so that nobody can deny having given one.

The key file is made on first use, readable by its owner only. API processes on several machines must share it; lose it
and old receipts stay checkable with the public key, but no new one bears the same name.
"""

import base64
import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.transparency.canonical import canonical_json

KEY_FILE = "receipt.pem"
_OTHERS = 0o077


class SigningKeyError(RuntimeError):
    """The key file cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Signer:
    """Signs canonical JSON. ``key_id`` is the first 16 hexadecimal digits of the public key's SHA-256."""

    key: Ed25519PrivateKey
    key_id: str
    public_key: str
    """The 32 bytes of the public key in base64."""

    def sign(self, payload: dict[str, Any]) -> str:
        """Return the signature over ``canonical_json(payload)``: 64 bytes in base64."""
        return base64.b64encode(self.key.sign(canonical_json(payload))).decode("ascii")


def load_signer(folder: Path) -> Signer:
    """Return the signer whose key lies in ``folder``; key and folder are made when missing.

    Raises:
        SigningKeyError: the file is no Ed25519 key or is open to others.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / KEY_FILE
    if not path.exists():
        _make_key(path)
    key = _read_key(path)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(key=key, key_id=sha256(raw).hexdigest()[:16], public_key=base64.b64encode(raw).decode("ascii"))


def is_signed_by(public_key: str, payload: dict[str, Any], signature: str) -> bool:
    """Tell whether ``signature`` over ``payload`` was made by the owner of ``public_key`` (both base64)."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), canonical_json(payload))
    except (InvalidSignature, ValueError):
        return False
    return True


def _make_key(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # mkstemp's files are 0600 from the first moment on.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        # link, not rename: of two processes starting at once the second takes the first one's key.
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        Path(temporary).unlink()


def _read_key(path: Path) -> Ed25519PrivateKey:
    if path.stat().st_mode & _OTHERS:
        message = f"Other users may read {path}: run `chmod 600 {path}`, and change the key if somebody did."
        raise SigningKeyError(message)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        message = f"{path} is no key ({error}): restore it from a backup or move it away."
        raise SigningKeyError(message) from error
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{path} holds a key of another kind than Ed25519: restore the right one or move it away."
        raise SigningKeyError(message)
    return key
