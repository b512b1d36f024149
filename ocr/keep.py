"""Write a picture of every stage into a folder, so that a person sees what the reader saw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from ocr.decode import shrink_to
from ocr.plane import Points, corners_of, project

if TYPE_CHECKING:
    from pathlib import Path

    from ocr.layout import Box
    from ocr.observe import Stage
    from ocr.plane import Grey, Homography

LONGEST_PX = 1600
_TAG, _MARKER, _BOX, _BUBBLE = (0, 160, 0), (0, 0, 255), (255, 80, 0), (200, 0, 200)


@dataclass(frozen=True)
class StageFolder:
    """Called with each stage of one photograph; writes `<stem>-<stage>.png`."""

    folder: Path
    stem: str

    def __call__(self, stage: Stage) -> None:
        """Draw and write one stage; creates the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{self.stem}-{stage.name}.png"
        done, encoded = cv2.imencode(".png", draw_stage(stage))
        if not done:
            raise RuntimeError(f"the picture of stage {stage.name} could not be encoded for {target}")
        target.write_bytes(bytes(encoded))


def draw_stage(stage: Stage) -> Grey:
    """The stage as a BGR picture: the reduced photograph with what was found, or the cut boxes side by side."""
    if stage.boxes is not None:
        return _tile(stage.boxes, 3)
    small, scale = shrink_to(stage.grey, LONGEST_PX)
    canvas = np.asarray(cv2.cvtColor(small, cv2.COLOR_GRAY2BGR), dtype=np.uint8)
    for tag in stage.tags:
        _outline(canvas, tag.corners * scale, _TAG)
    registration = stage.registration
    if registration is not None:
        for point in registration.markers.values():
            cv2.drawMarker(canvas, _whole(point * scale), _MARKER, cv2.MARKER_CROSS, 24, 2)
        for view in registration.fields:
            for box in view.field.boxes:
                _outline(canvas, project(view.homography, corners_of(box.rect)) * scale, _BOX)
        for name, reading in (stage.bubbles or {}).items():
            _draw_bubbles(canvas, registration.homography, registration.page.field(name).boxes, reading.marks, scale)
    return canvas


def _draw_bubbles(canvas: Grey, homography: Homography, boxes: tuple[Box, ...], marks: str, scale: float) -> None:
    """A circle around each bubble that counts as blackened."""
    for box, mark in zip(boxes, marks, strict=True):
        for bubble in box.bubbles:
            if mark == str(bubble.value):
                centre = project(homography, np.array(bubble.centre))[0] * scale
                cv2.circle(canvas, _whole(centre), 10, _BUBBLE, 2)


def _outline(canvas: Grey, quad: Points, colour: tuple[int, int, int]) -> None:
    cv2.polylines(canvas, [np.rint(quad).astype(np.int32)], isClosed=True, color=colour, thickness=2)


def _whole(point: Points) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


def _tile(boxes: Grey, columns: int) -> Grey:
    """Box pictures in rows of `columns`, three times enlarged."""
    rows = [np.hstack(list(boxes[start : start + columns])) for start in range(0, len(boxes) - columns + 1, columns)]
    return np.asarray(np.kron(np.vstack(rows), np.ones((3, 3), dtype=np.uint8)), dtype=np.uint8)
