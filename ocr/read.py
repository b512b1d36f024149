"""Read photographs of result sheets: bytes in, `PhotoReading` out. This is the library's front door."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from ocr.classify import load_classifier
from ocr.conclude import Conclusion, conclude
from ocr.cut_boxes import field_quad
from ocr.measure_stripes import STRIPED
from ocr.observe import Observation, Stage, observe
from ocr.reading import PhotoReading, Quad
from ocr.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ocr.observe import Keep
    from ocr.plane import Homography, Points


MEMORY_SIZE = 32


def _keep_nothing(_stage: Stage) -> None:
    """The default: stages are not looked at."""


def read_photo(data: bytes, *, name: str, keep: Keep = _keep_nothing) -> PhotoReading:
    """Read one photograph by itself. Never raises for what is in the file: a bad file is a refused reading."""
    return read_together([(name, data)], keep={name: keep})[0]


class Memory:
    """What was seen on the last photographs, by their bytes' SHA-256: a companion need not be decoded again.

    Owned by one process that reads; what is remembered is what would be seen again, a refusal as well.
    """

    def __init__(self, size: int = MEMORY_SIZE) -> None:
        """Remember `size` photographs; each takes some kilobytes, its picture is not kept."""
        self._size = size
        self._seen: OrderedDict[str, Look] = OrderedDict()

    def recall(self, sha256: str) -> Look | None:
        """What the photograph with this hash showed, if it is remembered."""
        look = self._seen.get(sha256)
        if look is not None:
            self._seen.move_to_end(sha256)
        return look

    def observe(self, data: bytes, sha256: str | None = None) -> Look:
        """What `data` shows, looked at now or before; the hash is for the caller to know, or is taken here."""
        key = sha256 or hashlib.sha256(data).hexdigest()
        look = self.recall(key)
        if look is None:
            look = self._seen[key] = look_alone(data, _keep_nothing)
            while len(self._seen) > self._size:
                self._seen.popitem(last=False)
        return look


def read_together(
    photos: Sequence[tuple[str, bytes]], *, keep: Mapping[str, Keep] | None = None, memory: Memory | None = None
) -> list[PhotoReading]:
    """Read photographs (name, bytes) of one polling station; its pages lend each other their sums as evidence.

    Every photograph gets its own reading, in the order given. Two photographs of one page stay two opinions: each is
    weighed with the other pages only, never with its twin. Stages of photographs in `memory` are not shown again.
    """
    stages = keep or {}
    return tell_together(
        [
            (name, look_alone(data, stages.get(name, _keep_nothing)) if memory is None else memory.observe(data))
            for name, data in photos
        ]
    )


def tell_together(looks: Sequence[tuple[str, Look]]) -> list[PhotoReading]:
    """The same for photographs (name, look) of one polling station that were looked at one by one before."""
    observations = [one for _, one in looks if isinstance(one, Observation)]
    readings, concluded = [], _Concluded()
    for name, one in looks:
        if isinstance(one, Observation):
            readings.append(_tell(name, one, concluded, _companions(one, observations)))
        else:
            readings.append(one.told(name))
    return readings


class _Concluded(dict[frozenset[int], Conclusion]):
    """Conclusions by the observations they are from: pages that are weighed together are weighed once."""

    def of(self, together: Sequence[Observation]) -> Conclusion:
        """What these pages say together, in whichever order they come."""
        key = frozenset(map(id, together))  # the caller holds the observations: no id is given out twice meanwhile
        if key not in self:
            self[key] = conclude(together, together[0].registration.layout)
        return self[key]


class _Refusal:
    """A refusal and the time it took."""

    def __init__(self, refused: Refused, ms: float) -> None:
        # Not the exception as it was raised: its traceback holds every frame, and they hold the decoded picture.
        self.refused = Refused(refused.code, refused.detail, form=refused.form, page=refused.page)
        self.ms = ms

    def told(self, name: str) -> PhotoReading:
        """As a reading."""
        said = self.refused
        return PhotoReading(name, said.form, said.page, said.code, detail=said.detail, ms=self.ms)


Look: TypeAlias = Observation | _Refusal
"""What one photograph shows by itself, or why nothing."""


def look_alone(data: bytes, keep: Keep = _keep_nothing) -> Look:
    """One photograph; a refusal is a value from here on."""
    started = time.perf_counter()
    try:
        return observe(data, keep)
    except Refused as refused:
        return _Refusal(refused, (time.perf_counter() - started) * 1000)
    except MemoryError:
        beyond = Refused("too_large", "more memory than a reader may use")
        return _Refusal(beyond, (time.perf_counter() - started) * 1000)


def _companions(one: Observation, observations: Sequence[Observation]) -> list[Observation]:
    """The sharpest photograph of each other page of the same form; stripes lie, so a striped page is no witness."""
    best: dict[int, Observation] = {}
    own = one.registration
    for other in observations:
        number = other.registration.page.number
        if other.registration.layout.key != own.layout.key or number == own.page.number or other.stripes >= STRIPED:
            continue
        if number not in best or other.quality.sharpness > best[number].quality.sharpness:
            best[number] = other
    return [best[number] for number in sorted(best)]


def _tell(name: str, one: Observation, concluded: _Concluded, companions: Sequence[Observation]) -> PhotoReading:
    """The reading of one photograph, with its companions' sums behind it."""
    started = time.perf_counter()
    said = concluded.of([one, *companions])
    own = {view.field.name: said.fields[view.field.name] for view in one.registration.fields}
    said = replace(said, fields=MappingProxyType(own))
    return _write(name, one, said, one.ms + (time.perf_counter() - started) * 1000)


def _write(name: str, one: Observation, said: Conclusion, ms: float) -> PhotoReading:
    """Everything the service and the command line ask of a reading."""
    registration = one.registration
    turns = registration.quarter_turns
    upright = turn_upright(one.size, turns, one.shrink)
    printed = [replace(view, field=registration.page.field(view.field.name)) for view in registration.fields]
    rects = {view.field.name: _quad(upright, field_quad(view)) for view in printed}
    matrix = upright @ registration.homography
    return PhotoReading(
        file=name,
        form=registration.layout.form,
        page=registration.page.number,
        refused=None,
        fields=said.fields,
        checks=said.checks,
        sections=said.sections,
        quality=one.quality,
        ms=ms,
        model_sha256=load_classifier().sha256,
        layout_key=registration.layout.key,
        layout_sha256=registration.layout.sha256,
        rotation_quarter_turns=turns,
        field_rects=MappingProxyType(rects),
        page_to_pixels=tuple(float(value) for value in (matrix / matrix[2, 2]).flatten()),
    )


def turn_upright(size: tuple[int, int], quarter_turns: int, shrink: int) -> Homography:
    """From pixels of the decoded picture (width, height) to pixels of the full one turned clockwise."""
    width, height = size
    turned = {
        0: [[1, 0, 0], [0, 1, 0]],
        1: [[0, -1, height - 1], [1, 0, 0]],
        2: [[-1, 0, width - 1], [0, -1, height - 1]],
        3: [[0, 1, 0], [-1, 0, width - 1]],
    }[quarter_turns % 4]
    enlarge = np.diag([float(shrink), float(shrink), 1.0])
    return enlarge @ np.array([*turned, [0, 0, 1]], dtype=np.float64)


def _quad(upright: Homography, points: Points) -> Quad:
    """Four points in the upright photograph."""
    moved = points @ upright[:2, :2].T + upright[:2, 2]
    return tuple((float(x), float(y)) for x, y in moved)
