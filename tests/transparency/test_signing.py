"""The receipt key: made once, readable by its owner only, and its signatures check with the public key alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.transparency.signing import KEY_FILE, SigningKeyError, is_signed_by, load_signer

STATEMENT = {"receipt": 1, "sha256": "ab" * 32, "tps": "3171011001001"}


def test_the_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = load_signer(tmp_path / "keys")
    second = load_signer(tmp_path / "keys")

    assert first.public_key == second.public_key
    assert stat.S_IMODE((tmp_path / "keys" / KEY_FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [KEY_FILE]


def test_starting_at_once_gives_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: load_signer(tmp_path / "keys"), range(8)))

    assert len({signer.public_key for signer in signers}) == 1


def test_a_signature_covers_every_word(tmp_path: Path) -> None:
    signer = load_signer(tmp_path)
    signature = signer.sign(STATEMENT)

    assert is_signed_by(signer.public_key, STATEMENT, signature)
    assert is_signed_by(signer.public_key, dict(reversed(STATEMENT.items())), signature)
    assert not is_signed_by(signer.public_key, {**STATEMENT, "tps": "3171011001002"}, signature)
    assert not is_signed_by(load_signer(tmp_path / "other").public_key, STATEMENT, signature)
    assert not is_signed_by(signer.public_key, STATEMENT, "not base64!")


@pytest.mark.parametrize("content", [b"", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_broken_key_file_is_named_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / KEY_FILE
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(SigningKeyError, match=KEY_FILE):
        load_signer(tmp_path)
    assert path.read_bytes() == content


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    load_signer(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)

    with pytest.raises(SigningKeyError, match="chmod 600"):
        load_signer(tmp_path)
