"""Public copies and crops hold no name, no signature, no metadata, and nothing of a refused photograph."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from ocr.covering import _find_rows, cut_field_crops, make_public_copy
from ocr.decode import decode_colour, decode_grey, keep_first_colour
from ocr.draw.print_data import load_print
from ocr.keep import StageFolder
from ocr.layout import Layout
from ocr.read import read_photo
from ocr.read_files import read_files
from ocr.stations import station_of

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]
PX_PER_MM = 2.5


def redness(jpeg: bytes) -> float:
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    blue, _, red = (picture[..., channel].astype(int) for channel in range(3))
    return float(np.mean(red - blue > 60))


def closeness(one: bytes, other: bytes) -> float:
    """Mean difference of grey values; cutting from a turned picture samples it half a pixel elsewhere."""
    first, second = (np.asarray(Image.open(io.BytesIO(data)).convert("L"), dtype=int) for data in (one, other))
    assert first.shape == second.shape
    return float(np.abs(first - second).mean())


@pytest.mark.parametrize("page", [2, 3])
@pytest.mark.parametrize("turns", [0, 1])
def test_names_and_signatures_are_covered(draw: Draw, shoot: Shoot, layout: Layout, page: int, turns: int) -> None:
    picture = draw(page)
    for area in layout.pages[page].private_areas:
        left, top, right, bottom = (round(value * PX_PER_MM) for value in area)
        picture[top:bottom, left:right] = (20, 20, 220)  # whatever stands there is red
    photo = shoot(picture, turns=turns, orientation=1)
    assert redness(photo) > 0.03
    reading = read_photo(photo, name="a")
    copy = make_public_copy(decode_colour(photo), reading)
    assert copy is not None
    assert redness(copy) == 0.0
    for crop in cut_field_crops(decode_colour(photo), reading).values():
        assert redness(crop) == 0.0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_the_same_however_the_file_is_turned(draw: Draw, shoot: Shoot, orientation: int) -> None:
    """The reader keeps a photograph's colours as they are stored; what is cut out of them stands upright."""
    photo = shoot(draw(2), orientation=orientation)
    reading = read_photo(photo, name="a")
    turned = decode_colour(photo)
    with keep_first_colour():
        grey = decode_grey(photo)
        stored = decode_colour(photo)
    assert (stored.orientation, turned.orientation) == (orientation, 1)
    assert np.abs(grey.pixels.astype(int) - decode_grey(photo).pixels).max() <= 1
    if orientation in {1, 3, 6, 8}:
        assert reading.refused is None
        pairs = zip(cut_field_crops(stored, reading).items(), cut_field_crops(turned, reading).items(), strict=True)
        for (field, one), (_, other) in pairs:
            assert closeness(one, other) < 2.0, field
        page, upright = make_public_copy(stored, reading), make_public_copy(turned, reading)
        assert page is not None
        assert upright is not None
        assert closeness(page, upright) < 2.0


def test_the_public_copy_stands_upright_and_has_no_metadata(draw: Draw, shoot: Shoot) -> None:
    photo = shoot(draw(2), turns=2, orientation=1)
    assert Image.open(io.BytesIO(photo)).getexif()
    copy = make_public_copy(decode_colour(photo), read_photo(photo, name="a"))
    assert copy is not None
    image = Image.open(io.BytesIO(copy))
    assert not image.getexif()
    assert image.height > 1.4 * image.width
    again = read_photo(copy, name="copy")
    assert (again.page, again.rotation_quarter_turns) == (2, 0)
    assert [field.value for field in again.fields.values()] == [87, 104, 36]


def test_crops_show_each_field_large_enough(draw: Draw, shoot: Shoot) -> None:
    photo = shoot(draw(3), turns=3)
    crops = cut_field_crops(decode_colour(photo), read_photo(photo, name="a"))
    assert set(crops) == {"suara_sah", "suara_tidak_sah", "suara_total"}
    for crop in crops.values():
        image = Image.open(io.BytesIO(crop))
        assert 250 <= image.width <= 1200
        assert np.asarray(image.convert("L")).std() > 20  # there is ink and paper


def test_a_refused_photograph_has_no_public_copy_and_no_crops(draw: Draw, shoot: Shoot) -> None:
    photo = shoot(draw(2), blur=9.0)
    reading = read_photo(photo, name="a")
    assert reading.refused is not None
    assert make_public_copy(decode_colour(photo), reading) is None
    assert cut_field_crops(decode_colour(photo), reading) == {}


def test_every_stage_can_be_kept_as_a_picture(draw: Draw, shoot: Shoot, tmp_path: Path) -> None:
    reading = read_photo(shoot(draw(2)), name="a", keep=StageFolder(tmp_path / "kept", "a"))
    assert reading.refused is None
    kept = sorted(path.name for path in (tmp_path / "kept").iterdir())
    assert kept == ["a-1-decoded.png", "a-2-tag.png", "a-3-registered.png", "a-4-boxes.png", "a-5-bubbles.png"]
    assert all(cv2.imread(str(tmp_path / "kept" / name)) is not None for name in kept)


def test_files_of_one_station_share_evidence_unless_each(draw: Draw, shoot: Shoot, tmp_path: Path) -> None:
    paths = []
    for page, name in ((2, "31.01-hal2.jpg"), (2, "77-hal2.jpg"), (3, "31.01-hal3.jpg")):
        path = tmp_path / name
        path.write_bytes(shoot(draw(page)))
        paths.append(path)
    closes = {Path(one.file).name: one.checks[0].closes for one in read_files(paths)}
    assert closes == {"31.01-hal2.jpg": True, "31.01-hal3.jpg": True, "77-hal2.jpg": None}
    assert [one.checks[0].closes for one in read_files(paths, each=True)] == [None, None, None]
    assert station_of(paths[0]) == "31.01"


def test_a_missing_file_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(read_files([tmp_path / "gone.jpg"]))


@pytest.mark.parametrize("page", [1, 2, 3])
def test_readers_rows_hold_every_field_and_leave_the_forms_head_out(layout: Layout, page: int) -> None:
    top, bottom = _find_rows(layout.pages[page])
    boxes = [box.rect for field in layout.pages[page].fields for box in field.boxes]
    assert top < min(box[1] for box in boxes)
    assert bottom > max(box[3] for box in boxes)
    head = load_print(layout.key)[page].place
    assert top > max(y for _, y in head.values()) + 5, "the polling station's number stands there"
