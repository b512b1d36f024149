"""What stands in the cells of a table: the classifier's word on the cell as it is and on its ink in a clean box."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ocr.classify import CLASSES
from ocr.cut_cells import LOOKS, cut_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ocr.classify import Classifier
    from ocr.plane import Grey
    from ocr.register import Registration

AS_IT_IS = 0.4
"""The weight of the cell as it was cut; the rest is shared by the looks at its ink."""

FLOOR = 1e-4


def read_cells(
    grey: Grey, registration: Registration, classifier: Classifier, direct: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Probabilities (N, 13) of the page's cells: weighted geometric mean of `direct` and of the looks at the ink.

    The looks see the same ink and err together: they are averaged, never multiplied, so four say no more than one.
    """
    pictures = np.concatenate([cut_cells(grey, view) for view in registration.fields])
    looks = classifier.classify(pictures.reshape(-1, *pictures.shape[2:])).reshape(len(pictures), len(LOOKS), -1)
    said = AS_IT_IS * np.log(direct + FLOOR) + (1 - AS_IT_IS) * np.log(looks + FLOOR).mean(axis=1)
    shares = np.exp(said - said.max(axis=1, keepdims=True))
    assert shares.shape[1] == len(CLASSES)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float32)
