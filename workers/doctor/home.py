"""The home folder: may we write there, is there room, are the keys closed."""

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.core.config import Settings
from app.transparency.signing import find_key_file, load_signer
from workers.doctor.finding import Finding, lack, warn, well

GB = 1024**3
FREE_MIN = 1 * GB
FREE_WANTED = 20 * GB
FILES_WANTED = 100_000
OTHERS = stat.S_IRWXG | stat.S_IRWXO

ANOTHER = "or name another folder: RUNUT_HOME=/path/to/folder"


def nearest(folder: Path) -> Path:
    """Return `folder`, or the closest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def check_home(settings: Settings) -> Iterator[Finding]:
    """Look whether the folder for everything can be written to, by writing."""
    place = nearest(settings.home)
    words = f"{settings.home}" + ("" if place == settings.home else " (made at the first start)")
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".runut-doctor-") as trial:
            trial.write(b"?")
            trial.flush()
            os.fsync(trial.fileno())
    except OSError as error:
        yield lack(
            "home folder",
            f"{words}: {error.strerror}",
            why="Photographs, keys and the embedded database are kept there.",
            remedy=f"chown -R {os.geteuid()} {place} (as root), {ANOTHER}",
        )
        return
    yield well("home folder", words)


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Look whether there is room for photographs and for the database."""
    place = nearest(settings.home)
    room = os.statvfs(place)
    free = room.f_bavail * room.f_frsize
    words = f"{free / GB:.1f} GB free for {settings.home}"
    if room.f_files and room.f_favail < FILES_WANTED:
        yield warn(
            "disk",
            f"{room.f_favail} files can still be made",
            why="Every photograph is some files; without inodes none is kept although bytes are free.",
            remedy=f"Free some on that disk (df -i {place}), {ANOTHER}",
        )
    if free < FREE_WANTED:
        say = lack if free < FREE_MIN else warn
        yield say(
            "disk",
            words,
            why="A photograph takes 1 to 5 MB, and its pictures again as much; PostgreSQL stops when the disk is full.",
            remedy=f"Free some (df -h {place}), {ANOTHER}",
        )
    else:
        yield well("disk", words)


def check_keys(settings: Settings) -> Iterator[Finding]:
    """Look whether the key that signs receipts is closed to others and can be used."""
    path = find_key_file(settings)
    if not path.exists():
        if settings.signing_key_file:
            yield lack(
                "signing key",
                f"{path} is not there",
                why="Without it no site starts: receipts of another key would be worth nothing.",
                remedy="Mount the secret there, or unset RUNUT_SIGNING_KEY_FILE to let this site make its own.",
            )
        else:
            yield well("signing key", "made at the first start")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & OTHERS and not settings.signing_key_file:
        yield lack(
            "signing key",
            f"{path} has mode {mode:o}",
            why="Whoever reads it can give receipts in our name.",
            remedy=f"chmod 600 {path}; when strangers could read it, make a new one",
        )
        return
    if settings.signing_key_file is None:
        load_signer(path.parent)
    yield well("signing key", f"{path}, mode {mode:o}")
