"""Boxes that nobody can read, and what the net should say of them: not much.

A net that has seen only good boxes is sure of anything. Here it learns to spread its answer: evenly over all classes,
or over the two symbols that lie on top of each other.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr.classify import CLASSES
from ocr.train.arrays import Ink, Targets, as_ink
from ocr.train.chance import choose, happens
from ocr.train.compose import CANVAS, SQUARE, blank_box, paste, place_symbol, resize_ink, write_ink
from ocr.train.strokes import SIDE, draw_scribble
from ocr.train.writers import Writer

EVENLY: Targets = np.full(len(CLASSES), 1 / len(CLASSES), dtype=np.float32)


def draw_junk(writer: Writer, rng: np.random.Generator) -> tuple[Ink, Targets]:
    """An unreadable canvas (96,96) and the answer wanted of it."""
    kind = choose(rng, {"scribbled": 0.3, "two": 0.25, "half cut": 0.2, "print": 0.1, "overwritten": 0.15})
    if kind == "scribbled":
        return _scribbled_out(writer, rng), EVENLY
    if kind == "two":
        return _two_in_a_box(writer, rng), EVENLY
    if kind == "half cut":
        return _half_cut(writer, rng), EVENLY
    if kind == "print":
        return _print(rng), EVENLY
    return _overwritten(writer, rng)


def _scribbled_out(writer: Writer, rng: np.random.Generator) -> Ink:
    paper = blank_box(rng)
    darkness = float(rng.uniform(0.5, 0.95))
    if happens(rng, 0.7):
        written = writer.write(rng)
        paper = write_ink(paper, place_symbol(written.alone(), written.symbol, rng), rng, darkness=darkness)
    tangle = resize_ink(draw_scribble(rng), SIDE // 2, SIDE // 2)
    return write_ink(paper, paste(tangle, CANVAS / 2, CANVAS / 2), rng, darkness=darkness)


def _two_in_a_box(writer: Writer, rng: np.random.Generator) -> Ink:
    """Two symbols side by side, as from a writer who put the whole number into one box."""
    paper = blank_box(rng)
    darkness = float(rng.uniform(0.5, 0.95))
    for side in (-1, 1):
        shape, symbol = _digit(writer, rng)
        height = round(float(rng.uniform(20, 36)))
        width = int(np.clip(height * shape.shape[1] / shape.shape[0], 4 if symbol == "1" else 12, 22))
        place = paste(
            resize_ink(shape, width, height),
            CANVAS / 2 + side * float(rng.uniform(10, 14)),
            CANVAS / 2 + float(rng.normal(0, 3)),
        )
        paper = write_ink(paper, place, rng, darkness=darkness)
    return paper


def _half_cut(writer: Writer, rng: np.random.Generator) -> Ink:
    """A picture cut in the wrong place: the square lies half outside."""
    written = writer.write(rng)
    paper = write_ink(blank_box(rng), place_symbol(written.alone(), written.symbol, rng), rng)
    turn, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.4, 0.6) * SQUARE
    move = np.array([[1, 0, reach * np.cos(turn)], [0, 1, reach * np.sin(turn)]])
    return np.asarray(cv2.warpAffine(paper, move, (CANVAS, CANVAS), borderMode=cv2.BORDER_REFLECT), dtype=np.float32)


def _print(rng: np.random.Generator) -> Ink:
    """Another part of the form, as cut out of a page that was found in the wrong place: bubbles, words."""
    paper = np.full((CANVAS, CANVAS), 255, dtype=np.uint8)
    grey, thickness = int(rng.uniform(20, 120)), int(rng.integers(1, 3))
    left, top = (int(edge) for edge in rng.uniform(-10, 40, size=2))
    if happens(rng, 0.5):
        for row in range(4):
            centre = (left + 30, top + row * round(SQUARE * 0.53))
            cv2.circle(paper, centre, 11, grey, thickness, cv2.LINE_AA)
            place = (centre[0] - 4, centre[1] + 5)
            cv2.putText(paper, str(rng.integers(10)), place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, grey, 1, cv2.LINE_AA)
    else:
        for row in range(5):
            words = "".join(chr(int(code)) for code in rng.integers(ord("A"), ord("Z") + 1, size=12))
            size = float(rng.uniform(0.3, 1.2))
            place = (left - 40, top + row * 22)
            cv2.putText(paper, words, place, cv2.FONT_HERSHEY_SIMPLEX, size, grey, thickness, cv2.LINE_AA)
    return as_ink(paper / 255)


def _overwritten(writer: Writer, rng: np.random.Generator) -> tuple[Ink, Targets]:
    """Two different symbols in the same place, equally dark: either may be meant."""
    paper = blank_box(rng)
    darkness = float(rng.uniform(0.5, 0.95))
    target = EVENLY * np.float32(0.2)
    for _ in range(2):
        shape, symbol = _digit(writer, rng)
        paper = write_ink(paper, place_symbol(shape, symbol, rng), rng, darkness=darkness)
        target[CLASSES.index(symbol)] += np.float32(0.4)
    return paper, target


def _digit(writer: Writer, rng: np.random.Generator) -> tuple[Ink, str]:
    """A digit: crosses and dashes are asked again, since something under a cross is only crossed out."""
    for _ in range(20):
        written = writer.write(rng)
        if written.symbol.isdigit():
            return written.alone(), written.symbol
    raise AssertionError("a writer of digits wrote twenty symbols and no digit")
