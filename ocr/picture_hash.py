"""Is one picture a copy of another? A hash to look copies up by, a small grey card to prove it on, and the proof.

Two photographs of forms resemble each other far more than any two holiday pictures: the print is the same, only the ink
differs. A short hash of the whole picture therefore only *finds* candidates. What proves a copy is that every part of
the one lies on the same part of the other, room and shadows around the sheet included, once they are laid over each
other by a shift, a turn and a scale. Two photographs of one sheet never do that: the camera stood elsewhere. Errs
towards "another picture": a copy that is not recognised costs somebody a minute, a genuine photograph taken for a copy
would not be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.decode import shrink_to
from ocr.exif_turn import turn_pixels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ocr.decode import Picture

    Grey = NDArray[np.uint8]
    Floats = NDArray[np.float32]

CARD_PIXELS = 640
"""Longest side of a card: a digit of the form is still some pixels high."""
CARD_QUALITY = 80
HASH_BYTES = 32
BAND_BITS = 16

_INSIDE = 0.84
"""The hash is of the middle of a picture, so that cropping a few per cent leaves it in place."""
_SMALL, _SIDE, _WAVES = 192, 48, 16
_SHIFTS, _SCALES, _TURNS = (-0.02, 0.0, 0.02), (0.96, 1.0, 1.04), (-1.5, -0.75, 0.0, 0.75, 1.5)

_FEATURES, _INLIERS_MIN, _REPROJECTION = 600, 12, 2.0
_CELL, _CELLS_MIN, _PLAIN_SHARE = 32, 30, 25.0
_ALIKE_CELL = 0.6
PROOFS = ((0.97, 0.70, 3.2), (0.88, 0.30, 1.0))
"""A copy: so large a share of the cells correlates above 0.6, the worst twentieth at so much, and the light differs by
no more. Either all strokes lie where they lay, or, on a copy that was spoilt, the light is the same everywhere.
docs/triage.md has the distributions that these stand between."""


@dataclass(frozen=True)
class Likeness:
    """How alike two pictures are once one is laid over the other.

    `alike` (0..1): share of the cells with any texture that correlate above 0.6; `worst`: correlation that 5 % of the
    cells do not reach. `light`: how far off the brightness of the worst fifth of the cells is, in grey levels of 255,
    when it is told from the other picture's by one smooth curve for all: next to nothing after any change of
    brightness, contrast or gamma, much under another shadow. `cells`: how many were compared; 0 when no shift, turn and
    scale brought the two together.
    """

    alike: float
    worst: float
    light: float
    cells: int

    @property
    def is_copy(self) -> bool:
        """Tell whether one is a copy of the other."""
        if self.cells < _CELLS_MIN:
            return False
        return any(self.alike >= one and self.worst >= two and self.light <= most for one, two, most in PROOFS)


_NOTHING = Likeness(0.0, 0.0, 255.0, 0)


def make_card(picture: Picture) -> bytes:
    """Return the whole photograph, upright, grey and small, as JPEG: what copies are proved on later."""
    small, _ = shrink_to(picture.pixels, CARD_PIXELS)
    grey = small if small.ndim == 2 else np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    done, encoded = cv2.imencode(
        ".jpg", turn_pixels(grey, picture.orientation), [cv2.IMWRITE_JPEG_QUALITY, CARD_QUALITY]
    )
    if not done:
        raise RuntimeError(f"a card of {grey.shape[1]} x {grey.shape[0]} pixels could not be encoded as JPEG")
    return bytes(encoded)


def hash_card(card: bytes) -> tuple[bytes, ...]:
    """Return the card's hash (32 bytes), and behind it the hashes it would have if shifted, turned or scaled a little.

    Stored is the first; looked for are all, so that one of them meets the hash of a picture this was cropped from.
    """
    small = _lay_small(_open_card(card))
    own = (0.0, 0.0, 1.0, 0.0)
    places = [(x, y, scale, turn) for x in _SHIFTS for y in _SHIFTS for scale in _SCALES for turn in _TURNS]
    hashes = (_hash_region(small, *place) for place in [own, *(place for place in places if place != own)])
    return tuple(dict.fromkeys(hashes))


def bands_of(hashed: bytes) -> tuple[int, ...]:
    """Return a hash's bands, each with its place: two hashes that share one are candidates. From 0 to 2**20 - 1."""
    words = np.frombuffer(hashed, dtype=">u2")
    return tuple((place << BAND_BITS) | int(word) for place, word in enumerate(words))


