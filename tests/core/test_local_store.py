"""The store in a folder: which names it makes durable, and in what order."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.storage import LocalStore

Synced = Callable[[], list[str]]


@pytest.fixture
def synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Synced:
    """Return a function that tells what was synced since it was asked last: folders by name, files as "data"."""
    seen = list[Path]()
    sync = os.fsync

    def note(descriptor: int) -> None:
        seen.append(Path(f"/proc/self/fd/{descriptor}").resolve())
        sync(descriptor)

    def tell() -> list[str]:
        told = [str(path.relative_to(tmp_path)) if path.is_dir() else "data" for path in seen]
        seen.clear()
        return told

    monkeypatch.setattr(os, "fsync", note)
    return tell


def keep(store: LocalStore, key: str) -> bool:
    return asyncio.run(store.create(key, b"picture"))


def test_every_folder_that_got_a_name_is_synced_and_no_other(tmp_path: Path, synced: Synced) -> None:
    store = LocalStore(tmp_path / "objects")

    assert keep(store, "original/ab/first")
    assert synced() == ["objects/original", "objects", ".", "data", "objects/original/ab"]

    assert keep(store, "original/ab/second")
    assert synced() == ["data", "objects/original/ab"]


def test_a_folder_that_another_process_made_counts_as_unsynced(tmp_path: Path, synced: Synced) -> None:
    (tmp_path / "objects/original/ab").mkdir(parents=True)

    assert keep(LocalStore(tmp_path / "objects"), "original/ab/first")
    assert synced() == ["objects/original", "objects", ".", "data", "objects/original/ab"]


def test_a_picture_that_is_there_is_called_so_only_once_its_name_is_durable(tmp_path: Path, synced: Synced) -> None:
    keep(LocalStore(tmp_path / "objects"), "original/ab/first")
    synced()

    assert not keep(LocalStore(tmp_path / "objects"), "original/ab/first")
    assert synced()[-1] == "objects/original/ab"


def test_a_folder_that_was_removed_is_made_again(tmp_path: Path, synced: Synced) -> None:
    store = LocalStore(tmp_path / "objects")
    keep(store, "original/ab/first")
    shutil.rmtree(tmp_path / "objects/original")
    synced()

    assert keep(store, "original/ab/first")
    assert synced() == ["objects/original", "objects", ".", "data", "objects/original/ab"]
    assert asyncio.run(store.read("original/ab/first")) == b"picture"
