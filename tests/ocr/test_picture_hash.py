"""Which pictures are copies of one another: re-encoded ones are, other photographs of the same sheet are not."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.config import PROJECT
from ocr.decode import decode_colour
from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps
from ocr.picture_hash import bands_of, find_copies, hash_card, hash_distance, make_card
from tests.intake.recode import recode

SCANS = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared")) / "photos" / "c1_2019_scans"


@pytest.fixture(scope="module")
def shots() -> list[bytes]:
    """Two photographs of one sheet, one of the neighbour's."""
    sheets = [draw_tps(None, seed=seed, split="evaluation", pages=(2,), px_per_mm=1.6).pages[2] for seed in (31, 32)]
    return [
        photograph(sheet, "photo", np.random.default_rng(seed), quarter_turns=0, exif=False)
        for seed, sheet in ((1, sheets[0]), (2, sheets[0]), (3, sheets[1]))
    ]


def card(data: bytes) -> bytes:
    return make_card(decode_colour(data))


def test_copies_are_found_and_proved(shots: list[bytes]) -> None:
    own = card(shots[0])
    known = set(bands_of(hash_card(own)[0]))
    for seed in range(4):
        copy = card(recode(shots[0], seed))
        near = hash_card(copy)
        assert any(known & set(bands_of(hashed)) for hashed in near)
        assert min(hash_distance(hash_card(own)[0], hashed) for hashed in near) <= 48
        assert find_copies(copy, [(1, own)]) == [True]


def test_another_photograph_of_the_sheet_and_a_neighbours_form_are_no_copies(shots: list[bytes]) -> None:
    one, again, neighbour = map(card, shots)
    assert find_copies(one, [(1, again), (2, neighbour), (3, one)]) == [False, False, True]


def test_one_of_a_group_is_enough(shots: list[bytes]) -> None:
    one = card(shots[0])
    assert find_copies(one, [(1, one), (1, one), (2, one)]) == [True, False, True]


def test_what_has_nothing_to_compare_is_no_copy() -> None:
    kept = io.BytesIO()
    Image.new("RGB", (900, 640), (200, 200, 200)).save(kept, "JPEG")
    flat = card(kept.getvalue())
    assert find_copies(flat, [(1, flat)]) == [False]
    assert len(hash_card(flat)[0]) == 32
    with pytest.raises(ValueError, match="no card"):
        find_copies(b"nothing", [])


def test_real_scans_of_neighbouring_stations_are_told_apart() -> None:
    if not SCANS.is_dir():
        pytest.skip("the scans of 2019 are not here; RUNUT_SHARED names their folder")
    cards = [card(path.read_bytes()) for path in sorted(SCANS.glob("*-hal1.png"))[:7]]
    assert len(cards) == 7
    for at, one in enumerate(cards):
        assert find_copies(one, list(enumerate(cards))) == [other == at for other in range(7)]
