"""Do the reader's probabilities come true? Reliability by bins, expected calibration error, risk and coverage."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.ocr.records import FieldRecord
from bench.ocr.score import lower_bound, upper_bound

ERROR_EDGES = (0.0, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.2, 0.35, 0.5, 1.0001)
"""Bins of predicted error: wider apart towards 1, as most fields are nearly certain."""

ENOUGH_ERRORS = 20
_ECE_BINS = 15


@dataclass(frozen=True)
class Bin:
    """Fields whose predicted error lies in [low, high): how many, errors expected, errors seen."""

    low: float
    high: float
    count: int
    expected: float
    wrong: int

    @property
    def predicted_rate(self) -> float:
        return self.expected / self.count if self.count else 0.0

    @property
    def observed_rate(self) -> float:
        return self.wrong / self.count if self.count else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Exact bounds of the observed rate, each at 95 %."""
        return lower_bound(self.wrong, self.count), upper_bound(self.wrong, self.count)

    @property
    def ratio(self) -> float | None:
        """Observed to predicted errors; None where too few are expected to say."""
        return self.wrong / self.expected if self.expected >= ENOUGH_ERRORS else None


def claims(fields: Iterable[FieldRecord]) -> list[tuple[float, bool]]:
    """(probability, right) of every number that was named, and of the likeliest one where none was."""
    known = list(fields)
    open_ones = [one for one in known if one.read and one.value is None and one.claimed is not None]
    return named(known) + [(one.probability, one.claimed == one.shown) for one in open_ones]


def named(fields: Iterable[FieldRecord]) -> list[tuple[float, bool]]:
    """(probability, right) of every number that was named."""
    return [(one.confidence, one.right) for one in fields if one.read and one.value is not None]


def bin_errors(claimed: Sequence[tuple[float, bool]]) -> list[Bin]:
    """By predicted error."""
    bins = []
    for low, high in pairwise(ERROR_EDGES):
        inside = [(1 - share, right) for share, right in claimed if low <= _round(1 - share) < high]
        if inside:
            bins.append(Bin(low, high, len(inside), sum(risk for risk, _ in inside), sum(not ok for _, ok in inside)))
    return bins


def _round(risk: float) -> float:
    """1 - 0.9999 is a little more than 1e-4; it belongs where its decimals say."""
    return round(risk, 9)


def calibration_error(claimed: Sequence[tuple[float, bool]]) -> float:
    """Expected calibration error: mean distance of confidence and share right over 15 equal bins, weighed by count."""
    if not claimed:
        return 0.0
    distance = 0.0
    for at in range(_ECE_BINS):
        inside = [(share, ok) for share, ok in claimed if min(_ECE_BINS - 1, int(share * _ECE_BINS)) == at]
        distance += abs(sum(share for share, _ in inside) - sum(ok for _, ok in inside))
    return distance / len(claimed)


def reliability(claimed: Sequence[tuple[float, bool]], count: int = 10) -> list[Bin]:
    """Equal bins of confidence, as `Bin`s of predicted error."""
    bins = []
    for at in reversed(range(count)):
        inside = [(share, ok) for share, ok in claimed if min(count - 1, int(share * count)) == at]
        if inside:
            expected, wrong = sum(1 - share for share, _ in inside), sum(not ok for _, ok in inside)
            bins.append(Bin(1 - (at + 1) / count, 1 - at / count, len(inside), expected, wrong))
    return bins


def risk_coverage(fields: Sequence[FieldRecord]) -> list[tuple[float, float, float]]:
    """(share of all fields kept, share wrong among them, lowest probability kept), the most certain first.

    Fields not read or left open are never kept, so coverage need not reach 1.
    """
    ordered = sorted(named(fields), key=lambda claim: -claim[0])
    points, wrong = [], 0
    for kept, (share, right) in enumerate(ordered, start=1):
        wrong += not right
        last = kept == len(ordered) or ordered[kept][0] != share
        if last:
            points.append((kept / len(fields), wrong / kept, share))
    return points
