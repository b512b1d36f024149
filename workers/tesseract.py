"""Get a Tesseract for this machine; `ocr.tesseract` finds and uses it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from ocr.tesseract import LANGUAGE, NoTesseractError, Tesseract, find_tesseract, try_program

__all__ = ["LANGUAGE", "REMEDY", "NoTesseractError", "Tesseract", "find_tesseract", "get_tesseract", "try_program"]

REMEDY = "install Tesseract (Debian: apt install tesseract-ocr) or name one: RUNUT_TESSERACT=/path/to/tesseract"


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
