"""A blank form that no election uses, as somebody might scan it: the editor's practice."""

import cv2
import numpy as np

from ocr.draw.print_data import Rule, Text
from ocr.draw.printing import Press, print_text

SIZE_MM = (210.0, 297.0)
PX_PER_MM = 6.0
CELLS = (150.0, 165.0, 180.0, 195.0)
ROWS = {
    "suara_01": (52.0, 68.0),
    "suara_02": (68.0, 84.0),
    "suara_sah": (84.0, 100.0),
    "suara_tidak_sah": (120.0, 136.0),
    "suara_total": (136.0, 152.0),
}
TITLE = "BERITA ACARA LATIHAN SIMULASI"
TITLE_MM = (40.0, 14.0, 170.0, 26.0)
SIGNATURES_MM = (15.0, 220.0, 195.0, 270.0)
_TABLES = ((40.0, 100.0), (120.0, 152.0), (220.0, 270.0))


def rules() -> list[tuple[float, float, float, float]]:
    level = [(15.0, y, 195.0, y) for y in (40.0, 52.0, 68.0, 84.0, 100.0, 120.0, 136.0, 152.0, 220.0, 270.0)]
    upright = [(x, top, x, bottom) for x in (15.0, 195.0) for top, bottom in _TABLES]
    upright += [(150.0, 40.0, 150.0, 100.0), (150.0, 120.0, 150.0, 152.0), (105.0, 220.0, 105.0, 270.0)]
    upright += [(x, top, x, bottom) for x in CELLS[1:3] for top, bottom in ((52.0, 100.0), (120.0, 152.0))]
    return level + upright


def practice_png() -> bytes:
    """The blank form as a PNG of 1260 x 1782 pixels."""
    press = Press(SIZE_MM, PX_PER_MM)
    for rule in rules():
        press.rule(Rule(rule, 0.4, 34))
    _print(press, TITLE, TITLE_MM, 24.0)
    for row, (name, (top, bottom)) in enumerate(ROWS.items()):
        _print(
            press, f"{row + 1}. {name.upper().replace('_', ' ')}", (20.0, top, 70.0, bottom), (top + bottom) / 2 + 1.5
        )
    done, encoded = cv2.imencode(".png", np.asarray(press.pull()))
    assert done
    return encoded.tobytes()


def _print(press: Press, words: str, rect: tuple[float, float, float, float], baseline: float) -> None:
    print_text(press, Text(words, rect[0], rect[2], baseline, 5.0 if words == TITLE else 3.0, frozenset({"bold"})))
