"""Receipts are signed with a key of this installation (Ed25519, RFC 8032), so that nobody can deny having given one.

The key file is made on first use, readable by its owner only. Sites on several machines must share it: RUNUT_HOME on a
shared disk, or one secret given to all by RUNUT_SIGNING_KEY_FILE, which is read and never made. A site with another key
is refused (app.transparency.key_record). Lose it and old receipts stay checkable, but no new one bears the same name.
"""

import base64
import contextlib
import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from app.core.config import Settings
from app.core.durable import make_folder, sync_folder
from app.core.errors import RunutError
from app.transparency.canonical import canonical_json

KEY_FILE = "receipt.pem"
_ALL_OTHERS = 0o077
_STRANGERS = 0o037
"""A mounted secret is often root's and readable by the group of the service (Kubernetes with fsGroup): that may be."""


class SigningKeyError(RunutError):
    """The key file cannot be used; the message says why and what to do."""

    status: ClassVar[int] = 503
    code: ClassVar[str] = "signing_key"


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


def find_key_file(settings: Settings) -> Path:
    """Return where this installation's key lies, or will lie after the site's first start."""
    return settings.signing_key_file or settings.home / "keys" / KEY_FILE


def open_signer(settings: Settings) -> Signer:
    """Return this installation's signer; see :func:`load_signer`.

    Raises:
        SigningKeyError: the key that RUNUT_SIGNING_KEY_FILE names is missing, no Ed25519 key, or open to strangers.
    """
    path = settings.signing_key_file
    if path is None:
        return load_signer(settings.home / "keys")
    if not path.is_file():
        raise SigningKeyError(
            f"RUNUT_SIGNING_KEY_FILE names {path}, and there is no such file.",
            "Make one with `./runut key make FILE`, or copy the one of the other sites.",
        )
    return _make_signer(_read_key(path, closed_to=_STRANGERS))


def make_key_file(path: Path) -> Signer:
    """Make a new key at ``path``, readable by its owner only; return its signer.

    Raises:
        SigningKeyError: something lies there already; it stays as it is.
    """
    if path.exists():
        raise SigningKeyError(f"{path} exists already and was left as it is.", "Name a new file.")
    make_folder(path.parent, 0o700)
    _make_key(path)
    return _make_signer(_read_key(path, closed_to=_ALL_OTHERS))


def load_signer(folder: Path) -> Signer:
    """Return the signer whose key lies in ``folder``; key and folder are made when missing.

    Raises:
        SigningKeyError: the file is no Ed25519 key or is open to others.
    """
    make_folder(folder, 0o700)
    path = folder / KEY_FILE
    if not path.exists():
        _make_key(path)
    # Also for a key that is there: who made it, and its folder, may be between that and the sync.
    sync_folder(folder)
    sync_folder(folder.parent)
    return _make_signer(_read_key(path, closed_to=_ALL_OTHERS))


def _make_signer(key: Ed25519PrivateKey) -> Signer:
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
    """Make a key whose bytes and name are on the disk: a power cut must not take it after receipts were signed."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # mkstemp's files are 0600 from the first moment on.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        # link, not rename: of two processes starting at once the second takes the first one's key.
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()
    sync_folder(path.parent)


def _read_key(path: Path, *, closed_to: int) -> Ed25519PrivateKey:
    if path.stat().st_mode & closed_to:
        raise SigningKeyError(
            f"Other users may read {path}.", f"Run `chmod 600 {path}`, and change the key if somebody did."
        )
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:  # TypeError: it is encrypted
        raise SigningKeyError(
            f"{path} is no key that can be used ({error}).", "Restore it from a backup or move it away."
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyError(
            f"{path} holds a key of another kind than Ed25519.", "Restore the right one or move it away."
        )
    return key
