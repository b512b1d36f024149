"""What the machine says of a paper: sure of all of it, or one of the patterns that bench.ocr saw where it was not."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.verification.evidence import ReadingInput, machine_error_rate
from bench.crowd.facts import FIELDS, PAGES, SURE_WRONG, SURE_WRONG_FIELDS
from bench.crowd.papers import Paper, change_digit

_FIGURES = json.loads((Path(__file__).parent / "figures" / "machine.json").read_bytes())
_PATTERNS = {
    key: (tuple(_FIGURES[key]), list(itertools.accumulate(_FIGURES[key].values())))
    for key in ("closes", "breaks", "hard")
}
SURE_ERROR = 5e-5
"""What the reader says of a number it is sure of; the rule never believes it below its own floor."""
_STEP = 7
_TOO_BLURRED = 0.3


@dataclass(frozen=True, slots=True)
class MachineReading:
    """`wrong`: field -> probability of being wrong that the machine states; `sure`: fields it is sure of."""

    numbers: Mapping[str, int | None]
    wrong: Mapping[str, float]
    sure: frozenset[str]

    @property
    def sure_of_all(self) -> bool:
        return len(self.sure) == len(self.numbers)


def read_by_machine(paper: Paper, dice: random.Random, *, sure_share: float, hard: bool = False) -> MachineReading:
    """Papers that close and are readable are sure so often that `sure_share` of *all* sections are. `hard`: where the
    machine is not sure, it reads as it does of hard photographs."""
    plain = paper.closes and paper.readable and not paper.ink
    if plain and dice.random() < sure_share / _PLAIN:
        return read_surely(paper.numbers, dice)
    return _read_unsurely(paper, dice, "hard" if hard else "closes" if paper.closes else "breaks")


_PLAIN = 0.97 * 0.99605 * 0.9984
"""Share of papers that close, are readable and without ambiguous ink: only of these the machine may be sure."""


def read_surely(numbers: Mapping[str, int], dice: random.Random, *, wrong: bool = True) -> MachineReading:
    said = dict(numbers)
    if wrong and dice.random() < SURE_WRONG * len(FIELDS) / SURE_WRONG_FIELDS:
        said = _go_wrong_plausibly(said, dice)
    return MachineReading(said, dict.fromkeys(said, SURE_ERROR), frozenset(said))


def _go_wrong_plausibly(numbers: dict[str, int], dice: random.Random) -> dict[str, int]:
    """Two or three wrong numbers whose sums close all the same."""
    first, second = dice.sample(FIELDS[:3], 2)
    step = min(dice.randrange(1, _STEP), numbers[first]) or 1
    if dice.random() < 0.5 and numbers[first] >= step:  # noqa: PLR2004 - a coin
        return {**numbers, first: numbers[first] - step, second: numbers[second] + step}
    return {**numbers, **{name: numbers[name] + step for name in (first, "suara_sah", "suara_total")}}


def _read_unsurely(paper: Paper, dice: random.Random, kind: str) -> MachineReading:
    if not paper.readable:
        return MachineReading(dict.fromkeys(FIELDS), dict.fromkeys(FIELDS, 1.0), frozenset())
    patterns, weights = _PATTERNS[kind]
    pattern = dice.choices(patterns, cum_weights=weights)[0].split()
    numbers: dict[str, int | None] = {}
    wrong: dict[str, float] = {}
    for name, stands in zip(FIELDS, pattern, strict=True):
        numbers[name], wrong[name] = _read_field(paper, name, stands, dice)
    sure = (name for name, stands in zip(FIELDS, pattern, strict=True) if stands == "s" and name not in paper.ink)
    return MachineReading(numbers, wrong, frozenset(sure))


def _read_field(paper: Paper, name: str, stands: str, dice: random.Random) -> tuple[int | None, float]:
    true = paper.numbers[name]
    if name in paper.ink:
        other, share = paper.ink[name]
        if share > _TOO_BLURRED:
            return None, 1.0
        return (other, share) if dice.random() < share else (true, share)
    if stands == "-":
        return None, 1.0
    rate = SURE_WRONG if stands == "s" else float(stands)
    return (change_digit(true, dice) if dice.random() < rate else true), (SURE_ERROR if stands == "s" else rate)


def cut_into_readings(
    machine: MachineReading, ids: Iterator[int], *, photos: Mapping[int, int], uploader: str
) -> list[ReadingInput]:
    """The machine's reading as the rule is given it, one a page."""
    return [
        ReadingInput(
            id=next(ids), reader="machine", kind="machine", mode="machine", photo_id=photo, page=page,
            uploader=uploader, numbers={name: machine.numbers[name] for name in PAGES[page]},
            error_rates={name: machine_error_rate(1 - machine.wrong[name]) for name in PAGES[page]},
            sure=machine.sure.intersection(PAGES[page]),
        )
        for page, photo in photos.items()
    ]  # fmt: skip
