"""Paper that is not flat or not whole: folded over, pleated, crumpled, stitched together, glued from two."""

from __future__ import annotations

import numpy as np

from ocr.draw.broken_photo import Broken, Papers, snap
from ocr.draw.broken_sheet import Sheet, bend, corners_polygon, cover, cut_strip, paste, repeat_strip, shift_inside

_BACK = (225.0, 229.0, 232.0)
_PITCH = 23.0
"""Page 1 prints its rows so far apart (mm): the shift that would put each number into the wrong row."""


def folded_over(papers: Papers, rng: np.random.Generator) -> Broken:
    """Part of the sheet is folded over; its white back covers what lay beneath."""
    sheet = papers.draw(rng)
    if rng.random() < 0.5:
        heights = rng.uniform(150, 760) + rng.uniform(-40, 40, 2)
        flap = np.array([[0, heights[0]], [600, heights[1]], [600, 900], [0, 900]], np.float64)
    else:
        edge = rng.uniform(60, 560) + rng.uniform(-60, 60, 2)
        flap = np.array([[edge[0], 0], [edge[1], 900], [0, 900], [0, 0]], np.float64)
    return snap(cover(sheet, flap, _BACK, soft_mm=0.5), rng)


def pleated(papers: Papers, rng: np.random.Generator) -> Broken:
    """A pleat hides a strip; what is below it moves up, markers and all."""
    height = _PITCH if rng.random() < 0.4 else float(rng.uniform(10, 70))
    return snap(cut_strip(papers.draw(rng), float(rng.uniform(150, 740)), height), rng)


def stitched(papers: Papers, rng: np.random.Generator) -> Broken:
    """A strip stands there twice; which of the two is the right one nobody can say, so all below it is in doubt."""
    sheet = papers.draw(rng)
    height = _PITCH if rng.random() < 0.4 else float(rng.uniform(10, 70))
    return snap(repeat_strip(sheet, float(rng.uniform(150, 740)), height), rng)


def crumpled(papers: Papers, rng: np.random.Generator) -> Broken:
    """Paper thrown away and smoothed out again: everything is somewhere else by up to three centimetres."""
    waves = (int(rng.integers(3, 9)), int(rng.integers(3, 6)))
    strength = rng.uniform(4, 16)
    return snap(bend(papers.draw(rng), *(rng.normal(0, strength, waves).astype(np.float32) for _ in "xy")), rng)


def curled(papers: Papers, rng: np.random.Generator) -> Broken:
    """A sheet that was rolled up: it bulges by centimetres, evenly."""
    y = np.linspace(0, np.pi * rng.uniform(1.0, 3.5), 90)[:, None] + rng.uniform(0, 2 * np.pi)
    x = np.linspace(0, np.pi * rng.uniform(0.5, 2.0), 60)[None, :] + rng.uniform(0, 2 * np.pi)
    strength = rng.uniform(4, 20)
    down = np.broadcast_to(np.sin(y) * strength, (90, 60)).astype(np.float32)
    right = (np.sin(x) * np.cos(y * 0.5) * strength * 0.4).astype(np.float32)
    return snap(bend(papers.draw(rng), right, down), rng)


def other_tag(papers: Papers, rng: np.random.Generator) -> Broken:
    """The tag of one page is pasted on another."""
    sheet = papers.draw(rng)
    other = _another_page(papers, sheet, rng)
    left, top, right, bottom = sheet.layout.tag.rect
    return snap(
        paste(sheet, other.picture, corners_polygon((left - 4, top - 4, right + 4, bottom + 4))), rng, must_refuse=True
    )


def other_body(papers: Papers, rng: np.random.Generator) -> Broken:
    """Head and foot of one page, and between them the body of another."""
    sheet = papers.draw(rng)
    other = _another_page(papers, sheet, rng)
    body = (50.0, float(rng.uniform(142, 160)), 550.0, float(rng.uniform(730, 860)))
    return snap(paste(sheet, other.picture, corners_polygon(body)), rng, must_refuse=True)


def shifted_table(papers: Papers, rng: np.random.Generator) -> Broken:
    """Another edition of the form: everything between head and foot is printed higher, lower or beside."""
    sheet = papers.draw(rng)
    steps = ((0.0, _PITCH), (0.0, -_PITCH), (0.0, 2 * _PITCH), (_PITCH, 0.0), (-_PITCH, 0.0), (-75.0, 0.0))
    right, down = steps[int(rng.integers(len(steps)))]
    if rng.random() < 0.5:
        right, down = (float(value) for value in rng.uniform(9, 60, 2) * rng.choice([-1, 1], 2))
    return snap(shift_inside(sheet, (60.0, 146.0, 545.0, 860.0), right, down), rng, must_refuse=True)


def _another_page(papers: Papers, sheet: Sheet, rng: np.random.Generator) -> Sheet:
    number = int(rng.choice([number for number in papers.others if number != sheet.layout.number]))
    return papers.others[number]
