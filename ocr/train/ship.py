"""Measure the nets of a training and write the files that ship: each net as ONNX, its figures as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ocr.classify import CLASSES
from ocr.train.arrays import Labels, Picture
from ocr.train.batches import draw_set
from ocr.train.data import Data
from ocr.train.export import export_net, time_net, write_figures
from ocr.train.fit import predict
from ocr.train.measure import Figures, Logits, find_temperature, measure
from ocr.train.net import DigitNet, count_parameters
from ocr.train.photo import DRAWN, PHOTO
from ocr.train.sources import Pictures

SIZE = 4000
"""Pictures of each drawn set."""

Sets = dict[str, tuple[Picture, Labels]]


@dataclass(frozen=True)
class DrawnSets:
    """Drawn boxes that no net has learnt from: those the temperature is found on, and those that are only measured."""

    held_out: Sets
    measured: Sets


def draw_sets(data: Data) -> DrawnSets:
    """Draw them once for all nets."""
    held_out = {name: draw_set(writer, SIZE, seed, DRAWN) for name, (writer, seed) in data.calibration_sets().items()}
    measured = {
        f"{name}_{tier}": draw_set(writer, SIZE, seed, strength)
        for name, (writer, seed) in data.evaluation_sets().items()
        for tier, strength in (("hard", DRAWN), ("photo", PHOTO))
    }
    return DrawnSets(held_out, measured)


def ship_net(
    net: DigitNet, left_out: Logits, data: Data, drawn: DrawnSets, *, steps: dict[str, int], out: Path
) -> None:
    """Write `digits.onnx` and `digits.json`: the net that learnt from everything."""
    audited = data.boxes.audited
    oof = left_out[audited.index]
    temperature = find_temperature([(oof, audited.labels), *_answer(net, drawn.held_out)])
    figures: dict[str, object] = {
        "real_five_fold": measure(oof, audited.labels, temperature).to_json(),
        "real_five_fold_before_audit": _measure_before_audit(left_out, data.boxes.raw, temperature).to_json(),
        **_measure_drawn(net, drawn.measured, temperature),
    }
    _write(
        net, "digits", temperature, {"seed": data.seed, "steps": steps, "data": data.listed, "figures": figures}, out
    )


def ship_free(net: DigitNet, data: Data, drawn: DrawnSets, *, steps: dict[str, int], out: Path) -> None:
    """Write `digits_free.onnx` and `digits_free.json`: the net that saw no real box, not even for its temperature."""
    audited = data.boxes.audited
    temperature = find_temperature(_answer(net, drawn.held_out))
    figures: dict[str, object] = {
        "real_never_seen": measure(predict(net, audited.pictures), audited.labels, temperature).to_json(),
        **_measure_drawn(net, drawn.measured, temperature),
    }
    listed = {"mnist_sha256": data.mnist.sha256}
    _write(
        net, "digits_free", temperature, {"seed": data.seed, "steps": steps, "data": listed, "figures": figures}, out
    )


def _answer(net: DigitNet, sets: Sets) -> list[tuple[Logits, Labels]]:
    return [(predict(net, pictures), labels) for pictures, labels in sets.values()]


def _measure_drawn(net: DigitNet, sets: Sets, temperature: float) -> dict[str, object]:
    figures: dict[str, object] = {}
    for (name, (_, labels)), (logits, _) in zip(sets.items(), _answer(net, sets), strict=True):
        figures[name] = measure(logits, labels, temperature).to_json()
        figures[f"{name}_by_class"] = _accuracy_by_class(logits, labels)
    return figures


def _measure_before_audit(logits: Logits, raw: Pictures, temperature: float) -> Figures:
    """By the source's labels, where a cross or a blank counts as 0."""
    folded = logits.copy()
    folded[:, 0] = np.maximum.reduce([logits[:, CLASSES.index(symbol)] for symbol in "0X-_"])
    folded[:, len("0123456789") :] = -30
    return measure(folded, raw.labels, temperature)


def _accuracy_by_class(logits: Logits, labels: Labels) -> dict[str, float]:
    answers = logits.argmax(axis=1)
    return {CLASSES[k]: round(float((answers[labels == k] == k).mean()), 5) for k in np.unique(labels)}


def _write(net: DigitNet, name: str, temperature: float, described: dict[str, object], out: Path) -> None:
    path = out / f"{name}.onnx"
    sha256 = export_net(net, temperature, path)
    machine = {
        "sha256": sha256,
        "temperature": round(temperature, 4),
        "parameters": count_parameters(net),
        "torch": torch.__version__,
        "milliseconds_a_box": round(time_net(path), 3),
    }
    write_figures({**machine, **described}, path.with_suffix(".json"))
    print(f"{path}: temperature {temperature:.3f}", flush=True)
