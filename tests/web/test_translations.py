"""Every Indonesian sentence of the pages has an English one, with the same blanks to fill."""

import json
import re
import string
from collections.abc import Iterator
from pathlib import Path

import app.web
from app.web.translation import load_english

WEB = Path(app.web.__file__).parent
SENTENCE = re.compile(r"""\b_\(\s*(?P<quote>["'])(?P<text>.*?)(?<!\\)(?P=quote)""", re.DOTALL)


def sentences() -> Iterator[tuple[str, str]]:
    for path in sorted((*WEB.glob("templates/**/*.html"), *WEB.glob("*.py"))):
        for found in SENTENCE.finditer(path.read_text("utf-8")):
            yield path.name, found["text"]


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_sentence_is_translated() -> None:
    english = load_english()
    used = list(sentences())
    missing = sorted({f"{name}: {text}" for name, text in used if text not in english})
    assert len(used) > 40
    assert not missing, "sentences without English:\n" + "\n".join(missing)


def test_translations_fill_the_same_blanks() -> None:
    wrong = [source for source, target in load_english().items() if blanks(source) != blanks(target)]
    assert not wrong


def test_translations_are_used_somewhere() -> None:
    text = "\n".join(
        path.read_text("utf-8")
        for path in (*WEB.glob("templates/**/*.html"), *WEB.glob("**/*.py"), *WEB.glob("static/*.js"))
    )
    unused = [source for source in load_english() if source not in text]
    assert not unused


def test_files_are_plain_maps_of_sentences() -> None:
    for path in (WEB / "translations").glob("en*.json"):
        entries = json.loads(path.read_text("utf-8"))
        assert all(isinstance(key, str) and isinstance(value, str) and value for key, value in entries.items()), path
