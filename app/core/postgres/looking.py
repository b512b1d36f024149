"""Look at an embedded server from outside, without starting, making or changing anything."""

import json
from dataclasses import dataclass
from pathlib import Path

from app.core.postgres.cluster import MARK
from app.core.postgres.postmaster import READY, find_running
from app.core.postgres.server import address_at


@dataclass(frozen=True)
class Seen:
    """A cluster as it lies there: its data folder, its release ("18"), and its address while it runs."""

    data: Path
    release: str | None
    address: str | None


def look_at(folder: Path) -> Seen | None:
    """Return what is seen of the cluster of `folder`; nothing when there is none yet.

    Raises:
        OSError, ValueError, KeyError: the mark cannot be read.
    """
    mark = folder / MARK
    if not mark.exists():
        return None
    place = Path(json.loads(mark.read_text())["place"])
    version = place / "data" / "PG_VERSION"
    running = find_running(place / "data")
    ready = running is not None and running.status == READY
    return Seen(
        data=place / "data",
        release=version.read_text().strip() if version.is_file() else None,
        address=address_at(running.sockets) if running and ready else None,
    )
