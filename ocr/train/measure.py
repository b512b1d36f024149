"""How right, and how honest, a net is on pictures it has not seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from ocr.train.arrays import Labels

Logits = npt.NDArray[np.float32]
BINS = 15
SURE = 0.999


@dataclass(frozen=True)
class Figures:
    """One set of pictures: `ece` is the expected calibration error over 15 bins; the last three speak of p >= 0.999."""

    pictures: int
    accuracy: float
    ece: float
    log_loss: float
    sure_share: float
    sure_wrong: int
    sure_error_rate: float

    def to_json(self) -> dict[str, float]:
        """Rounded for the figures' file."""
        return {name: round(value, 6) for name, value in asdict(self).items()}


def soften(logits: Logits, temperature: float) -> npt.NDArray[np.float64]:
    """Probabilities (N,13) of logits divided by a temperature."""
    scaled = logits.astype(np.float64) / temperature
    grown = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def measure(logits: Logits, labels: Labels, temperature: float) -> Figures:
    """Figures of one set at one temperature."""
    chances = soften(logits, temperature)
    right = chances.argmax(axis=1) == labels
    confidence = chances.max(axis=1)
    sure = confidence >= SURE
    wrong = int((sure & ~right).sum())
    return Figures(
        pictures=len(labels),
        accuracy=float(right.mean()),
        ece=_calibration_error(confidence, right),
        log_loss=log_loss(logits, labels, temperature),
        sure_share=float(sure.mean()),
        sure_wrong=wrong,
        sure_error_rate=wrong / max(int(sure.sum()), 1),
    )


def log_loss(logits: Logits, labels: Labels, temperature: float) -> float:
    """Mean negative logarithm of the probability given to the truth."""
    chances = soften(logits, temperature)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(chances, 1e-12)).mean())


def _calibration_error(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float:
    """Mean distance between confidence and accuracy, weighted by the pictures in each bin of confidence."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    chosen = [bins == k for k in np.unique(bins)]
    return float(sum(mask.mean() * abs(confidence[mask].mean() - right[mask].mean()) for mask in chosen))


def find_temperature(sets: list[tuple[Logits, Labels]]) -> float:
    """The temperature with the least log loss, each set counting the same; never below 0.8.

    Errs towards doubt: a net that seems much too modest on our pictures is not made as sure as they would allow, since
    those of the day differ.
    """
    candidates = np.geomspace(0.8, 4.0, 101)
    losses = [sum(log_loss(logits, labels, float(t)) for logits, labels in sets) for t in candidates]
    return float(candidates[int(np.argmin(losses))])
