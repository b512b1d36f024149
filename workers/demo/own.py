"""The demonstration with one's own photographs: uploaded, read by machine, and left open to be checked by hand."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from app.core.errors import InvalidInputError
from workers.demo.night import PAUSE, sign_in_all
from workers.demo.people import Habits, Volunteer
from workers.demo.run import Ground
from workers.demo.stage import CONTEST

PICTURES = (".jpg", ".jpeg", ".png", ".webp")
NAME = re.compile(r"^(?P<tps>\d{13})-.+$")


@dataclass(frozen=True)
class OwnPhoto:
    """A photograph of the user's: its file and the TPS that the file's name gives."""

    path: Path
    tps_kode: str


def find_photos(folder: Path) -> tuple[OwnPhoto, ...]:
    """Return the photographs of a folder.

    Raises:
        InvalidInputError: no such folder, nothing in it, or a name that does not begin with a TPS code.
    """
    remedy = "Name each file TPS code (13 digits), dash, page: 3404072003001-hal2.jpg"
    if not folder.is_dir():
        raise InvalidInputError(f"{folder} is no folder.", "Give the folder that holds your photographs.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)
    if not paths:
        raise InvalidInputError(f"{folder} holds no photographs ({', '.join(PICTURES)}).", remedy)
    wrong = [path.name for path in paths if not NAME.match(path.stem)]
    if wrong:
        raise InvalidInputError(f"{len(wrong)} names give no TPS, the first is {wrong[0]}.", remedy)
    return tuple(OwnPhoto(path, path.name[:13]) for path in paths)


async def upload_photos(ground: Ground, photos: Sequence[OwnPhoto], say: Callable[[str], None]) -> dict[str, Any]:
    """Upload as one volunteer, wait until the machine has looked at everything, and return what became of it."""
    started = time.monotonic()
    async with sign_in_all(ground.addresses, ground.logins[:1], Habits(), 0) as people:
        for number, photo in enumerate(photos, start=1):
            data = await asyncio.to_thread(photo.path.read_bytes)
            await people[0].upload(CONTEST, photo.tps_kode, photo.path.name, data)
            say(f"uploaded {number}/{len(photos)}: {photo.path.name}")
        seen = await _wait_until_read(people[0])
    return {
        "photos": len(photos),
        "seconds": round(time.monotonic() - started, 1),
        "read": sum(one["state"] == "read" for one in seen),
        "looked_at": [
            {name: one[name] for name in ("tps_kode", "page", "state", "state_code", "state_reason", "sha256")}
            for one in seen
        ],
    }


async def _wait_until_read(person: Volunteer) -> list[dict[str, Any]]:
    while True:
        photos = await person.my_photos()
        if all(photo["state"] != "received" for photo in photos):
            return list(reversed(photos))
        await asyncio.sleep(PAUSE)


def print_outcome(console: Console, outcome: dict[str, Any]) -> None:
    """Print what the machine made of each photograph. Its numbers stay hidden until people have read them too."""
    table = Table(title=f"{outcome['read']} of {outcome['photos']} photographs read", title_justify="left")
    for column in ("TPS", "page", "state", "why"):
        table.add_column(column)
    for one in outcome["looked_at"]:
        page = "–" if one["page"] is None else str(one["page"])
        table.add_row(one["tps_kode"], page, one["state"], one["state_reason"] or "")
    console.print(table)
    console.print("Sign in as relawan2 (not relawan1, who uploaded them) and read them under Periksa.")
