"""The mark of a restore that has not come to its end: while it lies in a home, nothing works on that home."""

import json
from pathlib import Path

from app.core.errors import ConflictError

MARK = "restoring.json"


def begin_restore(home: Path, backup: Path) -> None:
    """Write the mark, before anything else is."""
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).write_text(json.dumps({"backup": backup.name, "from": str(backup)}), "utf-8")


def find_begun(home: Path) -> str | None:
    """Return the name of the backup whose restore into this home was begun and not completed."""
    try:
        return str(json.loads((home / MARK).read_text("utf-8"))["backup"])
    except FileNotFoundError:
        return None
    except (ValueError, KeyError):  # cut off while the mark itself was written: nothing else was yet
        return "an unknown backup"


def end_restore(home: Path) -> None:
    """Take the mark away: the restore is complete."""
    (home / MARK).unlink()


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
