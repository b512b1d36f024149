"""Probabilities stay probabilities, and softening goes where the conditions are bad."""

from __future__ import annotations

import numpy as np
import pytest

from ocr.calibration import CONDITIONS, Calibration, measure_conditions, read_calibration
from ocr.classify import CLASSES, load_classifier
from ocr.cut_again import OtherLayoutError, Placed, cut_again
from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps
from ocr.model import MODELS
from ocr.observe import Stage, observe
from ocr.read import read_photo
from ocr.train.batches import Mix, draw_readable
from ocr.train.bounds import bound_rate
from ocr.train.hands import collect_writing
from ocr.train.photo import PHOTO

NONE = Calibration((0.0,) * len(CONDITIONS), (0.0,) * len(CLASSES), 0.0)


def _some(count: int) -> np.ndarray:
    return np.random.default_rng(1).dirichlet(np.full(13, 0.1), size=count).astype(np.float32)


def test_no_calibration_changes_nothing() -> None:
    answers = _some(40)
    assert NONE.apply(answers, np.ones((40, 5), dtype=np.float32)) == pytest.approx(answers, abs=1e-6)


def test_rows_stay_probabilities_and_doubt_bounds_them() -> None:
    strong = Calibration((0.5, 0.1, -0.2, 0.1, 0.0), tuple(np.linspace(-0.3, 0.3, 13)), 1e-4)
    chances = strong.apply(_some(200), np.random.default_rng(2).normal(size=(200, 5)).astype(np.float32))
    assert chances.sum(axis=1) == pytest.approx(np.ones(200), abs=1e-5)
    assert chances.min() >= 1e-4 / 13 * 0.999


def test_a_box_that_was_small_on_the_photograph_is_believed_less() -> None:
    answers, picture = _some(50), np.random.default_rng(3).integers(0, 256, (50, 64, 64), dtype=np.uint8)
    careful = Calibration((0.0, 0.0, -0.5, 0.0, 0.0), NONE.shifts, 0.0)
    large = careful.apply(answers, measure_conditions(picture, 40.0)).max(axis=1)
    small = careful.apply(answers, measure_conditions(picture, 14.0)).max(axis=1)
    assert (small <= large + 1e-6).all()
    assert small.mean() < large.mean() - 0.01


def test_conditions_do_not_depend_on_the_neighbours_in_the_batch() -> None:
    pictures = np.random.default_rng(4).integers(0, 256, (6, 64, 64), dtype=np.uint8)
    alone = np.concatenate([measure_conditions(pictures[place : place + 1], 20.0) for place in range(6)])
    assert measure_conditions(pictures, 20.0) == pytest.approx(alone)


def test_a_calibration_of_other_conditions_is_refused() -> None:
    node = {"conditions": ["moon"], "weights": [1.0], "shifts": [0.0] * 13, "doubt": 0.0}
    with pytest.raises(ValueError, match="moon"):
        read_calibration(node)


@pytest.mark.parametrize("model", MODELS)
def test_what_ships_is_calibrated_and_reads_cells_of_tables(model: str) -> None:
    classifier = load_classifier(model)
    assert classifier.calibration is not None
    hands = collect_writing("evaluation", range(200, 230), times=1, corrected=0.0, seed=5)
    pictures, labels = draw_readable(Mix(hands, None, strength=PHOTO, cell_share=0.5), 500, 6)
    chances = classifier.classify(pictures)
    right = chances.argmax(axis=1) == labels
    assert right.mean() >= 0.965
    assert abs(chances.max(axis=1).mean() - right.mean()) < 0.02
    assert not (~right & (chances.max(axis=1) > 0.9995)).any()


@pytest.mark.parametrize(
    ("events", "trials", "low", "high"),
    [(0, 3000, 0.0, 0.0012288), (1, 100, 0.00025314, 0.0544594), (20, 400, 0.03082, 0.07615), (5, 5, 0.47818, 1.0)],
)
def test_bounds_are_those_of_the_tables(events: int, trials: int, low: float, high: float) -> None:
    assert bound_rate(events, trials) == pytest.approx((low, high), rel=2e-3)


def test_boxes_are_cut_again_where_they_were_read() -> None:
    drawing = draw_tps(None, seed=5, split="evaluation", pages=(3,), px_per_mm=3.0)
    data = photograph(drawing.pages[3], "photo", np.random.default_rng(1), quarter_turns=1)
    stages: dict[str, Stage] = {}
    observe(data, lambda stage: stages.update({stage.name: stage}))
    line = read_photo(data, name="page").to_json()
    placed = {name: line[name] for name in Placed.__annotations__}
    cut = cut_again(data, Placed(**placed))
    first = stages["4-boxes"].boxes
    assert first is not None
    assert list(cut) == list(drawing.truth[3].fields)
    assert np.abs(np.concatenate(list(cut.values())).astype(int) - first).mean() < 1.0
    with pytest.raises(OtherLayoutError):
        cut_again(data, Placed(**{**placed, "layout_sha256": "0"}))
