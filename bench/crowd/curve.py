"""Readings a section against the machine's share of sure sections, drawn as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.crowd.setting import Tally
from bench.crowd.table import GOALS_READINGS

CURVE = Path(__file__).parent / "figures" / "readings.svg"
_WIDE, _HIGH, _LEFT, _BOTTOM, _EDGE = 560, 300, 50, 40, 16
_LOW, _TOP = 1.0, 1.8
_INKS = {"default": "#1b5e8a", "strict": "#a3541a"}


def draw_curve(found: Mapping[str, Tally], shares: Sequence[float], path: Path = CURVE) -> None:
    lines = {
        policy: [(share, found[f"world/honest/{policy}/{share:.2f}"].readings_each) for share in sorted(shares)]
        for policy in _INKS
    }
    parts = [*_draw_grid(sorted(shares)), *(_draw_goal(share, goal) for share, goal in GOALS_READINGS.items())]
    parts += [_draw_line(policy, points) for policy, points in lines.items()]
    path.write_text("\n".join((_head(), *parts, "</svg>")) + "\n", encoding="utf-8")


def _head() -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" font-family="sans-serif"'
        ' font-size="12">'
        f'<title>Human readings a section</title><rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>'
    )


def _across(share: float) -> float:
    return _LEFT + (share - 0.65) / 0.30 * (_WIDE - _LEFT - _EDGE)


def _up(value: float) -> float:
    return _HIGH - _BOTTOM - (value - _LOW) / (_TOP - _LOW) * (_HIGH - _BOTTOM - _EDGE)


def _draw_grid(shares: Sequence[float]) -> list[str]:
    steps = [_LOW + 0.2 * step for step in range(5)]
    rows = [
        f'<path d="M{_LEFT} {_up(value):.1f}H{_WIDE - _EDGE}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 6}" y="{_up(value) + 4:.1f}" text-anchor="end">{value:.1f}</text>'
        for value in steps
    ]
    under = [f'<text x="{_across(one):.1f}" y="{_HIGH - 22}" text-anchor="middle">{one:.0%}</text>' for one in shares]
    words = f'<text x="{_WIDE / 2}" y="{_HIGH - 6}" text-anchor="middle">sections of which the machine is sure</text>'
    return [*rows, *under, words]


def _draw_goal(share: float, goal: float) -> str:
    x, y = _across(share), _up(goal)
    return f'<path d="M{x - 14:.1f} {y:.1f}h28" stroke="#888" stroke-width="2" stroke-dasharray="4 3"/>'


def _draw_line(policy: str, points: Sequence[tuple[float, float]]) -> str:
    ink = _INKS[policy]
    path = " ".join(f"{_across(share):.1f},{_up(value):.1f}" for share, value in points)
    marks = "".join(f'<circle cx="{_across(x):.1f}" cy="{_up(y):.1f}" r="3" fill="{ink}"/>' for x, y in points)
    values = "".join(
        f'<text x="{_across(x):.1f}" y="{_up(y) - 8:.1f}" text-anchor="middle" fill="{ink}">{y:.2f}</text>'
        for x, y in points
    )
    last = points[-1]
    name = f'<text x="{_across(last[0]) + 18:.1f}" y="{_up(last[1]) + 4:.1f}" fill="{ink}">{policy}</text>'
    return f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>{marks}{values}{name}'
