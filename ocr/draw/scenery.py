"""What surrounds a photographed page: the wall or table behind it, the light on it, the grain of the sensor."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_COARSE = 16
_TILE, _SPARE = 768, 256
_GRAIN_SEED = 20240214
# blue, green, red
_SURFACES = (
    (70, 105, 145),
    (200, 205, 208),
    (120, 120, 118),
    (60, 65, 70),
    (150, 175, 190),
    (165, 150, 130),
)


def background(size: tuple[int, int], rng: np.random.Generator) -> Picture:
    """A surface of `size` (width, height): one colour with stains and, on tables, a grain along one direction."""
    width, height = size[0] // 2 + 1, size[1] // 2 + 1
    colour = np.asarray(_SURFACES[int(rng.integers(len(_SURFACES)))], np.float32) * rng.uniform(0.8, 1.15)
    stains = _smooth((height // 24 + 2, width // 24 + 2), rng, (width, height)) * np.float32(rng.uniform(3, 10))
    grain = rng.normal(0, rng.uniform(1, 6), (height, 1)) if rng.random() < 0.5 else rng.normal(0, 1, (1, width))
    tone = np.clip(stains + (grain + 128).astype(np.float32), 0, 255).astype(np.uint8)
    surface = cv2.LUT(cv2.merge([tone, tone, tone]), _tinted(colour))
    return np.asarray(cv2.resize(surface, size, interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _tinted(colour: NDArray[np.float32]) -> Picture:
    """For each tone (128 is the colour itself) the three channels, (1, 256, 3)."""
    tones = np.arange(256)[None, :, None] - 128
    return np.asarray(np.clip(np.rint(colour + tones), 0, 255), dtype=np.uint8)


def _smooth(coarse: tuple[int, int], rng: np.random.Generator, size: tuple[int, int]) -> NDArray[np.float32]:
    noise = rng.standard_normal(coarse).astype(np.float32)
    return np.asarray(cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def light(picture: Picture, *, shadow: float, gradient: float, rng: np.random.Generator) -> Picture:
    """The picture under a lamp: brighter to one side, tinted, and sometimes under a soft shadow of up to `shadow`."""
    height, width = picture.shape[:2]
    rows, columns = height // _COARSE + 2, width // _COARSE + 2
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    gain = rng.uniform(0.72, 1.0) * (1 + rng.uniform(0, gradient) * 0.5 * (x * np.cos(angle) + y * np.sin(angle)))
    if shadow > 0 and rng.random() < 0.6:
        gain *= 1 - float(rng.uniform(0, shadow)) * _shade(x, y, rng)
    if rng.random() < 0.7 and shadow > 0:
        gain *= _folds(x, y, rng)
    tint = 1 + rng.normal(0, 0.02, 3)
    gains = np.clip(gain[:, :, None] * tint * 200, 0, 255).astype(np.uint8)
    full = cv2.resize(gains, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(picture, full, scale=1 / 200), dtype=np.uint8)


def _shade(x: NDArray[np.float64], y: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Between 0 (lit) and 1 (in shadow): a half-plane with a soft edge, or a round shape such as a head."""
    softness = rng.uniform(0.03, 0.25)
    if rng.random() < 0.5:
        angle = rng.uniform(0, 2 * np.pi)
        distance = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-0.5, 0.6)
    else:
        centre, radius = rng.uniform(-0.8, 0.8, 2), rng.uniform(0.25, 0.7)
        distance = radius - np.hypot(x - centre[0], y - centre[1])
    shade: NDArray[np.float64] = 1 / (1 + np.exp(-distance / softness * 3))
    return shade


def _folds(x: NDArray[np.float64], y: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Up to three creases: one side a little brighter, the other a little darker."""
    gain = np.ones_like(x)
    for _ in range(int(rng.integers(1, 4))):
        across, lean = (y, x) if rng.random() < 0.6 else (x, y)
        distance = across - rng.uniform(-0.7, 0.7) - rng.normal(0, 0.03) * lean
        gain += (
            rng.uniform(-0.06, 0.06) * np.tanh(distance / 0.015) * np.exp(-np.abs(distance) / rng.uniform(0.02, 0.12))
        )
    return gain


@cache
def _grain() -> NDArray[np.float32]:
    """Grain of standard deviation 1, the same for every process; each photograph takes another part of it."""
    side = _TILE + _SPARE
    return np.random.default_rng(_GRAIN_SEED).standard_normal((side, side, 3), dtype=np.float32)


def noise(picture: Picture, sigma: float, rng: np.random.Generator) -> None:
    """Grain of standard deviation `sigma`, in place; one tile of chance is repeated over the picture."""
    if sigma < 0.3:
        return
    across, down = (int(start) for start in rng.integers(0, _SPARE, 2))
    unit = _grain()[down : down + _TILE, across : across + _TILE]
    tile = np.rint(unit * np.float32(sigma)).astype(np.int16)
    for top in range(0, picture.shape[0], _TILE):
        for left in range(0, picture.shape[1], _TILE):
            part = picture[top : top + _TILE, left : left + _TILE]
            part[:] = cv2.add(part, tile[: part.shape[0], : part.shape[1]], dtype=cv2.CV_8U)
