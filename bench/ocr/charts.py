"""Three charts as SVG: how probabilities come true, near nought on logarithmic axes, and risk against coverage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log10

from bench.ocr.calibration import Bin

WIDTH, HEIGHT = 460, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 24, 14, 46
_LEAST = 1e-5
_COLOURS = ("#0b5cad", "#b3470a", "#2d7a33", "#7a2d75")

Scale = Callable[[float], float]


@dataclass(frozen=True)
class Axis:
    """A scale from values to 0..1, the values to mark, and their words."""

    scale: Scale
    marks: tuple[tuple[float, str], ...]
    title: str


def linear(title: str) -> Axis:
    """0 to 100 %."""
    marks = tuple((at / 5, f"{at * 20} %") for at in range(6))
    return Axis(lambda value: min(1.0, max(0.0, value)), marks, title)


def logarithmic(title: str) -> Axis:
    """From 1e-5, where everything smaller stands, to 1."""
    marks = ((1e-5, "≤ 10⁻⁵"), (1e-4, "10⁻⁴"), (1e-3, "0.1 %"), (1e-2, "1 %"), (0.1, "10 %"), (1.0, "100 %"))
    return Axis(lambda value: 1 + log10(min(1.0, max(_LEAST, value))) / 5, marks, title)


def draw_reliability(bins: Sequence[Bin]) -> str:
    """Confidence against the share right, with exact intervals; on the diagonal a probability means what it says."""
    across, up = linear("confidence said"), linear("share right")
    points = [(1 - one.predicted_rate, 1 - one.observed_rate, *_turned(one)) for one in bins]
    return _frame(across, up, _diagonal(across, up, 0.0) + _crosses(points, across, up, [one.count for one in bins]))


def draw_small_errors(bins: Sequence[Bin]) -> str:
    """The same for errors, on logarithmic axes: what happens near certainty."""
    across, up = logarithmic("chance of error said"), logarithmic("share wrong")
    points = [(one.predicted_rate, one.observed_rate, *one.interval) for one in bins]
    return _frame(across, up, _diagonal(across, up, _LEAST) + _crosses(points, across, up, [one.count for one in bins]))


def draw_risk_coverage(curves: Mapping[str, Sequence[tuple[float, float, float]]]) -> str:
    """For each name the share wrong among the most certain fields, against how many of all fields those are."""
    across, up = linear("share of fields kept, the most certain first"), logarithmic("share wrong among them")
    lines = []
    for at, (name, curve) in enumerate(curves.items()):
        colour = _COLOURS[at % len(_COLOURS)]
        path = " ".join(f"{_x(across, kept):.1f},{_y(up, risk):.1f}" for kept, risk, _ in _thin(curve))
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines.append(f'<text x="{_LEFT + 10}" y="{_TOP + 18 + 16 * at}" style="fill:{colour}">{name}</text>')
    return _frame(across, up, "".join(lines))


def _thin(curve: Sequence[tuple[float, float, float]], most: int = 400) -> Sequence[tuple[float, float, float]]:
    step = max(1, len(curve) // most)
    return [*curve[::step], *curve[-1:]]


def _turned(one: Bin) -> tuple[float, float]:
    low, high = one.interval
    return 1 - high, 1 - low


def _diagonal(across: Axis, up: Axis, start: float) -> str:
    ends = f'x1="{_x(across, start):.1f}" y1="{_y(up, start):.1f}" x2="{_x(across, 1):.1f}" y2="{_y(up, 1):.1f}"'
    return f'<line {ends} stroke="#888" stroke-dasharray="4 4"/>'


def _crosses(points: Sequence[tuple[float, float, float, float]], across: Axis, up: Axis, counts: Sequence[int]) -> str:
    """A dot and its interval for each bin; pointing at it shows how many fields it holds."""
    parts = []
    for (said, seen, low, high), count in zip(points, counts, strict=True):
        x, y = _x(across, said), _y(up, seen)
        ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{_y(up, low):.1f}" y2="{_y(up, high):.1f}"'
        parts.append(f'<line {ends} stroke="{_COLOURS[0]}" stroke-width="1.5"/>')
        title = f"<title>{count:,} fields: said {said:.3g}, seen {seen:.3g}</title>"
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" fill="{_COLOURS[0]}">{title}</circle>')
    return "".join(parts)


def _x(axis: Axis, value: float) -> float:
    return _LEFT + axis.scale(value) * (WIDTH - _LEFT - _RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - _BOTTOM - axis.scale(value) * (HEIGHT - _TOP - _BOTTOM)


def _frame(across: Axis, up: Axis, inside: str) -> str:
    """Axes, marks and titles around what is drawn."""
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{up.title} against {across.title}">']
    for value, words in across.marks:
        x = _x(across, value)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 16}" text-anchor="middle">{words}</text>')
    for value, words in up.marks:
        y = _y(up, value)
        parts.append(f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{words}</text>')
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{across.title}</text>')
    turned = f'transform="translate(12 {(_TOP + HEIGHT - _BOTTOM) / 2}) rotate(-90)"'
    parts.append(f'<text {turned} text-anchor="middle">{up.title}</text>')
    return "".join([*parts, inside, "</svg>"])
