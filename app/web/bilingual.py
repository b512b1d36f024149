"""Sentences of services stand in both languages, "Indonesian. (English.)"; a page shows the half it is in."""

import re

from app.web.translation import Language

_BOTH = re.compile(r"(?P<id>.+?[.!?;]) \((?P<en>[^()]*(?:\([^()]*\)[^()]*)*)\)", re.DOTALL)


def pick_language(text: str, language: Language) -> str:
    """Return the half of ``text`` in ``language``; all of it when it is not in two halves.

    >>> pick_language("Berkas kosong. (The file is empty.)", "en")
    'The file is empty.'
    """
    found = _BOTH.fullmatch(text.strip())
    return found[language] if found else text
