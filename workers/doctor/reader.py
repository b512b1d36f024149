"""The reader: is the digit model the one that was measured, and does the whole way from picture to numbers work."""

import json
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable

from app.core.config import Settings
from ocr.classify import ModelError, open_classifier
from ocr.draw.clerk import Faults
from ocr.draw.command import draw_station, example_stations
from ocr.read import read_together
from workers.doctor.finding import Finding, lack, well

RESTORE = "git checkout -- ocr/model (or unpack the release again)"
WHY = "Every published figure of the reader was measured with this very file."
SEED = 20


def check_model(_settings: Settings, files: Traversable | None = None) -> Iterator[Finding]:
    """Look whether the net loads and is the one its figures describe."""
    files = files or resources.files("ocr.model")
    try:
        net = open_classifier(
            files.joinpath("digits.onnx").read_bytes(), json.loads(files.joinpath("digits.json").read_bytes())
        )
    except (OSError, ValueError, ModelError) as error:
        yield lack("digit model", f"{error}", why=WHY, remedy=RESTORE)
    else:
        yield well("digit model", f"sha256 {net.sha256[:16]}..., as measured")


def check_reading(_settings: Settings) -> Iterator[Finding]:
    """Draw a sheet, photograph it, read it: every number has to come out as it was written."""
    drawn = draw_station(example_stations(1)[0], seed=SEED, tier="photo", split="demo", pages=(2, 3), faults=Faults())
    wrong, right = [], 0
    for file, reading in zip(drawn, read_together([(file.name, file.data) for file in drawn]), strict=True):
        for name, truth in file.truth["fields"].items():
            field = reading.fields.get(name)
            if field is None or field.value != truth["value"]:
                wrong.append(f"{name} is {truth['value']}, read {field.value if field else 'nothing'}")
            else:
                right += 1
    if wrong:
        yield lack(
            "reader",
            f"a drawn sheet was read wrongly: {'; '.join(wrong[:3])}",
            why="The same picture gives the same numbers everywhere; here it does not.",
            remedy="Are the packages as locked (above)? " + RESTORE,
        )
    else:
        yield well("reader", f"a drawn sheet was read rightly: {right} numbers")
