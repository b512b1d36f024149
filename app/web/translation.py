"""Two languages: the templates are written in Indonesian; ``translations/en.json`` maps each sentence to English."""

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from starlette.requests import Request

Language = Literal["id", "en"]

_FOLDER = Path(__file__).parent / "translations"


@lru_cache
def load_english() -> dict[str, str]:
    """Return {Indonesian sentence: English sentence}, of all files ``en*.json``.

    Raises:
        ValueError: two files translate one sentence differently; both are named.
    """
    merged: dict[str, str] = {}
    for path in sorted(_FOLDER.glob("en*.json")):
        for source, target in json.loads(path.read_text("utf-8")).items():
            if merged.setdefault(source, target) != target:
                message = f"{path.name} translates {source!r} differently from another file; keep one of the two."
                raise ValueError(message)
    return merged


def choose_language(request: Request) -> Language:
    """Return the language that the address asks for (``?bahasa=en``); Indonesian without it. No cookie is set."""
    return "en" if request.query_params.get("bahasa") == "en" else "id"


def translator(language: Language) -> Callable[..., str]:
    """Return ``_``: translates a sentence and fills its ``{names}``. An unknown sentence stays Indonesian."""
    catalogue = load_english() if language == "en" else {}

    def translate(sentence: str, **values: object) -> str:
        text = catalogue.get(sentence, sentence)
        return text.format(**values) if values else text

    return translate
