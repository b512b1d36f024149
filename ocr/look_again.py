"""A second look at boxes in which the writer changed his mind: the digit that was written last is the one that counts.

The net spreads its answer where two digits stand in one box. People read such boxes all the same: the later digit is
written more heavily over the earlier one, or beside it, and the earlier one is struck out. Here the ink of the later
digit is taken by itself and set into a clean box, which the net is shown.

Chosen on drawn papers of development seeds: of 346 boxes that were looked at again 344 had been overwritten; 54 % of
them showed what the net first thought, 95 % what it makes of the later ink.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.classify import BOX_SIZE
from ocr.cut_cells import compose_ink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ocr.classify import BoxPictures, Classifier, Probabilities

Ink: TypeAlias = NDArray[np.float32]
"""A square picture, 0 none to 1 black; or what is left of it, cut to its outline."""

DOUBTFUL, FLAT = 0.95, 0.5
"""A box is looked at again when the net's first answer is weaker; for a digit beside a struck one, when it is flat."""

FIRST = 0.05
"""The share of the first answer that stays: about as often the second look is wrong too."""

TWO_TONES, PALER = 0.75, 0.66
"""Ink is of two tones when two groups explain so much of the variance along the strokes, and the mean of the lighter
one is at most so much of the other."""

HEAVY, WHOLE, TALL = (0.60, 0.25), 0.8, 0.36
"""The later, heavier ink: where its darkness begins and how far it rises to full, as shares of the darkest. It is a
digit only if one piece holds so much of it and it is so tall; otherwise it is where thin strokes cross."""

BESIDE, WIDE, LEFT, THIN_PX = (0.25, 0.35), 0.47, (0.3, 0.8), 7.5
"""A digit beside a struck one: the same for its ink; how wide both together are, how much of it lies in the left half,
and how broad the pen is at most. Broad pens leave no room for two digits."""

CUTS_PX = (58, 64, 70)
"""Where the right-hand digit may begin; all are tried."""

PALEST = 0.08
"""The darkest ink must be so much darker than paper for anything to be told apart."""

PENS = (0.9, 1.8)
SHARE_FLOOR = 1e-4

_SIDE = 2 * BOX_SIZE
_INNER = slice(10, 54)
_EDGE = slice(20, -20)
_LEAST_PIECE, _LEAST_SHARE, _LEAST_INK = 8, 0.06, 25


def look_again(
    pictures: BoxPictures, first: Probabilities, classifier: Classifier
) -> tuple[Probabilities, NDArray[np.bool_]]:
    """The net's `first` answers (N, 13) to box pictures (N, 64, 64), bettered where a later digit stands out.

    Also says which boxes those are, (N,).
    """
    told = first.copy()
    again = np.zeros(len(first), dtype=np.bool_)
    for at in np.flatnonzero(first.max(axis=1) < DOUBTFUL):
        later = find_later(pictures[at], flat=float(first[at].max()) < FLAT)
        if later:
            told[at] = FIRST * first[at] + (1 - FIRST) * _classify(later, classifier)
            again[at] = True
    return told, again


def find_later(picture: BoxPictures, *, flat: bool) -> list[Ink]:
    """The ink of the digit that was written last, in one or more tries; empty where none stands out.

    `flat`: the net made nothing of the box, so that two digits may stand side by side.
    """
    dark = _darken(picture)
    darkest = float(np.percentile(dark[_EDGE, _EDGE], 99))
    if darkest < PALEST:
        return []
    heavier = _take_heavier(dark, darkest)
    if heavier is not None:
        return [heavier]
    return _take_right(dark, darkest) if flat and _stand_beside(dark, darkest) else []


def _classify(inks: Sequence[Ink], classifier: Classifier) -> NDArray[np.float64]:
    """The net's answer (13,) to the inks: the mean over pens, then over tries, those it is surer of weighing more."""
    pictures = np.stack([compose_ink(ink, pen) for ink in inks for pen in PENS])
    looks = classifier.classify(pictures).reshape(len(inks), len(PENS), -1).astype(np.float64)
    said = np.exp(np.log(looks + SHARE_FLOOR).mean(axis=1))
    said /= said.sum(axis=1, keepdims=True)
    weights = said.max(axis=1) ** 4
    return np.asarray(weights @ said / weights.sum(), dtype=np.float64)


