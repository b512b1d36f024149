"""How far a box picture may be off before the shipped net errs: shift, scale, turn and width on the photograph.

    python -m ocr.train.tolerance

Measured on boxes written by the drawer's evaluation hands, each fault alone, without noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.classify import BOX_SIZE, CLASSES, load_classifier
from ocr.train.arrays import Ink, Labels, Picture, as_ink
from ocr.train.batches import ink_of
from ocr.train.compose import CANVAS, blank_box, write_ink
from ocr.train.hands import collect_writing

BOXES = 1500


@dataclass(frozen=True)
class Fault:
    """One way a picture is off; the direction of a shift is drawn at random."""

    shift: float = 0.0
    scale: float = 1.0
    turn: float = 0.0
    width: int = BOX_SIZE


SERIES: dict[str, tuple[Fault, ...]] = {
    "shift, px of 64": tuple(Fault(shift=shift) for shift in (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)),
    "scale": tuple(Fault(scale=scale) for scale in (0.88, 0.94, 1.06, 1.12)),
    "turn, degrees": tuple(Fault(turn=turn) for turn in (2.0, 4.0, 6.0, 10.0)),
    "picture's width on the photograph, px": tuple(Fault(width=width) for width in (48, 31, 24, 20, 16)),
}


def view_box(canvas: Ink, fault: Fault, rng: np.random.Generator) -> Picture:
    """The canvas (96,96) cut out with that fault."""
    matrix = np.asarray(cv2.getRotationMatrix2D((CANVAS / 2, CANVAS / 2), fault.turn, fault.scale), dtype=np.float64)
    direction = rng.uniform(0, 2 * np.pi)
    matrix[:, 2] += fault.shift * np.array([np.cos(direction), np.sin(direction)]) - (CANVAS - BOX_SIZE) / 2
    seen = cv2.warpAffine(canvas, matrix, (BOX_SIZE, BOX_SIZE), borderMode=cv2.BORDER_REPLICATE)
    small = cv2.resize(seen, (fault.width, fault.width), interpolation=cv2.INTER_AREA)
    large = cv2.resize(as_ink(small), (BOX_SIZE, BOX_SIZE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(large, 0, 1) * 255, dtype=np.uint8)


def draw_canvases() -> tuple[list[Ink], Labels]:
    """Written boxes and what they show."""
    rng = np.random.default_rng(99)
    writer = collect_writing("evaluation", range(100), times=1, corrected=0.0, seed=98)
    written = [writer.write(rng) for _ in range(BOXES)]
    canvases = [write_ink(blank_box(rng), ink_of(symbol, rng), rng) for symbol in written]
    return canvases, np.array([CLASSES.index(symbol.symbol) for symbol in written])


def main() -> None:
    """Print one line a fault: accuracy, share of answers with p >= 0.999, and how many of those are wrong."""
    canvases, labels = draw_canvases()
    for name, faults in SERIES.items():
        for fault in faults:
            rng = np.random.default_rng(7)
            chances = load_classifier().classify(np.stack([view_box(canvas, fault, rng) for canvas in canvases]))
            right, sure = chances.argmax(axis=1) == labels, chances.max(axis=1) >= 1 - 1e-3
            print(f"{name}\t{fault}\t{right.mean():.4f}\tsure {sure.mean():.3f}\twrong {int((sure & ~right).sum())}")


if __name__ == "__main__":
    main()
