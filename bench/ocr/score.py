"""Counting right and wrong, with exact bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, lgamma, log, log1p

from bench.ocr.papers import Paper
from ocr.draw.tps import FieldTruth
from ocr.reading import PhotoReading

CONFIDENCE = 0.95


@dataclass
class Score:
    """Tallies over all papers, and the names of photographs with an error."""

    pages: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    wrong_page: int = 0
    fields: int = 0
    right: int = 0
    open: int = 0
    sure: int = 0
    sure_wrong: int = 0
    bubbles: int = 0
    bubbles_right: int = 0
    ms: list[float] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)


def add_paper(score: Score, paper: Paper, readings: Mapping[int, PhotoReading]) -> None:
    """Add one paper's readings, page by page."""
    for page, reading in readings.items():
        truths = paper.truth[page].fields
        score.pages += 1
        score.fields += len(truths)
        score.ms.append(reading.ms)
        if reading.refused:
            score.refused[reading.refused] = score.refused.get(reading.refused, 0) + 1
            score.errors[reading.file] = [f"refused {reading.refused}: {reading.detail}"]
            continue
        score.wrong_page += reading.page != page
        for name, truth in truths.items():
            _add_field(score, reading, name, truth)


def _add_field(score: Score, reading: PhotoReading, name: str, truth: FieldTruth) -> None:
    """Add one field."""
    read = reading.fields[name]
    right = read.value == truth.value
    score.right += right
    score.open += read.value is None
    score.sure += read.sure
    if not read.sure:
        why = read.reason or "not probable enough"
        score.reasons[why] = score.reasons.get(why, 0) + 1
    score.sure_wrong += read.sure and not right
    if truth.bubbles is not None:
        score.bubbles += 1
        score.bubbles_right += read.bubbles == truth.bubbles
    if not right:
        words = f"{name}: {truth.digits} is {truth.value}, read {read.value} ({read.digits}, bubbles {read.bubbles}), "
        words += f"confidence {read.confidence:.4f}, {'SURE' if read.sure else read.reason}"
        score.errors.setdefault(reading.file, []).append(words)


def upper_bound(failures: int, trials: int) -> float:
    """Clopper and Pearson's exact one-sided upper bound of a failure rate at 95 %."""
    if trials == 0 or failures >= trials:
        return 1.0
    low, high = failures / trials, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(failures, trials, middle) > 1 - CONFIDENCE else (low, middle)
    return high


def _at_most(failures: int, trials: int, rate: float) -> float:
    """Binomial probability of at most so many failures."""
    return sum(
        exp(lgamma(trials + 1) - lgamma(k + 1) - lgamma(trials - k + 1) + k * log(rate) + (trials - k) * log1p(-rate))
        for k in range(failures + 1)
    )


def table_of(score: Score) -> Sequence[tuple[str, str]]:
    """What the bench prints."""
    refused = sum(score.refused.values())
    why = ", ".join(f"{code} {count}" for code, count in sorted(score.refused.items()))
    return (
        ("pages", f"{score.pages}"),
        ("pages refused", f"{refused} ({refused / score.pages:.2%}) {why}"),
        ("page ids wrong", f"{score.wrong_page}"),
        ("fields right", f"{score.right} of {score.fields} ({score.right / score.fields:.2%})"),
        ("fields left open", f"{score.open} ({score.open / score.fields:.2%})"),
        ("fields sure", f"{score.sure} ({score.sure / score.fields:.2%})"),
        ("not sure because", ", ".join(f"{why} {count}" for why, count in sorted(score.reasons.items()))),
        ("sure but wrong", f"{score.sure_wrong}, below {upper_bound(score.sure_wrong, score.sure):.2e} at 95 %"),
        ("bubble rows right", f"{score.bubbles_right} of {score.bubbles}"),
        ("ms a page, median", f"{sorted(score.ms)[len(score.ms) // 2]:.0f}"),
    )
