"""The net that ships is the one its figures describe, and what it says is a probability."""

from __future__ import annotations

import hashlib
import json
import os
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from ocr.classify import (
    BATCH,
    BOX_SIZE,
    CLASSES,
    BoxPictureError,
    ModelError,
    load_classifier,
    open_classifier,
)
from ocr.draw.hands import Split
from ocr.train.batches import draw_set
from ocr.train.hands import collect_writing
from ocr.train.junk import draw_junk
from ocr.train.photo import PHOTO, photograph_box
from ocr.train.sources import load_boxes

SHARED = Path(os.environ.get("RUNUT_SHARED", Path(__file__).parents[3] / "shared"))


def _read(name: str) -> bytes:
    return resources.files("ocr.model").joinpath(name).read_bytes()


def _noise(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 256, size=(count, BOX_SIZE, BOX_SIZE), dtype=np.uint8)


def test_the_shipped_net_is_the_one_that_was_measured() -> None:
    figures = json.loads(_read("digits.json"))
    assert figures["sha256"] == hashlib.sha256(_read("digits.onnx")).hexdigest()
    assert figures["sha256"] == load_classifier().sha256
    assert figures["classes"] == CLASSES
    assert load_classifier().temperature == pytest.approx(figures["temperature"])


def test_the_shipped_net_is_small() -> None:
    assert len(_read("digits.onnx")) < 1_600_000
    assert json.loads(_read("digits.json"))["parameters"] < 400_000


@pytest.mark.parametrize("count", [0, 1, 7, BATCH, BATCH + 1])
def test_every_box_gets_a_probability_for_each_class(count: int) -> None:
    chances = load_classifier().classify(_noise(count))
    assert chances.shape == (count, len(CLASSES))
    assert chances.dtype == np.float32
    assert np.all(chances >= 0)
    assert chances.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-5)


def test_a_box_reads_the_same_alone_and_among_others() -> None:
    boxes = _noise(BATCH + 3)
    together = load_classifier().classify(boxes)
    alone = np.concatenate([load_classifier().classify(boxes[place : place + 1]) for place in (0, 5, BATCH + 2)])
    assert together[[0, 5, BATCH + 2]] == pytest.approx(alone, abs=1e-5)


def test_noise_is_not_read_with_confidence() -> None:
    assert np.median(load_classifier().classify(_noise(64)).max(axis=1)) < 0.9


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        (np.zeros((2, BOX_SIZE, BOX_SIZE), dtype=np.float32), "float32, not uint8"),
        (np.zeros((BOX_SIZE, BOX_SIZE), dtype=np.uint8), r"shape \(64, 64\)"),
        (np.zeros((2, BOX_SIZE, BOX_SIZE, 1), dtype=np.uint8), r"pass \(N, 64, 64\)"),
        (np.zeros((2, 32, 32), dtype=np.uint8), r"shape \(2, 32, 32\)"),
    ],
)
def test_pictures_of_the_wrong_kind_are_refused(boxes: np.ndarray, words: str) -> None:
    with pytest.raises(BoxPictureError, match=words):
        load_classifier().classify(boxes)


def test_a_net_without_its_own_figures_is_refused() -> None:
    figures = json.loads(_read("digits.json"))
    with pytest.raises(ModelError, match="take both files from one training"):
        open_classifier(_read("digits.onnx") + b" ", figures)
    with pytest.raises(ModelError, match="train it anew"):
        open_classifier(_read("digits.onnx"), {**figures, "classes": "0123456789"})


def test_hands_that_no_training_saw_are_read() -> None:
    pictures, labels = _photographed_boxes("evaluation", hands=40, size=400)
    answers = load_classifier().classify(pictures).argmax(axis=1)
    assert (answers == labels).mean() >= 0.97


def test_sure_answers_on_unseen_hands_are_hardly_ever_wrong() -> None:
    pictures, labels = _photographed_boxes("evaluation", hands=40, size=400)
    chances = load_classifier().classify(pictures)
    sure = chances.max(axis=1) >= 0.999
    assert sure.mean() > 0.7
    assert (chances.argmax(axis=1) != labels)[sure].sum() <= 1  # a leaning 1 with a flag is some hands' 7


def test_two_digits_in_a_box_are_read_with_less_confidence_than_one() -> None:
    writer = collect_writing("evaluation", range(20), times=1, corrected=0.0, seed=5)
    rng = np.random.default_rng(6)
    junk = np.stack([photograph_box(draw_junk(writer, rng)[0], PHOTO, rng) for _ in range(150)])
    good, _ = _photographed_boxes("evaluation", hands=20, size=150)
    assert np.mean(load_classifier().classify(junk).max(axis=1)) < 0.7
    assert np.mean(load_classifier().classify(good).max(axis=1)) > 0.95


def test_real_boxes_are_read() -> None:
    path = SHARED / "data" / "c_hasil_2024_digit_boxes.npz"
    if not path.exists():
        pytest.skip(f"no real boxes at {path}; set RUNUT_SHARED to the shared folder")
    boxes = load_boxes(path).audited
    sample = boxes.pick(np.random.default_rng(3).choice(len(boxes.labels), 600, replace=False))
    answers = load_classifier().classify(sample.pictures).argmax(axis=1)
    assert (answers == sample.labels).mean() >= 0.99


def _photographed_boxes(split: Split, *, hands: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    writer = collect_writing(split, range(hands), times=1, corrected=0.0, seed=4)
    return draw_set(writer, size, 8, PHOTO)
