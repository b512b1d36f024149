"""Find labels of the real boxes that nets trained without those boxes do not believe, and show them for the eye.

    python -m ocr.train.audit --boxes FILE --logits left_out.npy --out SHEET.png

Prints one line a doubtful box (index, label, what the net reads, with which probability) and paints a contact sheet.
What the eye decides goes into `labels_2024.json` by hand. The sheet shows real people's writing: keep it out of the
repository.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from ocr.classify import CLASSES
from ocr.train.arrays import Labels, Picture
from ocr.train.measure import Logits, soften
from ocr.train.sources import Pictures, load_boxes

COLUMNS = 16
ENLARGED = 96
CAPTION = 16


def find_doubtful(boxes: Pictures, logits: Logits, limit: int) -> Labels:
    """Positions of the boxes whose label was given the least probability, the least believed first."""
    believed = soften(logits, 1.0)[np.arange(len(boxes.labels)), boxes.labels]
    order = np.argsort(believed)[:limit]
    return np.asarray(order[believed[order] < 1 / 2], dtype=np.int64)


def paint_sheet(pictures: Picture, captions: list[str]) -> Picture:
    """All pictures, enlarged, each under its caption."""
    tiles = [_paint_tile(picture, caption) for picture, caption in zip(pictures, captions, strict=True)]
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % COLUMNS)
    return np.vstack([np.hstack(tiles[start : start + COLUMNS]) for start in range(0, len(tiles), COLUMNS)])


def _paint_tile(picture: Picture, caption: str) -> Picture:
    large = cv2.resize(picture, (ENLARGED, ENLARGED), interpolation=cv2.INTER_LINEAR)
    tile = cv2.copyMakeBorder(large, CAPTION, 0, 1, 1, cv2.BORDER_CONSTANT, value=255)
    return np.asarray(cv2.putText(tile, caption, (2, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, 0, 1, cv2.LINE_AA))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m ocr.train.audit", description="Show doubtful labels.")
    parser.add_argument("--boxes", type=Path, required=True)
    parser.add_argument("--logits", type=Path, required=True, help="left_out.npy, as the training leaves it")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=160)
    options = parser.parse_args()
    boxes = load_boxes(options.boxes).audited
    logits = np.load(options.logits)[boxes.index]
    places = find_doubtful(boxes, logits, options.limit)
    chances = soften(logits, 1.0)
    captions = []
    for place in places:
        best = int(chances[place].argmax())
        index, label = int(boxes.index[place]), CLASSES[boxes.labels[place]]
        captions.append(f"{index} {label}>{CLASSES[best]}")
        print(f"{index}\tlabel {label}\tread {CLASSES[best]}\tp {chances[place, best]:.4f}")
    cv2.imwrite(str(options.out), paint_sheet(boxes.pictures[places], captions))


if __name__ == "__main__":
    main()
