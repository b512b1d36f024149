"""What a telephone and a reader do to a box: turn it, blur it, shade it, shrink it, compress it, cut it out again.

The range is that of page photographs with a longest side of 1,100 to 3,200 px, on which a box is 18 to 55 px wide.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ocr.classify import BOX_SIZE
from ocr.train.arrays import Ink, Picture, as_ink
from ocr.train.chance import happens
from ocr.train.compose import CANVAS


@dataclass(frozen=True)
class Strength:
    """How hard a picture is treated: the smallest width it is shrunk to (px), and factors for the other faults."""

    smallest: float
    geometry: float
    light: float


DRAWN = Strength(smallest=22, geometry=1.0, light=1.0)
PHOTO = Strength(smallest=31, geometry=0.8, light=0.8)
"""Page photographs of 1,600 px and more, boxes cut out by a reader that snaps to the printed square."""

REAL = Strength(smallest=24, geometry=0.8, light=0.7)
"""Real boxes have been through a camera once already."""


def photograph_box(canvas: Ink, strength: Strength, rng: np.random.Generator) -> Picture:
    """A box picture uint8 (64,64) from a drawn or padded canvas (96,96) of brightness 0 to 1."""
    width = round(float(np.exp(rng.uniform(np.log(strength.smallest), np.log(BOX_SIZE * 1.05)))))
    small = shrink(canvas, width, strength.geometry, rng)
    small = _blur(small, rng)
    small = _light(small, strength.light, rng)
    small = small + rng.normal(0, rng.uniform(0, 6) / 255, size=small.shape).astype(np.float32)
    seen = (np.clip(small, 0, 1) * 255).astype(np.uint8)
    if happens(rng, 0.7):
        seen = _compress(seen, rng)
    return _cut_out(seen, rng)


def shrink(canvas: Ink, width: int, geometry: float, rng: np.random.Generator) -> Ink:
    """The middle of the canvas as a picture of `width` pixels, moved, scaled, turned and tilted a little."""
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * BOX_SIZE
    turn = np.deg2rad(rng.normal(0, 1.6 * geometry))
    shear = rng.normal(0, 0.022 * geometry)
    scale = 1 + rng.normal(0, 0.025 * geometry, size=2)
    matrix = np.array([[np.cos(turn), -np.sin(turn) + shear], [np.sin(turn), np.cos(turn)]]) * scale
    middle = CANVAS / 2 + rng.normal(0, 1.2 * geometry, size=2).clip(-4, 4)
    source = corners @ matrix.T + middle + rng.normal(0, 0.6 * geometry, size=(4, 2))
    target = np.array([[0, 0], [width, 0], [width, width], [0, width]], dtype=np.float32)
    transform = cv2.getPerspectiveTransform(source.astype(np.float32), target)
    soft = cv2.GaussianBlur(canvas, (0, 0), 0.42 * BOX_SIZE / width)
    return as_ink(cv2.warpPerspective(soft, transform, (width, width), borderMode=cv2.BORDER_REPLICATE))


def _blur(small: Ink, rng: np.random.Generator) -> Ink:
    """Out of focus up to a sigma of 1.2 px of the photograph, and moved by up to 5 px."""
    if happens(rng, 0.6):
        small = as_ink(cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.2, 1.2))))
    if happens(rng, 0.2):
        small = as_ink(cv2.filter2D(small, -1, _motion(int(rng.integers(3, 6)), float(rng.uniform(0, 180)))))
    return small


def _motion(length: int, angle: float) -> Ink:
    kernel = np.zeros((5, 5), dtype=np.float32)
    reach = (length - 1) / 2 * np.array([np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))])
    start, end = np.round((2 - reach) * 16).astype(int), np.round((2 + reach) * 16).astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0, 1, cv2.LINE_8, 4)
    return np.asarray(kernel / kernel.sum(), dtype=np.float32)


def _light(small: Ink, amount: float, rng: np.random.Generator) -> Ink:
    """Contrast, a slope of brightness, sometimes a shadow's edge or a screen's stripes, and the camera's curve."""
    black, white = rng.uniform(0.0, 0.25), rng.uniform(0.45, 1.0)
    small = black * white + small * (white - black * white)
    across, down = np.meshgrid(np.linspace(-1, 1, small.shape[1]), np.linspace(-1, 1, small.shape[0]))
    turn = rng.uniform(0, 2 * np.pi)
    along = (across * np.cos(turn) + down * np.sin(turn)).astype(np.float32)
    small = small * (1 + along * rng.normal(0, 0.07 * amount))
    if happens(rng, 0.15 * amount):
        edge = 1 / (1 + np.exp(np.clip((along - rng.uniform(-0.8, 0.8)) * rng.uniform(3, 40), -30, 30)))
        small = small * (1 - rng.uniform(0.05, 0.38) * edge)
    if happens(rng, 0.06 * amount):
        small = small + rng.uniform(0.01, 0.06) * np.sin(along * rng.uniform(8, 90) + across * rng.uniform(-40, 40))
    return np.asarray(np.clip(small, 0, 1) ** rng.uniform(0.75, 1.35), dtype=np.float32)


def _compress(seen: Picture, rng: np.random.Generator) -> Picture:
    """JPEG, the blocks lying anywhere."""
    above, left = rng.integers(0, 8, size=2)
    padded = cv2.copyMakeBorder(seen, int(above), 0, int(left), 0, cv2.BORDER_REPLICATE)
    _, data = cv2.imencode(".jpg", padded, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 93))])
    decoded = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None, "OpenCV reads what it has just written"
    return np.asarray(decoded[above:, left:], dtype=np.uint8)


def _cut_out(seen: Picture, rng: np.random.Generator) -> Picture:
    """Back to 64 px, by whichever interpolation the reader or a dataset may use."""
    how = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA)[int(rng.integers(3))]
    return np.asarray(cv2.resize(seen, (BOX_SIZE, BOX_SIZE), interpolation=how), dtype=np.uint8)


def pad_box(picture: Picture, rng: np.random.Generator) -> Ink:
    """A cut-out box picture as a canvas: its square brought to 52 px, its edges continued outwards."""
    edge = (CANVAS - BOX_SIZE) // 2
    canvas = cv2.copyMakeBorder(picture, edge, edge, edge, edge, cv2.BORDER_REPLICATE).astype(np.float32) / 255
    scale = float(rng.normal(0.945, 0.03))
    middle = CANVAS / 2
    matrix = np.array([[scale, 0, middle * (1 - scale)], [0, scale, middle * (1 - scale)]])
    return as_ink(cv2.warpAffine(canvas, matrix, (CANVAS, CANVAS), borderMode=cv2.BORDER_REPLICATE))
