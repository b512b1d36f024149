"""From a trained net to the two files the reader ships with: the net as ONNX, and the figures that describe it."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch

from ocr.classify import BOX_SIZE, CLASSES
from ocr.train.net import CalibratedNet, DigitNet

OPSET = 18
TOLERANCE = 1e-4


class ExportError(RuntimeError):
    """The exported net does not answer as the trained one did."""

    code = "export_differs"


def export_net(net: DigitNet, temperature: float, path: Path) -> str:
    """Write the net to `path` as one ONNX file and return its sha256; ExportError if it answers differently."""
    shipped = CalibratedNet(net.to(memory_format=torch.contiguous_format), temperature).eval()
    example = torch.zeros((4, BOX_SIZE, BOX_SIZE), dtype=torch.uint8)
    program = torch.onnx.export(
        shipped,
        (example,),
        dynamo=True,
        opset_version=OPSET,
        input_names=["boxes"],
        output_names=["probabilities"],
        dynamic_shapes={"boxes": {0: torch.export.Dim("count", min=1)}},
        verbose=False,
    )
    if program is None:
        raise ExportError("torch made no program of the net; use the torch version of requirements.txt")
    program.save(str(path), external_data=False)
    _compare(shipped, path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _compare(shipped: CalibratedNet, path: Path) -> None:
    """Both must say the same of noise, in batches of any size."""
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for count in (1, 3, 130):
        boxes = np.random.default_rng(count).integers(0, 256, size=(count, BOX_SIZE, BOX_SIZE), dtype=np.uint8)
        with torch.no_grad():
            wanted = shipped(torch.from_numpy(boxes)).numpy()
        (given,) = session.run(None, {"boxes": boxes})
        if np.abs(np.asarray(given) - wanted).max() > TOLERANCE:
            raise ExportError(f"{path.name} answers {count} pictures otherwise than the trained net; do not ship it")


def time_net(path: Path) -> float:
    """Milliseconds a box takes on one core, in batches of 32; the best of several, since others share the machine."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    session = ort.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    boxes = np.zeros((32, BOX_SIZE, BOX_SIZE), dtype=np.uint8)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        session.run(None, {"boxes": boxes})
        times.append(time.perf_counter() - start)
    return min(times) / 32 * 1000


def write_figures(figures: dict[str, object], path: Path) -> None:
    """The figures as readable JSON."""
    path.write_text(json.dumps({"classes": CLASSES, "opset": OPSET, **figures}, indent=1) + "\n", encoding="utf-8")
