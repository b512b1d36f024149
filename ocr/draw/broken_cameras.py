"""Photographs taken badly: cut off, mirrored, shaken, dark, of a screen, through a bad lens, damaged on their way."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.draw.broken_camera import Frame, Stand, develop, outside, show, table_top, take_stand
from ocr.draw.broken_photo import REFUSE, Broken, Papers, draw_side, snap, tell
from ocr.draw.broken_sheet import Picture, Sheet


def half_page(papers: Papers, rng: np.random.Generator) -> Broken:
    """A side of the page is outside the photograph, up to most of it."""
    cut = float(rng.uniform(0.08, 0.75))
    frames = (Frame(left=cut), Frame(top=cut), Frame(right=1 - cut), Frame(bottom=1 - cut))
    return snap(papers.draw(rng), rng, frame=frames[int(rng.integers(len(frames)))])


def too_close(papers: Papers, rng: np.random.Generator) -> Broken:
    """The photographer stood so close that the page runs out of the picture on two or more sides."""
    cuts = rng.uniform(0.02, 0.3, 4) * (rng.random(4) < 0.7)
    return snap(papers.draw(rng), rng, frame=Frame(cuts[0], cuts[1], 1 - cuts[2], 1 - cuts[3]))


def mirrored(papers: Papers, rng: np.random.Generator) -> Broken:
    """Left and right exchanged, as by a front camera."""
    sheet = papers.draw(rng)
    picture, _ = _see(sheet, rng)
    return Broken(develop(np.asarray(picture[:, ::-1]), rng), REFUSE)


def low_resolution(papers: Papers, rng: np.random.Generator) -> Broken:
    """A photograph of a photograph, sent around until little was left, and enlarged again."""
    sheet = papers.draw(rng)
    picture, _ = _see(sheet, rng)
    share = float(rng.uniform(240, 900)) / max(picture.shape[:2])
    tiny = cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", tiny, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 70))])
    again = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
    if rng.random() < 0.8:
        larger = float(rng.uniform(1000, 2400)) / max(again.shape[:2])
        again = np.asarray(cv2.resize(again, None, fx=larger, fy=larger, interpolation=cv2.INTER_CUBIC), np.uint8)
    return Broken(develop(again, rng, blur=0.3), tell(sheet))


def shaken(papers: Papers, rng: np.random.Generator) -> Broken:
    """Out of focus or moved, by many pixels."""
    sheet = papers.draw(rng)
    picture, _ = _see(sheet, rng)
    if rng.random() < 0.5:
        return Broken(develop(picture, rng, blur=float(rng.uniform(2, 9))), tell(sheet))
    length = int(rng.integers(8, 50))
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    angle = float(rng.uniform(0, np.pi))
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    first, last = (tuple(round(value) for value in length + sign * reach) for sign in (-1, 1))
    cv2.line(kernel, first, last, 1.0)
    moved = np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum()), dtype=np.uint8)
    return Broken(develop(moved, rng, blur=0.5), tell(sheet))


def badly_lit(papers: Papers, rng: np.random.Generator) -> Broken:
    """Nearly black with much grain, or burnt out."""
    sheet = papers.draw(rng)
    picture, _ = _see(sheet, rng)
    if rng.random() < 0.6:
        dark = np.asarray(picture * rng.uniform(0.05, 0.3), dtype=np.uint8)
        return Broken(develop(dark, rng, grain=float(rng.uniform(5, 30)), shadow=0.8), tell(sheet))
    burnt = np.clip(picture.astype(np.float32) * rng.uniform(1.2, 2.5) + rng.uniform(0, 120), 0, 255)
    return Broken(develop(burnt.astype(np.uint8), rng), tell(sheet))


def screen(papers: Papers, rng: np.random.Generator) -> Broken:
    """The page on a screen: stripes of red, green and blue that beat with the camera's own grid, and reflections."""
    sheet = papers.draw(rng)
    picture, stand = _see(sheet, rng)
    width, height = stand.size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle, period = float(rng.uniform(0, 0.5)), float(rng.uniform(2.05, 9.0))
    phase = (x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period
    beat = np.stack([np.cos(phase + shift) for shift in (0.0, 2.1, 4.2)], axis=2) * rng.uniform(0.1, 0.55)
    beat += (np.cos((y - x * 0.2) * 2 * np.pi / float(rng.uniform(4, 60))) * rng.uniform(0, 0.3))[:, :, None]
    seen = np.clip(picture * (0.75 + 0.4 * beat) + rng.uniform(0, 40), 0, 255).astype(np.uint8)
    return Broken(develop(seen, rng, blur=float(rng.uniform(0.2, 1.2))), tell(sheet))


def bad_lens(papers: Papers, rng: np.random.Generator) -> Broken:
    """Straight lines bend: a fisheye, a lens held before the lens."""
    sheet = papers.draw(rng)
    picture, stand = _see(sheet, rng)
    width, height = stand.size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    middle = np.array([width, height]) * rng.uniform(0.35, 0.65, 2)
    dx, dy = (x - middle[0]) / max(stand.size), (y - middle[1]) / max(stand.size)
    bend = (1 + float(rng.uniform(0.1, 0.6)) * (dx**2 + dy**2)).astype(np.float32)
    if rng.random() < 0.5:
        bend = np.asarray(2.0 - bend, dtype=np.float32)
    across, along = (middle[0] + dx * bend * max(stand.size)), (middle[1] + dy * bend * max(stand.size))
    warped = cv2.remap(picture, across.astype(np.float32), along.astype(np.float32), cv2.INTER_LINEAR)
    return Broken(develop(np.asarray(warped, dtype=np.uint8), rng), tell(sheet))


def crushed(papers: Papers, rng: np.random.Generator) -> Broken:
    """A JPEG that was made as small as it goes."""
    sheet = papers.draw(rng)
    picture, _ = _see(sheet, rng)
    return Broken(develop(picture, rng, quality=int(rng.integers(1, 14))), tell(sheet))


def cut_short(papers: Papers, rng: np.random.Generator) -> Broken:
    """The transfer broke off: the end of the file is missing, or a piece in the middle of it."""
    sheet = papers.draw(rng)
    whole = snap(sheet, rng)
    data = whole.photo
    first = int(len(data) * rng.uniform(0.05, 0.98))
    if rng.random() < 0.5:
        return Broken(data[:first], whole.shown)
    return Broken(data[:first] + data[first + int(rng.integers(1, 3000)) :], whole.shown)


def two_pages(papers: Papers, rng: np.random.Generator) -> Broken:
    """Two whole pages side by side, or one above the other."""
    first = papers.draw(rng)
    second = papers.others[int(rng.choice(list(papers.others)))]
    views = [_see(sheet, rng)[0] for sheet in (first, second)]
    axis = int(rng.integers(2))
    length = min(view.shape[1 - axis] for view in views)
    parts = [_fit(view, length, 1 - axis) for view in views]
    return Broken(develop(np.concatenate(parts, axis=axis), rng), REFUSE)


def neighbour(papers: Papers, rng: np.random.Generator) -> Broken:
    """Another page lies beside or over the one that is meant, so that parts of both are seen."""
    below = papers.draw(rng)
    number = int(rng.choice([number for number in papers.others if number != below.layout.number]))
    above = papers.others[number]
    stand = take_stand(below, rng, side=draw_side(rng))
    shift = rng.uniform(0.12, 0.75, 2) * stand.size * rng.choice([-1, 1], 2) * (rng.random(2) < 0.7)
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]], [0, 0, 1]])
    over = Stand(np.asarray(move @ stand.matrix, dtype=np.float64), stand.size)
    picture = show(above, over, show(below, stand, table_top(stand, rng)))
    hidden = _hidden_by(above, over, below, stand)
    shown = {
        below.layout.number: {**below.values, **dict.fromkeys(below.open_fields(hidden))},
        above.layout.number: {**above.values, **dict.fromkeys(above.open_fields(outside(above, over)))},
    }
    return Broken(develop(picture, rng), shown)


def _see(sheet: Sheet, rng: np.random.Generator) -> tuple[Picture, Stand]:
    stand = take_stand(sheet, rng, side=draw_side(rng))
    return show(sheet, stand, table_top(stand, rng)), stand


def _fit(view: Picture, length: int, axis: int) -> Picture:
    """The view made `length` long along an axis."""
    share = length / view.shape[axis]
    height, width = (length if at == axis else round(view.shape[at] * share) for at in (0, 1))
    return np.asarray(cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _hidden_by(above: Sheet, over: Stand, below: Sheet, stand: Stand) -> NDArray[np.bool_]:
    """Where the lower sheet lies under the upper one (a pixel a millimetre)."""
    height, width = above.hidden.shape
    there = np.full((over.size[1], over.size[0]), 0, np.uint8)
    sheet = np.full((height, width), 255, np.uint8)
    covered = cv2.warpPerspective(sheet, over.matrix, over.size, there)
    back = cv2.warpPerspective(
        covered, stand.matrix, below.hidden.shape[::-1], flags=cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    )
    return np.asarray(back > 127)
