"""The packages beside the list they were locked to."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.core.config import PROJECT, Settings
from workers.doctor.finding import Finding, lack, warn, well

LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)(?P<marker>\s*;)?", re.MULTILINE)
ANEW = "rm -r .venv && ./runut --version"
SHOWN = 6


def check_packages(_settings: Settings, locked: Path = PROJECT / "requirements.txt") -> Iterator[Finding]:
    """Look whether every locked package is there in its locked version."""
    if not locked.exists():
        yield warn("packages", f"no {locked.name}", why="What is installed cannot be compared.", remedy="Restore it.")
        return
    absent, other = [], []
    wanted = read_locked(locked)
    for name, (versions, conditional) in wanted.items():
        installed = find_version(name)
        if installed is None and not conditional:
            absent.append(f"{name} {versions[0]}")
        elif installed is not None and installed not in versions:
            other.append(f"{name} {installed} instead of {' or '.join(versions)}")
    if absent:
        yield lack("packages", f"not installed: {_some(absent)}", why="Parts of Runut do not start.", remedy=ANEW)
    if other:
        yield warn("packages", _some(other), why="Tested were the locked versions only.", remedy=ANEW)
    if not absent and not other:
        yield well("packages", f"{len(wanted)} as locked")


def read_locked(locked: Path) -> dict[str, tuple[list[str], bool]]:
    """Return {name: (versions, whether it is for some machines or some Python only)}; a package may be there twice."""
    wanted: dict[str, tuple[list[str], bool]] = {}
    for found in LOCKED.finditer(locked.read_text()):
        versions, conditional = wanted.get(found["name"], ([], False))
        wanted[found["name"]] = ([*versions, found["version"]], conditional or bool(found["marker"]))
    return wanted


def find_version(name: str) -> str | None:
    """Return the installed version of a package, without loading it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
