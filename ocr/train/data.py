"""Everything a training learns from or is measured on, and which hands serve for what."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ocr.train.hands import collect_writing
from ocr.train.sources import Mnist, Pictures, RealBoxes, Volunteers
from ocr.train.writers import MixedWriter, MnistWriter, StrokeWriter, Writer

MNIST_TRAINED = 55_000
"""The first so many of MNIST's training digits are learnt; the other 5,000 serve the temperature."""

TRAINED_HANDS = 900
"""Hands of the drawer's training split that are learnt from; the next ones serve the temperature."""

MEASURED_HANDS = 150


@dataclass(frozen=True)
class Data:
    """Everything that is learnt from or measured on."""

    boxes: RealBoxes
    mnist: Mnist
    seed: int
    volunteers: tuple[Volunteers, ...] = ()

    @property
    def listed(self) -> dict[str, object]:
        """The data list: the files by their sha256; of those of volunteers, how many boxes each holds."""
        volunteers = {one.sha256: len(one.boxes.labels) for one in self.volunteers}
        return {"boxes_sha256": self.boxes.sha256, "mnist_sha256": self.mnist.sha256, "volunteers": volunteers}

    def with_volunteers(self, real: Pictures) -> Pictures:
        """The real boxes and those that volunteers have labelled."""
        parts = [real, *(one.boxes for one in self.volunteers)]
        return Pictures(
            np.concatenate([part.pictures for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.index for part in parts]),
        )

    @cached_property
    def writer(self) -> Writer:
        """Who writes the drawn boxes that are learnt from; takes a minute."""
        digits = MnistWriter(self.mnist.train.pick(np.arange(MNIST_TRAINED)))
        hands = collect_writing("train", range(TRAINED_HANDS), times=2, corrected=0.04, seed=self.seed + 31)
        return MixedWriter([hands, digits, StrokeWriter()], [0.45, 0.35, 0.2])

    def calibration_sets(self) -> dict[str, tuple[Writer, int]]:
        """Writers that are not learnt from and that only the temperature is found on, with their seeds."""
        held = MnistWriter(self.mnist.train.pick(np.arange(MNIST_TRAINED, len(self.mnist.train.labels))))
        numbers = range(TRAINED_HANDS, TRAINED_HANDS + MEASURED_HANDS)
        hands = collect_writing("train", numbers, times=2, corrected=0.0, seed=self.seed + 32)
        return {"mnist_held_out": (held, self.seed + 11), "hands_held_out": (hands, self.seed + 12)}

    def evaluation_sets(self) -> dict[str, tuple[Writer, int]]:
        """Writers that nothing but the figures comes from, with their seeds."""
        hands = collect_writing("evaluation", range(MEASURED_HANDS), times=2, corrected=0.0, seed=self.seed + 33)
        return {
            "mnist_test": (MnistWriter(self.mnist.test), self.seed + 21),
            "hands_evaluation": (hands, self.seed + 22),
        }
