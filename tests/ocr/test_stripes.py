"""A screen's stripes cross every box alike and look like strokes: on a striped page no number is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from ocr.layout import Layout
from ocr.measure_stripes import STRIPED, measure_stripes
from ocr.observe import Observation
from ocr.read import look_alone, tell_together

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]

PX_PER_MM = 2.5
EVEN = np.diag([PX_PER_MM, PX_PER_MM, 1.0])
"""The drawn page itself, seen from straight above."""


def lay_stripes(picture: np.ndarray, *, apart_mm: float, sway: float) -> np.ndarray:
    """The page with waves of light across all of it, darker and lighter by `sway` of the light."""
    down, right = (np.arange(length, dtype=np.float32) / PX_PER_MM for length in picture.shape[:2])
    light = 0.8 * (1 + sway * np.sin((down[:, None] + 0.2 * right) / apart_mm * 2 * np.pi))
    return np.clip(picture * light[:, :, None], 0, 255).astype(np.uint8)


def measure(picture: np.ndarray, layout: Layout, page: int) -> float:
    return measure_stripes(np.ascontiguousarray(picture[:, :, 0]), EVEN, layout.pages[page])


@pytest.mark.parametrize("page", [1, 2, 3])
def test_printing_is_no_stripes(draw: Draw, layout: Layout, page: int) -> None:
    assert measure(draw(page), layout, page) < STRIPED / 2


@pytest.mark.parametrize("apart_mm", [3.0, 11.0])
def test_waves_are_measured_by_how_far_they_sway(draw: Draw, layout: Layout, apart_mm: float) -> None:
    striped = lay_stripes(draw(1), apart_mm=apart_mm, sway=0.08)
    assert measure(striped, layout, 1) == pytest.approx(0.08, rel=0.3)


def test_grain_and_a_shadow_are_no_stripes(draw: Draw, layout: Layout) -> None:
    picture = draw(3).astype(np.float64)
    picture *= np.linspace(0.3, 1.0, picture.shape[0])[:, None, None]
    picture += np.random.default_rng(3).normal(0, 9, picture.shape)
    assert measure(np.clip(picture, 0, 255).astype(np.uint8), layout, 3) < STRIPED


def test_of_a_page_on_a_screen_nothing_is_named(draw: Draw, shoot: Shoot, expected: Mapping[str, int]) -> None:
    paper, screen = (look_alone(shoot(one)) for one in (draw(3), lay_stripes(draw(3), apart_mm=5.0, sway=0.1)))
    assert isinstance(paper, Observation)
    assert isinstance(screen, Observation)
    (read,), (open_,) = (tell_together([("a", one)]) for one in (paper, screen))
    assert {name: field.value for name, field in read.fields.items()}.items() <= expected.items()
    assert any(field.sure for field in read.fields.values())
    assert {field.value for field in open_.fields.values()} == {None}
    assert not any(field.sure for field in open_.fields.values())
    assert all(field.reason for field in open_.fields.values())
    assert not any(section.sure for section in open_.sections.values())


def test_a_striped_page_is_no_witness_for_the_others(draw: Draw, shoot: Shoot) -> None:
    votes, sums = (look_alone(shoot(draw(page))) for page in (2, 3))
    assert isinstance(votes, Observation)
    assert isinstance(sums, Observation)
    open_, named = tell_together([("a", replace(votes, stripes=2 * STRIPED)), ("b", sums)])
    assert {field.value for field in open_.fields.values()} == {None}
    (alone,) = tell_together([("b", sums)])
    assert None not in {field.value for field in alone.fields.values()}
    assert (named.fields, named.checks) == (alone.fields, alone.checks)