def hash_distance(one: bytes, other: bytes) -> int:
    """Return in how many of their 256 bits two hashes differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def find_copies(card: bytes, others: Sequence[tuple[int, bytes]]) -> list[bool]:
    """Tell of each of the other cards whether it and this one are copies of one picture.

    `others`: (group, card). Where one of a group is a copy, the rest of that group is passed over, and False.
    """
    own, found = _open_card(card), list[bool]()
    done: set[int] = set()
    for group, other in others:
        found.append(group not in done and compare_pictures(_open_card(other), own).is_copy)
        if found[-1]:
            done.add(group)
    return found


def compare_pictures(first: Grey, second: Grey) -> Likeness:
    """Lay `second` over `first` and compare them cell by cell."""
    laid = _lay_over(first, second)
    if laid is None:
        return _NOTHING
    return _compare_cells(first, *laid)


def _open_card(card: bytes) -> Grey:
    """Raises ValueError: not a JPEG that was made here."""
    grey = cv2.imdecode(np.frombuffer(card, np.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise ValueError(f"{len(card)} bytes are no card")
    return np.asarray(grey, dtype=np.uint8)


def _lay_small(grey: Grey) -> Floats:
    small, _ = shrink_to(grey, _SMALL)
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 1.0), dtype=np.float32)


def _hash_region(small: Floats, shift_x: float, shift_y: float, scale: float, degrees: float) -> bytes:
    """The signs of the 16 x 16 slowest waves in the middle of a picture; the mean brightness says nothing and is 0."""
    height, width = small.shape
    angle = np.radians(degrees)
    right = np.array([np.cos(angle), np.sin(angle)]) * width * _INSIDE * scale / _SIDE
    down = np.array([-np.sin(angle), np.cos(angle)]) * height * _INSIDE * scale / _SIDE
    corner = np.array([width * (0.5 + shift_x), height * (0.5 + shift_y)]) - (right + down) * _SIDE / 2
    matrix = np.column_stack([right, down, corner]).astype(np.float32)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    middle = cv2.warpAffine(small, matrix, (_SIDE, _SIDE), flags=how, borderMode=cv2.BORDER_REPLICATE)
    waves = cv2.dct(np.asarray(middle, dtype=np.float32))[:_WAVES, :_WAVES]
    waves[0, 0] = 0.0
    return np.packbits(waves.ravel() > 0).tobytes()


def _lay_over(first: Grey, second: Grey) -> tuple[Grey, NDArray[np.bool_]] | None:
    """`second` as it lies over `first`, and where it does; None when no shift, turn and scale brings them together."""
    start = _match_features(first, second)
    if start is None:
        return None
    inverse = np.asarray(cv2.invertAffineTransform(start), dtype=np.float32)
    criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 1e-4)
    soft, other = cv2.GaussianBlur(first, (0, 0), 1.0), cv2.GaussianBlur(second, (0, 0), 1.0)
    try:
        _, found = cv2.findTransformECC(soft, other, inverse, cv2.MOTION_AFFINE, criteria)
    except cv2.error:  # it says so when the two do not come together
        return None
    inverse = np.asarray(found, dtype=np.float32)
    size = (first.shape[1], first.shape[0])
    laid = cv2.warpAffine(second, inverse, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    there = cv2.warpAffine(np.full_like(second, 255), inverse, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
    inner = cv2.erode(there, np.ones((9, 9), np.uint8))  # beyond its edge the blurs below see what is not there
    return np.asarray(laid, dtype=np.uint8), np.asarray(inner > 0)


def _match_features(first: Grey, second: Grey) -> NDArray[np.float64] | None:
    """The affine map from `second` to `first` by their corners and spots."""
    orb = cv2.ORB.create(_FEATURES, 1.2, 6, fastThreshold=10)
    (keys, words), (other_keys, other_words) = (orb.detectAndCompute(grey, None) for grey in (first, second))
    if min(len(keys), len(other_keys)) < _INLIERS_MIN:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(other_words, words, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < 0.8 * pair[1].distance]
    if len(good) < _INLIERS_MIN:
        return None
    source = np.array([other_keys[one.queryIdx].pt for one in good], np.float32)
    target = np.array([keys[one.trainIdx].pt for one in good], np.float32)
    cv2.setRNGSeed(1)  # the same two cards give the same answer
    matrix, inliers = cv2.estimateAffine2D(source, target, ransacReprojThreshold=_REPROJECTION, maxIters=1000)
    if int(np.count_nonzero(inliers)) < _INLIERS_MIN:
        return None
    found = np.asarray(matrix, dtype=np.float64)
    return found if abs(np.linalg.det(found[:, :2])) > 0.05 else None


def _compare_cells(first: Grey, laid: Grey, there: NDArray[np.bool_]) -> Likeness:
    """Correlate edges and strokes of the two, cell by cell; brightness and contrast do not count."""
    one, other = _edges(first), _edges(laid)
    own, theirs, both = (_mean_cells(product) for product in (one * one, other * other, one * other))
    covered = _mean_cells(there.astype(np.float32)) > 0.99
    strength = np.maximum(own, theirs)
    if int(covered.sum()) < _CELLS_MIN:
        return _NOTHING
    textured = covered & (strength > np.percentile(strength[covered], _PLAIN_SHARE))
    found = (both / np.sqrt(own * theirs + 1e-3))[textured]
    if found.size < _CELLS_MIN:
        return _NOTHING
    light = _compare_light(
        _mean_cells(first.astype(np.float32))[covered], _mean_cells(laid.astype(np.float32))[covered]
    )
    return Likeness(float((found > _ALIKE_CELL).mean()), float(np.percentile(found, 5)), light, int(found.size))


def _compare_light(one: Floats, other: Floats) -> float:
    """How far the cells' brightness lies from one cubic curve of the other picture's, in grey levels."""
    if float(np.ptp(one)) < 1.0:
        return 255.0  # a picture without light and dark proves nothing
    curve = np.polynomial.Polynomial.fit(one.astype(np.float64), other.astype(np.float64), 3)
    return float(np.percentile(np.abs(curve(one.astype(np.float64)) - other), 80))


def _edges(grey: Grey) -> Floats:
    values = grey.astype(np.float32)
    return np.asarray(cv2.GaussianBlur(values, (0, 0), 1.0) - cv2.GaussianBlur(values, (0, 0), 5.0), dtype=np.float32)


def _mean_cells(values: Floats) -> Floats:
    rows, columns = (side // _CELL for side in values.shape)
    whole = values[: rows * _CELL, : columns * _CELL]
    return np.asarray(whole.reshape(rows, _CELL, columns, _CELL).mean(axis=(1, 3)), dtype=np.float32)