def _darken(picture: BoxPictures) -> Ink:
    """How much darker than paper each pixel inside the printed border is, at twice the size."""
    inner = picture[_INNER, _INNER].astype(np.float32)
    paper = max(float(np.percentile(inner, 75)), 30.0)
    dark = np.zeros(picture.shape, np.float32)
    dark[_INNER, _INNER] = np.clip(1 - inner / paper, 0, 1)
    return np.asarray(cv2.resize(dark, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _take_heavier(dark: Ink, darkest: float) -> Ink | None:
    """The darker of two tones of ink; None where there is one tone, or where the darker is no figure."""
    if not _has_two_tones(_follow_strokes(dark, darkest)):
        return None
    ink = _keep_pieces(_deepen(dark, darkest, HEAVY))
    if ink is None or ink.shape[0] <= TALL * _SIDE:
        return None
    areas = _measure_pieces(ink)
    return ink if areas.max() > WHOLE * areas.sum() else None


def _follow_strokes(dark: Ink, darkest: float) -> Ink:
    """Darkness along the middles of all strokes, as shares of the darkest, rising; (N,)."""
    soft = cv2.GaussianBlur(dark, (0, 0), 1.5)
    highest = cv2.dilate(soft, np.ones((7, 7), np.uint8))
    middles = (soft >= 0.985 * highest) & (soft > 0.18 * darkest)
    return np.asarray(np.sort(soft[middles]) / darkest, dtype=np.float32)


def _has_two_tones(along: Ink) -> bool:
    """Whether two groups, each of an eighth at least, explain the darkness along the strokes (Otsu's criterion)."""
    count = len(along)
    below = np.arange(int(0.12 * count), int(0.88 * count))
    below = below[below > 0]
    if count < 20 or not len(below):
        return False
    sums = np.cumsum(along)
    light, heavy = sums[below - 1] / below, (sums[-1] - sums[below - 1]) / (count - below)
    explained = below * (count - below) / count**2 * (heavy - light) ** 2 / (along.var() + 1e-6)
    best = int(explained.argmax())
    return bool(explained[best] > TWO_TONES and light[best] < PALER * heavy[best])


def _stand_beside(dark: Ink, darkest: float) -> bool:
    """Whether thin ink is as wide as two figures, with enough of it in the left half and in the right one."""
    columns = (dark > 0.4 * darkest).sum(axis=0)
    inked = np.flatnonzero(columns)
    if not len(inked) or inked[-1] - inked[0] <= WIDE * _SIDE:
        return False
    left = float(columns[: _SIDE // 2].sum() / columns.sum())
    return LEFT[0] < left < LEFT[1] and _measure_pen(dark, darkest) < THIN_PX


def _measure_pen(dark: Ink, darkest: float) -> float:
    """How broad the strokes are, in pixels of the doubled picture."""
    deep = cv2.distanceTransform((dark > 0.45 * darkest).astype(np.uint8), cv2.DIST_L2, 3)
    middles = (deep > 1) & (deep >= cv2.dilate(deep, np.ones((3, 3), np.uint8)))
    return 2 * float(np.median(deep[middles])) if middles.any() else 0.0


def _take_right(dark: Ink, darkest: float) -> list[Ink]:
    """The ink right of each place where a second digit may begin."""
    ink = _deepen(dark, darkest, BESIDE)
    tries = []
    for cut in CUTS_PX:
        right = ink.copy()
        right[:, :cut] = 0
        kept = _keep_pieces(right)
        if kept is not None:
            tries.append(kept)
    return tries


def _deepen(dark: Ink, darkest: float, depth: tuple[float, float]) -> Ink:
    """Ink from where its darkness begins to where it is full, shares of the darkest."""
    begins, rises = depth
    return np.asarray(np.clip((dark - begins * darkest) / (rises * darkest), 0, 1), dtype=np.float32)


def _measure_pieces(ink: Ink) -> NDArray[np.int64]:
    """The areas (pixels) of the pieces of ink, in the order of their labels."""
    _, _, stats, _ = cv2.connectedComponentsWithStats((ink > 0.5).astype(np.uint8), connectivity=8)
    return np.asarray(stats[1:, cv2.CC_STAT_AREA], dtype=np.int64)


def _keep_pieces(ink: Ink) -> Ink | None:
    """The ink without specks, cut to its outline; None where next to nothing is left."""
    _, labels = cv2.connectedComponents((ink > 0.5).astype(np.uint8), connectivity=8)
    areas = _measure_pieces(ink)
    if not len(areas):
        return None
    large = 1 + np.flatnonzero(areas >= max(_LEAST_PIECE, _LEAST_SHARE * areas.max()))
    kept = np.isin(labels, large)
    if kept.sum() < _LEAST_INK:
        return None
    rows, columns = np.nonzero(kept)
    around = cv2.dilate(kept.astype(np.uint8), np.ones((5, 5), np.uint8))
    cut = (ink * around)[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    return np.asarray(cut, dtype=np.float32)
