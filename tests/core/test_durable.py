"""What must outlive a power cut beside the objects: the key behind the receipts, and the mark of a restore."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.transparency.signing import KEY_FILE, load_signer, make_key_file
from workers.restore_mark import MARK, begin_restore, end_restore, find_begun

Synced = Callable[[], list[tuple[str, list[str]]]]


@pytest.fixture
def synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Synced:
    """Return a function that tells what was synced since: folders with the names they held then, files as "data"."""
    seen: list[tuple[str, list[str]]] = []
    sync = os.fsync

    def note(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").resolve()
        names = [one.name for one in path.iterdir() if not one.name.startswith(".")] if path.is_dir() else []
        seen.append((str(path.relative_to(tmp_path)) if path.is_dir() else "data", names))
        sync(descriptor)

    def tell() -> list[tuple[str, list[str]]]:
        told = seen.copy()
        seen.clear()
        return told

    monkeypatch.setattr(os, "fsync", note)
    return tell


def test_no_receipt_is_signed_before_the_key_and_its_folders_are_durable(tmp_path: Path, synced: Synced) -> None:
    load_signer(tmp_path / "home" / "keys")
    told = synced()
    assert told.index(("data", [])) < told.index(("home/keys", [KEY_FILE]))
    assert ("home", ["keys"]) in told
    assert (".", ["home"]) in told

    load_signer(tmp_path / "home" / "keys")
    assert ("home/keys", [KEY_FILE]) in synced(), "another process may have made it and not synced it yet"


def test_a_key_that_is_made_for_several_sites_is_durable(tmp_path: Path, synced: Synced) -> None:
    make_key_file(tmp_path / "own.pem")
    assert synced() == [("data", []), (".", ["own.pem"])]


def test_the_mark_of_a_restore_is_whole_and_durable_before_anything_else(tmp_path: Path, synced: Synced) -> None:
    home = tmp_path / "home"
    begin_restore(home, tmp_path / "kept" / "20240214-190500Z")
    assert synced() == [(".", ["home"]), ("data", []), ("home", [MARK])]
    assert find_begun(home) == "20240214-190500Z"

    end_restore(home)
    assert synced() == [("home", [])]
    assert find_begun(home) is None
