"""What a clerk writes on a page: the input of the drawing, and the truth a reading is held against."""

from __future__ import annotations

from dataclasses import dataclass

from ocr.draw.hands import SYMBOLS

BLANK, NO_BUBBLE, SEVERAL_BUBBLES = "_", "_", "?"


@dataclass(frozen=True)
class Written:
    """One field. `digits`: a symbol a box (0-9, X, - dash, _ or space blank).

    `bubbles`: the digit blackened under each box, "_" for none, or None where nothing is blackened; `extra_bubbles`:
    further ones (box, digit), by mistake; `faint_bubbles`: boxes whose bubble is hardly blackened; `erased_bubbles`:
    smudges of bubbles (box, digit) that were rubbed out. `corrected`: what stood in a box before it was overwritten, ""
    for nothing. `struck`: the symbols that stand in the boxes, all struck out, while `digits` stand beside them.
    `strokes`: votes struck in the tally grid; `words`: the number spelled out; None leaves either empty.
    """

    digits: str
    bubbles: str | None = None
    extra_bubbles: tuple[tuple[int, int], ...] = ()
    corrected: tuple[str, ...] = ()
    strokes: int | None = None
    words: str | None = None
    struck: str = ""
    faint_bubbles: tuple[int, ...] = ()
    erased_bubbles: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        wrong = [symbol for symbol in self.symbols if symbol not in SYMBOLS]
        if wrong:
            raise ValueError(f"{wrong[0]!r} in {self.digits!r} cannot be written; use {SYMBOLS} or a space")

    @property
    def symbols(self) -> str:
        """The digits with "_" for every blank."""
        return self.digits.replace(" ", BLANK)

    @property
    def value(self) -> int | None:
        """The number that stands in the boxes; None where no number can be read from them.

        Crosses, dashes and blanks mean "no digit here" in leading places only; without any digit there is no number.
        """
        digits = self.symbols.lstrip("X-" + BLANK)
        return int(digits) if digits.isdecimal() else None

    @property
    def marks(self) -> str | None:
        """The bubbles as a reader should see them: "?" where several are blackened in a column."""
        marks = list(self.bubbles or NO_BUBBLE * len(self.digits))
        for box, _ in self.extra_bubbles:
            marks[box] = SEVERAL_BUBBLES
        return None if set(marks) == {NO_BUBBLE} else "".join(marks)


@dataclass(frozen=True)
class Place:
    """The header of a page: where the polling station is."""

    provinsi: str
    kabupaten_kota: str
    kecamatan: str
    kelurahan: str
    tps: int


def as_written(value: str | Written) -> Written:
    """Digits alone mean: no bubbles, no strokes, no words."""
    return value if isinstance(value, Written) else Written(value)
