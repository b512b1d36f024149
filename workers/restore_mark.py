"""The mark of a restore that has not come to its end: while it lies in a home, nothing works on that home."""

import json
from pathlib import Path

from app.core.durable import make_folder, replace_file, sync_folder
from app.core.errors import ConflictError

MARK = "restoring.json"


def begin_restore(home: Path, backup: Path) -> None:
    """Write the mark durably, before anything else is: what a power cut leaves half restored must not look whole."""
    make_folder(home)
    replace_file(home / MARK, json.dumps({"backup": backup.name, "from": str(backup)}).encode(), mode=0o644)


def find_begun(home: Path) -> str | None:
    """Return the name of the backup whose restore into this home was begun and not completed."""
    try:
        return str(json.loads((home / MARK).read_text("utf-8"))["backup"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError):  # written by hand, or damaged: whatever it says, the restore was not completed
        return "an unknown backup"


def end_restore(home: Path) -> None:
    """Take the mark away, durably: the restore is complete, and must not be called for again."""
    (home / MARK).unlink()
    sync_folder(home)


def require_whole(home: Path) -> None:
    """Let only a home through in which no restore was cut off.

    Raises:
        ConflictError: one was, and it has to be finished first.
    """
    if (begun := find_begun(home)) is not None:
        raise ConflictError(
            f"In {home} a restore of {begun} was cut off; what is there may be incomplete.",
            "Start it again:  ./runut restore FOLDER",
        )
