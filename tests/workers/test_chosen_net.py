"""The setting RUNUT_DIGIT_MODEL reaches the process that reads, and a wrong one is told before any is started."""

import json
from contextlib import closing
from importlib import resources

import pytest

from app.core.errors import InvalidInputError
from ocr.classify import load_classifier
from workers.reader_process import LIMITS, PHOTO_MODULES, ReaderProcess


def name_net() -> str:
    """Run in a reader process: the net it reads with."""
    return load_classifier().sha256


@pytest.mark.parametrize("name", ["", "digits", "digits_free"])
def test_a_reader_uses_the_net_of_the_setting(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNUT_DIGIT_MODEL", name)
    figures = json.loads(resources.files("ocr.model").joinpath(f"{name or 'digits'}.json").read_bytes())
    with closing(ReaderProcess(LIMITS, PHOTO_MODULES)) as reader:
        assert reader.call(name_net) == figures["sha256"]


def test_a_net_that_does_not_ship_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNUT_DIGIT_MODEL", "letters")
    with (
        closing(ReaderProcess(LIMITS, PHOTO_MODULES)) as reader,
        pytest.raises(InvalidInputError, match="digits or digits_free"),
    ):
        reader.call(name_net)
