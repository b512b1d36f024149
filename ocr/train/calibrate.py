"""Find and measure how far a net's answers are to be believed, by condition and class.

    python -m ocr.train.calibrate --fit DIR --measure DIR --mnist FILE --boxes FILE

`--fit` and `--measure` are folders of `ocr.train.collect`: hands of the training split that were not learnt from, and
hands of the evaluation split. MNIST digits 55,001 to 60,000 and drawn boxes in tables, faint ones too, join the fit;
MNIST's test digits and other such boxes the measurement, and the real boxes that of the net that never saw them. The
result is written into the net's JSON under "calibration", figures included; the net itself stays as it is.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import ocr.model
from ocr.calibration import CONDITIONS, Calibration, measure_conditions
from ocr.classify import CLASSES, load_classifier
from ocr.model import MODELS
from ocr.train.arrays import Labels, Picture
from ocr.train.batches import Mix, draw_readable
from ocr.train.bounds import bound_rate
from ocr.train.collect import TIERS, load_collected
from ocr.train.data import MNIST_TRAINED, TRAINED_HANDS
from ocr.train.hands import collect_writing
from ocr.train.photo import DRAWN, PHOTO
from ocr.train.sources import load_boxes, load_mnist
from ocr.train.writers import MnistWriter, Writer

BINS = 15
ENOUGH = 20
"""Errors that must be expected before observed and predicted ones are compared."""

TAIL = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Bands of the probability of being wrong."""

GAIN = 0.01
NONE = Calibration((0.0,) * len(CONDITIONS), (0.0,) * len(CLASSES), 0.0)
"""Leaves every answer as it is."""

FREE = MODELS[1]
"""The net that has not seen the real boxes, so that they can be asked about."""

HANDS = 60
"""Hands that write the drawn boxes; every paper has another one."""

LEAST_DOUBT = 1e-5
STEPS, RATE = 300, 0.05
SMALL_WEIGHT, SMALL_SHIFT = 2e-4, 2e-2
"""Pull weights and shifts towards nought. Shifts strongly: how often a symbol is doubted depends on how often it is
written, and that differs from form to form."""


@dataclass(frozen=True)
class Sample:
    """Boxes of one origin: the net's answers (N,13), the truth (N,), and the conditions (N,5)."""

    answers: NDArray[np.float32]
    labels: Labels
    conditions: NDArray[np.float32]

    def pick(self, mask: np.ndarray) -> Sample:
        """Those that `mask` names."""
        return Sample(self.answers[mask], self.labels[mask], self.conditions[mask])


@dataclass(frozen=True)
class Boxes:
    """Pictures (N,64,64), their labels (N,), and the width of a box on the photograph (N,) where that is known."""

    pictures: Picture
    labels: Labels
    box_px: NDArray[np.float32] | None = None


def ask(model: str, sets: dict[str, Boxes]) -> dict[str, Sample]:
    """What a net, not calibrated, says of every set."""
    answer = load_classifier(model).answer
    return {
        name: Sample(answer(one.pictures), one.labels, measure_conditions(one.pictures, one.box_px))
        for name, one in sets.items()
    }


def load_papers(folder: Path) -> dict[str, Boxes]:
    """One set a tier."""
    every = load_collected(folder)
    parts = {name: every.pick(every.tier == tier) for tier, name in enumerate(TIERS)}
    return {name: Boxes(part.pictures, part.labels, part.box_px) for name, part in parts.items()}


def draw_boxes(hands: Writer, digits: Writer, size: int, seed: int) -> dict[str, Boxes]:
    """Boxes that have not gone the whole way: what papers do not have enough of."""
    mixes = {
        "hands_photo": Mix(hands, None, strength=PHOTO),
        "hands_hard": Mix(hands, None, strength=DRAWN),
        "mnist_photo": Mix(digits, None, strength=PHOTO),
        "mnist_hard": Mix(digits, None, strength=DRAWN),
        "cells": Mix(hands, None, strength=PHOTO, cell_share=1.0),
        "faint": Mix(hands, None, strength=PHOTO, faint_share=1.0, cell_share=0.2),
    }
    return {name: Boxes(*draw_readable(mix, size, seed + n)) for n, (name, mix) in enumerate(mixes.items())}


