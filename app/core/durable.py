"""Files and names that outlive a power cut. A file's name is kept by its folder, which has to be synced for itself."""

import os
import tempfile
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path, mode: int = 0o777) -> None:
    """Make ``folder`` and those above it that are missing, durably; ``mode`` is for ``folder`` alone, when new."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(mode=mode, parents=True, exist_ok=True)
    for made in missing:
        sync_folder(made.parent)


def replace_file(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write ``path`` whole or not at all, durably; with the usual ``mode`` closed to others from its first byte on."""
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)
    sync_folder(path.parent)
