"""The machine: Python, processors, memory, limits, texts."""

import locale
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

from app.core.config import Settings
from workers.doctor.finding import Finding, lack, warn, well

PYTHON_MIN = (3, 11)
FILES_MIN = 1024
FILES_WANTED = 4096


def check_python(_settings: Settings) -> Iterator[Finding]:
    """Look whether this Python is new enough."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < PYTHON_MIN:
        yield lack(
            "Python",
            f"{version} ({sys.executable})",
            why="Runut is written for 3.11 and later.",
            remedy="apt install python3 python3-venv, then RUNUT_PYTHON=/path/to/python3.12 ./runut",
        )
    else:
        yield well("Python", f"{version} ({sys.executable})")


def count_processors() -> float:
    """Return the processors this process may use, a control group's share of them counted in."""
    usable = float(len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else float(os.cpu_count() or 1)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return usable
    return usable if quota == "max" else min(usable, int(quota) / int(period))


def check_processors(_settings: Settings) -> Iterator[Finding]:
    """Look how much can be done at once."""
    processors = count_processors()
    if processors < 2:  # noqa: PLR2004 (one for the site, one for a reader)
        yield warn(
            "processors",
            f"{processors:g}",
            why="Site and reader take turns: pages answer slowly while photographs are read.",
            remedy="Give the machine or the container two or more, or let another machine run `./runut work`.",
        )
    else:
        yield well("processors", f"{processors:g}")


def check_open_files(_settings: Settings) -> Iterator[Finding]:
    """Look how many files and connections a process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES_WANTED:
        say = lack if soft < FILES_MIN else warn
        yield say(
            "open files",
            f"{soft}",
            why="Every phone that is connected takes one. Beyond the limit nobody else comes in.",
            remedy=f"ulimit -n 65536 before the start (systemd: LimitNOFILE=65536); at least {FILES_WANTED}",
        )
    else:
        yield well("open files", "unlimited" if soft == resource.RLIM_INFINITY else f"{soft}")


def check_encoding(_settings: Settings) -> Iterator[Finding]:
    """Look whether names with any letter can be read from files and printed."""
    files, terminal = sys.getfilesystemencoding(), sys.stdout.encoding or locale.getpreferredencoding()
    if {files.lower().replace("-", ""), terminal.lower().replace("-", "")} - {"utf8"}:
        yield warn(
            "texts",
            f"file names {files}, terminal {terminal}",
            why="Names of people and places in files or on the terminal may come out wrong.",
            remedy="export LC_ALL=C.UTF-8",
        )
    else:
        yield well("texts", "UTF-8")
