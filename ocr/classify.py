"""What stands in a box: a small net gives every box picture a calibrated probability for each of thirteen symbols.

The net is a file beside this one, made by `ocr.train`; it takes raw grey pictures and does its own scaling, so that
what was trained and what is read can not drift apart. Nothing here is random: the same picture and the same file give
the same figures, to the last digits of a float.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from ocr.calibration import Calibration, measure_conditions, read_calibration
from ocr.model import MODELS

if TYPE_CHECKING:
    from collections.abc import Mapping

CLASSES: Final = "0123456789X-_"
"""The symbols in the order of the net's columns: ten digits, a cross, a dash, blank."""

BOX_SIZE: Final = 64
"""A box picture's side in pixels; the centre line of the printed border lies 6 px from each edge."""

BATCH: Final = 256
"""Boxes handed to the net at once: bounds its memory whatever the caller brings."""

BoxPictures = npt.NDArray[np.uint8]
Probabilities = npt.NDArray[np.float32]


class ModelError(RuntimeError):
    """The net that ships is missing or is not the one that its figures describe."""

    code = "model_unusable"


class BoxPictureError(ValueError):
    """Pictures that the net was not made for: what came, and what it takes."""

    code = "box_picture_invalid"


@dataclass(frozen=True)
class Classifier:
    """One net, ready to use; `sha256` is that of its file and `temperature` what its answers are softened by inside it.

    `calibration` says what is made of its answers afterwards; None: nothing.
    """

    sha256: str
    temperature: float
    calibration: Calibration | None
    session: ort.InferenceSession = field(repr=False, compare=False)

    def classify(self, boxes: BoxPictures, box_px: float | None = None) -> Probabilities:
        """Calibrated probabilities (N,13), rows summing to 1, for grey pictures uint8 (N,64,64).

        `box_px`: how wide a box was on the photograph, for pictures of one page; small ones deserve less belief.
        Raises BoxPictureError.
        """
        answers = self.answer(boxes)
        if self.calibration is None or not len(boxes):
            return answers
        return self.calibration.apply(answers, measure_conditions(boxes, box_px))

    def answer(self, boxes: BoxPictures) -> Probabilities:
        """What the net itself says; BoxPictureError for pictures it was not made for."""
        check_pictures(boxes)
        if not len(boxes):
            return np.empty((0, len(CLASSES)), dtype=np.float32)
        chunks = [np.ascontiguousarray(boxes[start : start + BATCH]) for start in range(0, len(boxes), BATCH)]
        return np.concatenate([self._run(chunk) for chunk in chunks])

    def _run(self, boxes: BoxPictures) -> Probabilities:
        (probabilities,) = self.session.run(None, {"boxes": boxes})
        return np.asarray(probabilities, dtype=np.float32)


def check_pictures(boxes: BoxPictures) -> None:
    """Refuse anything but uint8 (N,64,64): a float or a turned axis would be read, and read wrongly."""
    if boxes.dtype != np.uint8:
        raise BoxPictureError(f"box pictures are of {boxes.dtype}, not uint8; pass grey values from 0 to 255")
    if boxes.shape[1:] != (BOX_SIZE, BOX_SIZE):
        raise BoxPictureError(f"box pictures have the shape {boxes.shape}; pass (N, {BOX_SIZE}, {BOX_SIZE})")


@dataclass
class _Choice:
    """Which net this process reads with. Owned by whoever started the process; set before its first reading."""

    name: str = MODELS[0]


_choice = _Choice()


def choose_model(name: str) -> None:
    """Read with another of the nets that ship from now on, in this process; ModelError if there is none of the name."""
    _check_name(name)
    _choice.name = name


def load_classifier(name: str | None = None) -> Classifier:
    """A classifier that ships, by default the chosen one, on one core; ModelError if it is not the one described."""
    return _load(name or _choice.name)


def _check_name(name: str) -> None:
    if name not in MODELS:
        raise ModelError(f"there is no net {name!r}; those that ship are {' and '.join(MODELS)}")


@cache
def _load(name: str) -> Classifier:
    _check_name(name)
    model = resources.files("ocr.model")
    try:
        data = model.joinpath(f"{name}.onnx").read_bytes()
        figures = json.loads(model.joinpath(f"{name}.json").read_bytes())
    except FileNotFoundError as error:
        raise ModelError(f"{error.filename} is missing; restore it, or train it anew with ocr.train") from error
    return open_classifier(data, figures)


def open_classifier(data: bytes, figures: dict[str, object]) -> Classifier:
    """A classifier from a net's bytes and its figures; ModelError if the two do not belong together."""
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != figures.get("sha256"):
        described = figures.get("sha256")
        raise ModelError(f"the net is {sha256}, its figures describe {described}; take both files from one training")
    if figures.get("classes") != CLASSES:
        raise ModelError(f"the net's classes are {figures.get('classes')!r}, the reader's {CLASSES!r}; train it anew")
    session = ort.InferenceSession(data, sess_options=_one_thread(), providers=["CPUExecutionProvider"])
    node = figures.get("calibration")
    calibration = read_calibration(cast("Mapping[str, Any]", node)) if node else None
    return Classifier(sha256, float(str(figures.get("temperature"))), calibration, session)


def _one_thread() -> ort.SessionOptions:
    """Readers run one to a core in a process pool; a net with threads of its own would only make them queue."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options
