"""Programs beside Python: Tesseract and, for the tests, a browser."""

from collections.abc import Iterator

from app.core.config import Settings
from workers.chromium import REMEDY as GET_BROWSER
from workers.chromium import find_chromium
from workers.doctor.finding import Finding, lack, warn, well
from workers.tesseract import LANGUAGE, find_tesseract
from workers.tesseract import REMEDY as GET_TESSERACT

PRINTED = "It reads what is printed on forms (never the handwriting)."


def check_tesseract(_settings: Settings) -> Iterator[Finding]:
    """Look for a Tesseract that starts and knows the letters."""
    found = find_tesseract()
    if found is None:
        yield lack("Tesseract", "none that starts", why=PRINTED, remedy=GET_TESSERACT)
    elif LANGUAGE not in found.languages:
        yield lack(
            "Tesseract",
            f"{found.program} knows {', '.join(found.languages) or 'no language'}, but not {LANGUAGE}",
            why=PRINTED,
            remedy=f"apt install tesseract-ocr-{LANGUAGE}, or unset RUNUT_TESSERACT and TESSDATA_PREFIX",
        )
    else:
        yield well("Tesseract", f"{found.release}, {', '.join(found.languages)} ({found.program})")


def check_browser(_settings: Settings) -> Iterator[Finding]:
    """Look for the browser of the tests."""
    found = find_chromium()
    if found is None:
        yield warn(
            "browser", "none", why="Only ./runut test wants it: without it no page is tested.", remedy=GET_BROWSER
        )
    else:
        yield well("browser", f"{found.program}")
