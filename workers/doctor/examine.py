"""Run every check by itself, so that a broken one tells of itself and the others still speak."""

import importlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import ValidationError

from app.core.config import Settings
from workers.doctor.finding import Finding, lack


@dataclass(frozen=True)
class Check:
    """A check by name. Its module is loaded when its turn comes: the package it needs may be what is broken.

    `function` takes the settings and yields findings.
    """

    subject: str
    module: str
    function: str


CHECKS = (
    Check("Python", "workers.doctor.machine", "check_python"),
    Check("packages", "workers.doctor.packages", "check_packages"),
    Check("processors", "workers.doctor.machine", "check_processors"),
    Check("memory", "workers.doctor.memory", "check_memory"),
    Check("open files", "workers.doctor.machine", "check_open_files"),
    Check("texts", "workers.doctor.machine", "check_encoding"),
    Check("clock", "workers.doctor.clock", "check_clock"),
    Check("home folder", "workers.doctor.home", "check_home"),
    Check("disk", "workers.doctor.home", "check_disk"),
    Check("signing key", "workers.doctor.home", "check_keys"),
    Check("database", "workers.doctor.database", "check_database"),
    Check("photographs", "workers.doctor.store", "check_store"),
    Check("digit model", "workers.doctor.reader", "check_model"),
    Check("reader", "workers.doctor.reader", "check_reading"),
    Check("Tesseract", "workers.doctor.programs", "check_tesseract"),
    Check("browser", "workers.doctor.programs", "check_browser"),
)

ANEW = "start again with ./runut --version; when that does not help: rm -r .venv && ./runut --version"


def examine(say: Callable[[str], None]) -> Iterator[Finding]:
    """Yield what every check finds; `say` hears what is being looked at."""
    settings, problems = read_settings()
    yield from problems
    for check in CHECKS:
        say(check.subject)
        yield from run_check(check, settings)


def read_settings() -> tuple[Settings, list[Finding]]:
    """Return the settings of the environment, what is no setting left out, and what was wrong with it."""
    problems: list[Finding] = []
    while True:
        try:
            return Settings(), problems
        except ValidationError as error:
            name = "_".join(str(part) for part in error.errors()[0]["loc"]).upper()
            variable = name if name == "DATABASE_URL" else f"RUNUT_{name}"
            if os.environ.pop(variable, None) is None:  # in this process only
                raise
            words = error.errors()[0]["msg"]
            remedy = f"Correct it, or: unset {variable}"
            problems.append(lack("settings", f"{variable}: {words}", why="No command starts with it.", remedy=remedy))


def run_check(check: Check, settings: Settings) -> Iterator[Finding]:
    """Yield what one check finds, or that it could not be made."""
    try:
        yield from getattr(importlib.import_module(check.module), check.function)(settings)
    except Exception as error:  # noqa: BLE001 (whatever a check meets is what it has found)
        words = str(error).strip().partition("\n")[0]
        yield lack(
            check.subject,
            f"the check met {type(error).__name__}: {words}",
            why="What it looks at does not work, or not as it does elsewhere.",
            remedy=ANEW if isinstance(error, ImportError) else "Mend what the message names, then ask again.",
        )