def choose_calibration(samples: dict[str, Sample]) -> Calibration:
    """The fitted calibration, or none: whichever reads papers better that the fit has not seen.

    It is fitted on the first half of every set, and must lower the log loss of the papers' other halves by `GAIN`.
    """
    halves = {name: np.arange(len(sample.labels)) < len(sample.labels) // 2 for name, sample in samples.items()}
    trial = fit_calibration([sample.pick(halves[name]) for name, sample in samples.items()])
    papers = [samples[name].pick(~halves[name]) for name in TIERS]
    with_it, without = (np.mean([_log_loss(sample, one) for sample in papers]) for one in (trial, NONE))
    print(f"log loss of papers left out: {without:.5f}, calibrated {with_it:.5f}")
    return fit_calibration(list(samples.values())) if with_it < (1 - GAIN) * without else NONE


def fit_calibration(samples: list[Sample]) -> Calibration:
    """The weights and shifts with the least log loss, each sample counting the same; then the doubt that is left."""
    weights, shifts = np.zeros(len(CONDITIONS)), np.zeros(len(CLASSES))
    moments = [np.zeros(len(CONDITIONS) + len(CLASSES)) for _ in range(2)]
    for step in range(1, STEPS + 1):
        gradient = np.mean([_slope(sample, weights, shifts) for sample in samples], axis=0)
        gradient += 2 * np.concatenate([SMALL_WEIGHT * weights, SMALL_SHIFT * shifts])
        moments[0] = 0.9 * moments[0] + 0.1 * gradient
        moments[1] = 0.99 * moments[1] + 0.01 * gradient**2
        move = moments[0] / (1 - 0.9**step) / (np.sqrt(moments[1] / (1 - 0.99**step)) + 1e-9)
        pace = RATE * 0.5 * (1 + np.cos(np.pi * step / STEPS))
        weights, shifts = weights - pace * move[: len(CONDITIONS)], shifts - pace * move[len(CONDITIONS) :]
    without = Calibration(_round(weights), _round(shifts - shifts.mean()), LEAST_DOUBT)
    return Calibration(without.weights, without.shifts, _find_doubt(samples, without))


def _round(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def _slope(sample: Sample, weights: NDArray[np.float64], shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The gradient of the mean log loss by weights and shifts."""
    spoken = np.log(np.maximum(sample.answers.astype(np.float64), 1e-30))
    factor = np.exp(sample.conditions @ weights)
    scores = factor[:, None] * spoken + shifts
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    error = grown / grown.sum(axis=1, keepdims=True)
    error[np.arange(len(error)), sample.labels] -= 1
    by_weight = ((error * spoken).sum(axis=1) * factor) @ sample.conditions / len(error)
    return np.concatenate([by_weight, error.mean(axis=0)])


def _find_doubt(samples: list[Sample], calibration: Calibration) -> float:
    """The share of a uniform answer with the least log loss: large enough for the surest boxes that are wrong."""
    candidates = np.geomspace(LEAST_DOUBT, 1e-2, 31)
    losses = [
        np.mean(
            [
                _log_loss(sample, Calibration(calibration.weights, calibration.shifts, float(doubt)))
                for sample in samples
            ]
        )
        for doubt in candidates
    ]
    return float(f"{candidates[int(np.argmin(losses))]:.3g}")


def _log_loss(sample: Sample, calibration: Calibration) -> float:
    chances = calibration.apply(sample.answers, sample.conditions)[np.arange(len(sample.labels)), sample.labels]
    return float(-np.log(chances).mean())


def measure(sample: Sample, calibration: Calibration | None) -> dict[str, Any]:
    """Accuracy, ECE, the tail, and each group with enough expected errors: how many came."""
    chances = sample.answers if calibration is None else calibration.apply(sample.answers, sample.conditions)
    answers, wrong_chance = chances.argmax(axis=1), 1 - chances.max(axis=1).astype(np.float64)
    wrong = answers != sample.labels
    groups = {f"answer {CLASSES[k]}": answers == k for k in range(len(CLASSES))}
    groups |= {f"p {low:g}..{high:g}": _between(wrong_chance, low, high) for low, high in pairwise(TAIL)}
    for name, column in list(zip(CONDITIONS, sample.conditions.T, strict=True))[1:]:
        edges = np.quantile(column, (1 / 3, 2 / 3)) if column.max() > column.min() else ()
        groups |= {f"{name} {n}": np.digitize(column, edges) == n for n in range(3) if len(edges)}
    return {
        "pictures": len(wrong),
        "accuracy": round(1 - float(wrong.mean()), 6),
        "ece": round(_calibration_error(1 - wrong_chance, ~wrong), 6),
        "log_loss": round(float(-np.log(np.maximum(chances[np.arange(len(wrong)), sample.labels], 1e-12)).mean()), 6),
        "tail": {
            name[2:]: _compare(wrong_chance[mask], wrong[mask]) for name, mask in groups.items() if name[:2] == "p "
        },
        "groups": {
            name: _compare(wrong_chance[mask], wrong[mask])
            for name, mask in groups.items()
            if wrong_chance[mask].sum() >= ENOUGH
        },
    }


def _between(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.bool_]:
    return (values >= low) & ((values < high) | (high == TAIL[-1]))


def _compare(chances: NDArray[np.float64], wrong: NDArray[np.bool_]) -> dict[str, float]:
    """Errors expected and seen, with the exact bounds (95 %) of the rate behind those seen."""
    seen = int(wrong.sum())
    low, high = bound_rate(seen, len(wrong))
    rates = {"rate_low": float(f"{low:.3g}"), "rate_high": float(f"{high:.3g}")}
    return {"pictures": len(wrong), "expected": round(float(chances.sum()), 3), "wrong": seen, **rates}


def _calibration_error(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    chosen = [bins == k for k in np.unique(bins)]
    return float(sum(mask.mean() * abs(confidence[mask].mean() - right[mask].mean()) for mask in chosen))


def worst_ratio(figures: dict[str, Any]) -> float:
    """The largest factor between errors expected and seen, over all groups with enough of them."""
    ratios = [group["wrong"] / group["expected"] for one in figures.values() for group in one["groups"].values()]
    return max((max(ratio, 1 / max(ratio, 1e-9)) for ratio in ratios), default=1.0)


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ocr.train.calibrate", description="Calibrate the nets that ship.")
    parser.add_argument("--model", nargs="+", default=MODELS)
    parser.add_argument("--fit", type=Path, required=True)
    parser.add_argument("--measure", type=Path, required=True)
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--boxes", type=Path, required=True, help="c_hasil_2024_digit_boxes.npz, only measured on")
    parser.add_argument("--size", type=int, default=6000, help="pictures of each drawn set")
    parser.add_argument("--seed", type=int, default=2024)
    return parser.parse_args()


def main() -> None:
    """Draw and load the boxes once, then calibrate each net."""
    options = parse_options()
    cv2.setNumThreads(1)
    mnist, size, seed = load_mnist(options.mnist), options.size, options.seed
    held = range(TRAINED_HANDS, TRAINED_HANDS + HANDS)
    hands = collect_writing("train", held, times=2, corrected=0.04, seed=seed + 41)
    digits = MnistWriter(mnist.train.pick(np.arange(MNIST_TRAINED, len(mnist.train.labels))))
    fit = load_papers(options.fit) | draw_boxes(hands, digits, size, seed + 50)
    hands = collect_writing("evaluation", range(HANDS), times=2, corrected=0.04, seed=seed + 42)
    unseen = load_papers(options.measure) | draw_boxes(hands, MnistWriter(mnist.test), size, seed + 60)
    audited = load_boxes(options.boxes).audited
    real = {"real": Boxes(audited.pictures, audited.labels)}
    for model in options.model:
        calibrate(model, fit, unseen | (real if model == FREE else {}))


def calibrate(model: str, fit: dict[str, Boxes], unseen: dict[str, Boxes]) -> None:
    """Fit on the one, measure on the other, write both down."""
    fitted, measured = ask(model, fit), ask(model, unseen)
    calibration = choose_calibration(fitted)
    before = {name: measure(sample, None) for name, sample in measured.items()}
    after = {name: measure(sample, calibration) for name, sample in measured.items()}
    totals = {name: {key: figures[key] for key in ("ece", "log_loss")} for name, figures in before.items()}
    write_calibration(model, calibration, fitted, {"before": totals, "after": after})
    for name, figures in after.items():
        print(model, name, figures["pictures"], figures["accuracy"], "ece", before[name]["ece"], "->", figures["ece"])
    print(f"{model}: worst ratio {worst_ratio(before):.2f} -> {worst_ratio(after):.2f}; doubt {calibration.doubt:g}")


def write_calibration(
    model: str, calibration: Calibration, fitted: dict[str, Sample], figures: dict[str, dict[str, Any]]
) -> None:
    """Put the calibration and its figures into the net's JSON."""
    path = Path(next(iter(ocr.model.__path__))) / f"{model}.json"
    described = json.loads(path.read_bytes())
    described["calibration"] = {
        "conditions": list(CONDITIONS),
        "weights": list(calibration.weights),
        "shifts": list(calibration.shifts),
        "doubt": calibration.doubt,
        "fitted_on": {name: len(sample.labels) for name, sample in fitted.items()},
        "figures": figures,
    }
    path.write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
