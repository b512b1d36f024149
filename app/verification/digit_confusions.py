"""Which digits do readers take for one another? Estimated from what several of them wrote for the same box.

Dawid and Skene, Applied Statistics 28 (1979) 20: nobody knows what truly stands in a box; whoever agrees with the
others is believed more, and what is believed of the boxes says how each reader errs (EM). One matrix a reader is too
much for people who have read little, so it is hierarchical: a reader's matrix leans on everybody's, and everybody's on
the rule's own table (``confusion``). Newcomers are taken to err like everybody.

It decides nothing: the rule's table is part of its version. This tells whether the table still holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from app.verification.confusion import share_of_errors

DIGITS = 10
_Floats = npt.NDArray[np.float64]
_TINY = 1e-10
_ROUNDS = 100
_STILL = 1e-6


@dataclass(frozen=True)
class DigitLabel:
    """One reader wrote ``digit`` (0..9) for ``box``, whatever names the box."""

    box: str
    reader: str
    digit: int


@dataclass(frozen=True)
class ReaderConfusion:
    """How one reader errs. ``matrix[true][said]`` sums to 1 over ``said``; ``error_rate``: of digits as they come."""

    matrix: tuple[tuple[float, ...], ...]
    error_rate: float
    labels: int


@dataclass(frozen=True)
class Confusions:
    """What EM came to. ``boxes``: box -> probability of each digit; ``pooled``: everybody's matrix."""

    pooled: tuple[tuple[float, ...], ...]
    readers: Mapping[str, ReaderConfusion]
    boxes: Mapping[str, tuple[float, ...]]

    def likest(self, count: int) -> tuple[tuple[int, int, float], ...]:
        """Return the ``count`` pairs of digits most often taken for one another: (smaller, larger, probability)."""
        pairs = [(a, b, (self.pooled[a][b] + self.pooled[b][a]) / 2) for a, b in combinations(range(DIGITS), 2)]
        return tuple(sorted(pairs, key=lambda one: (-one[2], one))[:count])


def make_table(error_rate: float) -> _Floats:
    """Return the rule's own table as a matrix ``[true, said]`` of somebody who errs with this rate a digit."""
    table = np.array([[share_of_errors(said, true) for said in range(DIGITS)] for true in range(DIGITS)])
    table *= error_rate / table.sum(axis=1, keepdims=True)
    np.fill_diagonal(table, 1.0 - error_rate)
    return table


def estimate_confusions(
    labels: Sequence[DigitLabel], *, pooled_strength: float = 200.0, reader_strength: float = 20.0, error: float = 0.01
) -> Confusions:
    """Return how readers err, and what stands in the boxes, from their labels alone.

    ``pooled_strength``: as if the rule's table (at ``error`` a digit) had been counted on so many boxes of each digit;
    ``reader_strength``: the same for everybody's matrix in each reader's own. Both 0: Dawid and Skene's plain method.
    """
    if not labels:
        return Confusions(_as_tuples(make_table(error)), {}, {})
    numbered = _number_labels(labels)
    table = make_table(error) * pooled_strength
    belief = _count_votes(numbered)
    for _ in range(_ROUNDS):
        _, own = _maximise(belief, numbered, table, reader_strength)
        after = _expect(belief, own, numbered)
        still = float(np.abs(after - belief).max()) < _STILL
        belief = after
        if still:
            break
    return _conclude(belief, numbered, *_maximise(belief, numbered, table, reader_strength))


@dataclass(frozen=True)
class _Numbered:
    """Labels as arrays: place of the box, of the reader, digit; and the names by place."""

    places: npt.NDArray[np.intp]
    who: npt.NDArray[np.intp]
    said: npt.NDArray[np.intp]
    boxes: tuple[str, ...]
    readers: tuple[str, ...]


def _number_labels(labels: Sequence[DigitLabel]) -> _Numbered:
    boxes = {name: place for place, name in enumerate(dict.fromkeys(one.box for one in labels))}
    readers = {name: place for place, name in enumerate(dict.fromkeys(one.reader for one in labels))}
    return _Numbered(
        places=np.array([boxes[one.box] for one in labels], dtype=np.intp),
        who=np.array([readers[one.reader] for one in labels], dtype=np.intp),
        said=np.array([one.digit for one in labels], dtype=np.intp),
        boxes=tuple(boxes),
        readers=tuple(readers),
    )


def _conclude(belief: _Floats, labels: _Numbered, pooled: _Floats, own: _Floats) -> Confusions:
    rates = 1.0 - np.einsum("rtt,t->r", own, belief.mean(axis=0))
    counts = np.bincount(labels.who, minlength=len(labels.readers))
    readers = {
        name: ReaderConfusion(_as_tuples(own[place]), float(rates[place]), int(counts[place]))
        for place, name in enumerate(labels.readers)
    }
    rows = (tuple(row) for row in belief.tolist())
    return Confusions(_as_tuples(pooled), readers, dict(zip(labels.boxes, rows, strict=True)))


def _as_tuples(matrix: _Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _count_votes(labels: _Numbered) -> _Floats:
    votes = np.zeros((len(labels.boxes), DIGITS))
    np.add.at(votes, (labels.places, labels.said), 1.0)
    return _normalise(votes)


def _maximise(belief: _Floats, labels: _Numbered, table: _Floats, reader_strength: float) -> tuple[_Floats, _Floats]:
    """Return everybody's matrix and each reader's own, ``[reader, true, said]``, if the boxes hold what is believed."""
    counts = np.zeros((len(labels.readers), DIGITS, DIGITS))
    np.add.at(counts.transpose(0, 2, 1), (labels.who, labels.said), belief[labels.places])
    pooled = _normalise(counts.sum(axis=0) + table)
    return pooled, _normalise(counts + reader_strength * pooled)


def _expect(belief: _Floats, own: _Floats, labels: _Numbered) -> _Floats:
    """Return what each box holds, with which probability, if readers err as their matrices say.

    ``belief``: the last answer; how often each digit comes is taken from it.
    """
    logs = np.tile(np.log(np.maximum(belief.mean(axis=0), _TINY)), (len(labels.boxes), 1))
    np.add.at(logs, labels.places, np.log(own[labels.who, :, labels.said]))
    return _normalise(np.exp(logs - logs.max(axis=1, keepdims=True)))


def _normalise(counts: _Floats) -> _Floats:
    """Return probabilities over the last axis, none quite nought."""
    floored = np.maximum(counts, _TINY)
    normalised: _Floats = floored / floored.sum(axis=-1, keepdims=True)
    return normalised
