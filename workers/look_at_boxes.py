"""What a reader process does for `./runut boxes export`: the boxes of one photograph, as bytes."""

from collections.abc import Mapping
from typing import Any

from ocr.cut_again import OtherLayoutError, Placed, cut_again
from ocr.layout_node import LayoutError
from ocr.refusals import Refused


def cut_boxes_of(data: bytes, placed: Mapping[str, Any]) -> dict[str, bytes] | str:
    """{field: its boxes from left to right, 64 x 64 bytes each}, or in one word why there are none."""
    try:
        cut = cut_again(data, Placed(**placed))
    except (Refused, OtherLayoutError) as error:
        return error.code
    except LayoutError:
        return OtherLayoutError.code
    return {name: boxes.tobytes() for name, boxes in cut.items()}
