"""How people write digits, as skeletons of pen strokes.

Two families: ordinary handwriting, and the straight strokes of writers who follow the dotted guide that is printed in
the boxes of the vote page (most of the real boxes of 2024 that were looked at). All skeletons were written
for this drawer.
"""

from __future__ import annotations

from ocr.draw.strokes import Shape, curve, guided, line, oval, rounded

_ZERO = (
    rounded("oval", oval((0.5, 0.5), (0.48, 0.5), -100, -365)),
    rounded("oval, clockwise", oval((0.5, 0.5), (0.45, 0.5), -80, 375)),
    rounded("open at the top", oval((0.5, 0.5), (0.46, 0.5), -70, -325)),
    rounded("circle", oval((0.5, 0.55), (0.5, 0.42), -90, -368)),
    rounded("narrow", oval((0.5, 0.5), (0.3, 0.5), -95, -362)),
    rounded(
        "with a tail",
        curve((0.75, -0.02), (0.35, 0.05), (0.06, 0.4), (0.2, 0.9), (0.55, 1), (0.95, 0.6), (0.75, 0.1), (0.4, 0.02)),
    ),
    rounded("slashed", oval((0.5, 0.5), (0.45, 0.5), -100, -365), line((0.85, 0.1), (0.15, 0.92))),
    guided("rectangle", line((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))),
    guided("rectangle, against the clock", line((1, 0), (0, 0), (0, 1), (1, 1), (1, 0))),
    guided("four strokes", line((0, 0), (0, 1)), line((0, 1), (1, 1)), line((1, 0), (1, 1)), line((0, 0), (1, 0))),
)
_ONE = (
    rounded("bar", line((0.5, 0), (0.5, 1))),
    rounded("leaning bar", line((0.62, 0), (0.38, 1))),
    rounded("flag", line((0.2, 0.28), (0.55, 0), (0.55, 1))),
    rounded("long flag", line((0.05, 0.45), (0.6, 0), (0.6, 1))),
    rounded("flag and foot", line((0.22, 0.22), (0.52, 0), (0.52, 1)), line((0.15, 1), (0.9, 1))),
    rounded("short flag", line((0.38, 0.12), (0.52, 0), (0.5, 1))),
    rounded("bent bar", curve((0.45, 0), (0.53, 0.3), (0.5, 0.7), (0.47, 1))),
    guided("centre bar", line((0.5, 0), (0.5, 1))),
    guided("right bar", line((1, 0), (1, 1))),
    guided("left bar", line((0, 0), (0, 1))),
    guided("centre bar with flag", line((0.25, 0.13), (0.5, 0), (0.5, 1))),
    guided("flag and foot on the guide", line((0.2, 0.2), (0.5, 0), (0.5, 1)), line((0.1, 1), (0.9, 1))),
)
_TWO = (
    rounded(
        "arch and base",
        curve((0.05, 0.25), (0.3, 0.01), (0.75, 0.03), (0.92, 0.28), (0.6, 0.62), (0.05, 1)),
        line((0.05, 1), (1, 0.98)),
    ),
    rounded(
        "loop",
        curve(
            (0.08, 0.22),
            (0.4, 0),
            (0.85, 0.12),
            (0.8, 0.45),
            (0.35, 0.85),
            (0.08, 0.98),
            (0.12, 0.83),
            (0.4, 0.88),
            (0.7, 1),
            (1, 0.92),
        ),
    ),
    rounded("like a z", line((0.05, 0.05), (0.9, 0.02), (0.05, 0.97), (0.98, 0.97))),
    rounded(
        "swan", curve((0.1, 0.2), (0.35, 0), (0.8, 0.1), (0.78, 0.42), (0.3, 0.8), (0.02, 0.98), (0.5, 0.94), (1, 1))
    ),
    rounded(
        "flat top", curve((0, 0.1), (0.5, 0), (0.9, 0.15), (0.75, 0.5), (0.02, 0.96)), line((0.02, 0.96), (0.95, 1))
    ),
    guided("on the guide", line((0, 0), (1, 0), (1, 0.5), (0, 0.5), (0, 1), (1, 1))),
    guided(
        "on the guide, five strokes",
        line((0, 0), (1, 0)),
        line((1, 0), (1, 0.5)),
        line((1, 0.5), (0, 0.5)),
        line((0, 0.5), (0, 1)),
        line((0, 1), (1, 1)),
    ),
    guided("with a slope", line((0, 0.02), (1, 0), (0.98, 0.4), (0, 0.8), (0, 1), (1, 1))),
)
_THREE = (
    rounded(
        "two bowls",
        curve((0.08, 0.12), (0.45, 0), (0.88, 0.18), (0.7, 0.42), (0.35, 0.48)),
        curve((0.35, 0.48), (0.8, 0.54), (0.95, 0.78), (0.55, 1), (0.02, 0.9)),
    ),
    rounded(
        "one stroke",
        curve(
            (0.1, 0.1),
            (0.5, 0),
            (0.85, 0.2),
            (0.65, 0.43),
            (0.4, 0.5),
            (0.75, 0.55),
            (0.92, 0.78),
            (0.6, 0.98),
            (0.05, 0.92),
        ),
    ),
    rounded(
        "flat top",
        line((0.05, 0.02), (0.88, 0.02), (0.42, 0.42)),
        curve((0.42, 0.42), (0.85, 0.5), (0.92, 0.8), (0.5, 1), (0.02, 0.9)),
    ),
    rounded(
        "small upper bowl",
        curve((0.2, 0.1), (0.5, 0), (0.75, 0.14), (0.6, 0.34), (0.35, 0.4)),
        curve((0.35, 0.4), (0.9, 0.46), (1, 0.8), (0.5, 1), (0, 0.93)),
    ),
    rounded("angular", line((0.05, 0.05), (0.85, 0.1), (0.4, 0.45), (0.9, 0.7), (0.05, 0.98))),
    guided("on the guide", line((0, 0), (1, 0), (1, 1), (0, 1)), line((0, 0.5), (1, 0.5))),
    guided("on the guide, one stroke", line((0, 0), (1, 0), (1, 0.5), (0.1, 0.5), (1, 0.5), (1, 1), (0, 1))),
    guided("short middle", line((0, 0), (1, 0), (1, 1), (0, 1)), line((0.4, 0.5), (1, 0.5))),
)
_FOUR = (
    rounded("open", line((0.3, 0.02), (0.05, 0.62), (1, 0.6)), line((0.72, 0.25), (0.7, 1))),
    rounded(
        "open, curved",
        curve((0.12, 0.03), (0.06, 0.4), (0.2, 0.58), (0.6, 0.55), (0.95, 0.5)),
        line((0.85, 0), (0.75, 1)),
    ),
    rounded("closed", line((0.72, 0.98), (0.74, 0), (0.02, 0.66), (1, 0.66))),
    rounded("closed, two strokes", line((0.68, 0.02), (0.02, 0.7), (1, 0.7)), line((0.68, 0.02), (0.68, 1))),
    rounded("lightning", line((0.45, 0), (0.02, 0.6), (0.98, 0.55)), line((0.8, 0.35), (0.5, 1))),
    guided("on the guide", line((0, 0), (0, 0.5), (1, 0.5)), line((1, 0), (1, 1))),
    guided("low bar", line((0, 0), (0, 0.62), (1, 0.6)), line((0.95, 0), (0.95, 1))),
    guided("bar through the stem", line((0, 0), (0, 0.52), (1.12, 0.5)), line((0.75, 0.05), (0.75, 1))),
)
_FIVE = (
    rounded(
        "hat and belly",
        line((0.18, 0.02), (0.12, 0.42)),
        curve((0.12, 0.42), (0.5, 0.34), (0.95, 0.62), (0.6, 0.98), (0.02, 0.9)),
        line((0.15, 0.02), (0.92, 0)),
    ),
    rounded(
        "one stroke",
        curve((0.9, 0.02), (0.25, 0.04), (0.14, 0.42), (0.6, 0.38), (0.93, 0.68), (0.55, 0.98), (0.03, 0.9)),
    ),
    rounded(
        "like an s", curve((0.88, 0.06), (0.4, 0), (0.12, 0.25), (0.45, 0.45), (0.88, 0.62), (0.6, 0.97), (0.05, 0.93))
    ),
    rounded(
        "angular",
        line((0.92, 0.01), (0.12, 0.02), (0.1, 0.42), (0.7, 0.42)),
        curve((0.7, 0.42), (0.98, 0.65), (0.7, 0.97), (0, 0.97)),
    ),
    guided("on the guide", line((1, 0), (0, 0), (0, 0.5), (1, 0.5), (1, 1), (0, 1))),
    guided("on the guide, hat last", line((0, 0), (0, 0.5), (1, 0.5), (1, 1), (0, 1)), line((0, 0), (1, 0))),
    guided(
        "rounded belly",
        line((1, 0), (0.02, 0), (0, 0.45)),
        curve((0, 0.45), (0.6, 0.42), (1, 0.7), (0.65, 1), (0, 1)),
    ),
)
_SIX = (
    rounded(
        "curl",
        curve(
            (0.8, 0.02), (0.35, 0.2), (0.06, 0.62), (0.3, 0.98), (0.78, 0.95), (0.92, 0.68), (0.6, 0.48), (0.12, 0.68)
        ),
    ),
    rounded(
        "straight stem",
        curve((0.65, 0), (0.3, 0.32), (0.06, 0.72), (0.4, 1), (0.9, 0.85), (0.8, 0.58), (0.45, 0.52), (0.1, 0.75)),
    ),
    rounded(
        "like a b",
        curve((0.12, 0), (0.1, 0.4), (0.1, 0.82), (0.45, 1), (0.92, 0.82), (0.75, 0.52), (0.35, 0.5), (0.1, 0.68)),
    ),
    rounded(
        "small belly",
        curve((0.85, 0.05), (0.3, 0.12), (0.05, 0.6), (0.3, 1), (0.75, 0.9), (0.68, 0.66), (0.3, 0.66), (0.1, 0.8)),
    ),
    guided("on the guide", line((1, 0), (0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5))),
    guided("without a roof", line((0, 0), (0, 1), (1, 1), (1, 0.5), (0, 0.5))),
    guided("short roof", line((0.7, 0), (0, 0), (0, 1), (0.98, 1), (1, 0.48), (0.05, 0.5))),
)
_SEVEN = (
    rounded("plain", line((0.03, 0.03), (0.95, 0), (0.35, 1))),
    rounded("curved stem", line((0.03, 0.06), (0.93, 0.02)), curve((0.93, 0.02), (0.6, 0.4), (0.42, 1))),
    rounded("crossed", line((0.03, 0.03), (0.95, 0), (0.4, 1)), line((0.25, 0.5), (0.92, 0.48))),
    rounded("serif", line((0.05, 0.2), (0.06, 0.02), (0.92, 0.02), (0.42, 1))),
    rounded(
        "serif and crossed", line((0.05, 0.18), (0.08, 0.03), (0.95, 0), (0.45, 1)), line((0.3, 0.52), (0.95, 0.5))
    ),
    guided("on the guide", line((0, 0), (1, 0), (1, 1))),
    guided("serif on the guide", line((0, 0.25), (0, 0), (1, 0), (1, 1))),
    guided("leaning stem", line((0, 0), (1, 0), (0.55, 1))),
    guided("crossed on the guide", line((0, 0), (1, 0), (1, 1)), line((0.6, 0.5), (1.3, 0.5))),
)
_EIGHT = (
    rounded("snowman", oval((0.5, 0.25), (0.36, 0.25), 90, -365), oval((0.5, 0.75), (0.45, 0.25), -90, 368)),
    rounded(
        "one stroke",
        curve(
            (0.8, 0.12),
            (0.45, 0),
            (0.14, 0.2),
            (0.5, 0.46),
            (0.88, 0.75),
            (0.5, 1),
            (0.1, 0.76),
            (0.5, 0.48),
            (0.84, 0.2),
            (0.7, 0.04),
        ),
    ),
    rounded(
        "open top",
        curve(
            (0.9, 0.03),
            (0.5, 0),
            (0.12, 0.18),
            (0.5, 0.45),
            (0.9, 0.74),
            (0.5, 1),
            (0.1, 0.78),
            (0.45, 0.5),
            (0.98, 0.12),
        ),
    ),
    rounded(
        "slender",
        curve(
            (0.6, 0.02),
            (0.3, 0.15),
            (0.45, 0.45),
            (0.72, 0.8),
            (0.45, 1),
            (0.24, 0.8),
            (0.5, 0.5),
            (0.75, 0.2),
            (0.55, 0),
        ),
    ),
    guided("on the guide", line((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), line((0, 0.5), (1, 0.5))),
    guided("two squares", line((0, 0), (1, 0), (1, 0.5), (0, 0.5), (0, 0)), line((0, 0.5), (0, 1), (1, 1), (1, 0.5))),
    guided("one stroke on the guide", line((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1), (0, 1), (0, 0.5))),
)
_NINE = (
    rounded("straight tail", oval((0.46, 0.27), (0.42, 0.27), -20, -355), line((0.88, 0.1), (0.82, 1))),
    rounded(
        "curved tail",
        curve(
            (0.88, 0.15),
            (0.5, 0),
            (0.08, 0.22),
            (0.35, 0.52),
            (0.82, 0.4),
            (0.9, 0.12),
            (0.86, 0.6),
            (0.6, 0.95),
            (0.1, 0.98),
        ),
    ),
    rounded(
        "like a g",
        curve(
            (0.9, 0.12),
            (0.45, 0),
            (0.06, 0.25),
            (0.35, 0.5),
            (0.84, 0.3),
            (0.92, 0.1),
            (0.9, 0.7),
            (0.55, 1),
            (0.08, 0.88),
        ),
    ),
    rounded("leaning", oval((0.5, 0.26), (0.4, 0.26), -10, -360), line((0.9, 0.25), (0.45, 1))),
    guided("on the guide", line((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1), (0, 1))),
    guided("without a base", line((1, 0.5), (0, 0.5), (0, 0), (1, 0), (1, 1))),
    guided("short base", line((1, 0.48), (0.02, 0.5), (0, 0), (1, 0), (1, 1), (0.4, 1))),
)
_CROSS = (
    rounded("two strokes", line((0, 0), (1, 1)), line((1, 0), (0, 1))),
    rounded("flat", line((0, 0.18), (1, 0.82)), line((1, 0.18), (0, 0.82))),
    rounded("narrow", line((0.2, 0), (0.8, 1)), line((0.8, 0), (0.2, 1))),
    rounded("bent", curve((0, 0.02), (0.45, 0.4), (1, 1)), curve((1, 0), (0.55, 0.55), (0.02, 1))),
    rounded("uneven", line((0.08, 0.05), (0.95, 1)), line((1, 0.12), (0, 0.9))),
)
_DASH = (
    rounded("dash", line((0, 0.5), (1, 0.5))),
    rounded("rising", line((0, 0.58), (1, 0.42))),
    rounded("falling", line((0, 0.44), (1, 0.55))),
    rounded("wavy", curve((0, 0.52), (0.3, 0.45), (0.7, 0.55), (1, 0.47))),
)

SHAPES: dict[str, tuple[Shape, ...]] = {
    "0": _ZERO, "1": _ONE, "2": _TWO, "3": _THREE, "4": _FOUR, "5": _FIVE, "6": _SIX, "7": _SEVEN, "8": _EIGHT,
    "9": _NINE, "X": _CROSS, "-": _DASH,
}  # fmt: skip
