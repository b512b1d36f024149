"""A small language for a monitor's own rules: ``official.suara_01 > 300 and official.suara_01 > 2 * ours.suara_01``.

Nothing of Python runs: a text is cut into words, put together by the grammar below, and evaluated over the figures of
many TPS at once. It ends always: no loops, no names but fields, bounded length and depth.

    rule     = both { "or" both }
    both     = one { "and" one }
    one      = "not" one | "known" "(" FIELD ")" | "(" rule ")" | sum COMPARE sum
    sum      = term { ("+" | "-") term }
    term     = factor { "*" factor }
    factor   = NUMBER | FIELD | "-" factor | "abs" "(" sum ")" | "(" sum ")"
    COMPARE  = "=" | "!=" | "<" | "<=" | ">" | ">="
    FIELD    = ("ours" | "official") "." name of a field of the contest
    NUMBER   = whole number of at most seven digits

A comparison with a number that nobody has stated holds for nothing, and neither does its ``not``: the unknown
contradicts nobody. ``known(...)`` asks whether a number is stated.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.core.errors import InvalidInputError
from app.discrepancy.rules.figures import Figures
from app.discrepancy.rules.truth import (
    Amount,
    AmountOf,
    Truth,
    TruthOf,
    both,
    calculate,
    compare,
    either,
    is_known,
    join,
    negate,
    read_field,
    turn,
)

LENGTH_MAX = 500
DEPTH_MAX = 20

_WORD = re.compile(r"\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<number>[0-9]+)|(?P<mark><=|>=|!=|[-+*()<>=]))")
_DIGITS_MAX = 7
_COMPARE: dict[str, Callable[..., NDArray[np.bool_]]] = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


class ExpressionError(InvalidInputError):
    """The text is no rule; the message says where it stops making sense. ``place``: that character, from 0."""

    code = "bad_expression"

    def __init__(self, message: str, remedy: str, *, place: int = 0) -> None:
        """Keep the sentences and the place."""
        super().__init__(message, remedy)
        self.place = place


@dataclass(frozen=True)
class _Word:
    text: str
    kind: str
    place: int

    @property
    def indonesian(self) -> str:
        """Return it as an Indonesian sentence quotes it: the end of a rule is no word that somebody wrote."""
        return "akhir aturan" if self.kind == "end" else repr(self.text[:40])


@dataclass(frozen=True)
class Expression:
    """A parsed rule. ``fields``: the (side, field) pairs it looks at."""

    text: str
    fields: frozenset[tuple[str, str]]
    truth: TruthOf

    def find(self, figures: Figures) -> tuple[str, ...]:
        """Return the TPS at which the rule holds."""
        return tuple(figures.tps_kodes[row] for row in np.flatnonzero(self.truth(figures).holds).tolist())


def parse_expression(text: str, fields: tuple[str, ...]) -> Expression:
    """Return the rule that ``text`` says about ``fields`` of a contest.

    Raises:
        ExpressionError: it says none; place and remedy are named.
    """
    if len(text) > LENGTH_MAX:
        raise ExpressionError(
            f"Aturan ini {len(text)} huruf. (The rule has {len(text)} characters.)",
            f"Paling banyak {LENGTH_MAX}. (Use {LENGTH_MAX} at most.)",
            place=LENGTH_MAX,
        )
    return _Parser(text, fields).parse()


class _Parser:
    """Recursive descent over the words of one text."""

    def __init__(self, text: str, fields: tuple[str, ...]) -> None:
        self._text, self._fields = text, fields
        self._words = self._cut()
        self._at, self._depth = 0, 0
        self._seen: set[tuple[str, str]] = set()

    def parse(self) -> Expression:
        truth = self._rule()
        if self._now.kind != "end":
            raise self._wrong(
                ("di sini masih ada sisa", "here something is left over"),
                "Sambung syarat dengan and, or. (Join conditions with and, or.)",
            )
        return Expression(self._text, frozenset(self._seen), truth)

    def _cut(self) -> list[_Word]:
        words, place = [], 0
        while self._text[place:].strip():
            found = _WORD.match(self._text, place)
            if found is None:
                place += len(self._text[place:]) - len(self._text[place:].lstrip())
                sign = self._text[place]
                said = (f"{sign!r} tidak berarti apa-apa di sini", f"{sign!r} means nothing here")
                raise self._wrong_at(place, said, "Lihat daftar tanda. (See the list of signs.)")
            kind = found.lastgroup or ""
            words.append(_Word(found[kind], kind, found.start(kind)))
            place = found.end()
        return [*words, _Word("the end", "end", len(self._text))]

    @property
    def _now(self) -> _Word:
        return self._words[self._at]

    def _take(self, *texts: str) -> str | None:
        if self._now.kind != "end" and self._now.text in texts:
            self._at += 1
            return self._words[self._at - 1].text
        return None

    def _need(self, text: str) -> None:
        if self._take(text) is None:
            raise self._wrong(
                (
                    f"{text!r} belum ada sebelum {self._now.indonesian}",
                    f"{text!r} is missing before {self._now.text!r}",
                ),
                f"Tulis {text!r} di sana. (Write {text!r} there.)",
            )

    def _wrong(self, words: tuple[str, str], remedy: str) -> ExpressionError:
        return self._wrong_at(self._now.place, words, remedy)

    def _wrong_at(self, place: int, words: tuple[str, str], remedy: str) -> ExpressionError:
        indonesian, english = words
        message = f"Huruf ke-{place + 1}: {indonesian}. (Character {place + 1}: {english}.)"
        return ExpressionError(message, remedy, place=place)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self._wrong(
                (
                    f"lebih dari {DEPTH_MAX} kurung atau tanda bersarang",
                    f"more than {DEPTH_MAX} brackets or signs inside one another",
                ),
                "Tulis lebih datar. (Write it flatter.)",
            )

    def _rule(self) -> TruthOf:
        return self._joined("or", self._both, either)

    def _both(self) -> TruthOf:
        return self._joined("and", self._one, both)

    def _joined(self, word: str, part: Callable[[], TruthOf], how: Callable[[Truth, Truth], Truth]) -> TruthOf:
        left = part()
        while self._take(word):
            left = join(left, part(), how)
        return left

    def _one(self) -> TruthOf:
        self._deeper()
        try:
            if self._take("not"):
                return negate(self._one())
            if self._take("known"):
                self._need("(")
                field = self._field()
                self._need(")")
                return lambda figures: is_known(field(figures))
            return self._bracket_or_comparison()
        finally:
            self._depth -= 1

    def _bracket_or_comparison(self) -> TruthOf:
        """A bracket holds a rule or a sum; which of them, its inside tells. Of two errors the farther one is told."""
        begin, seen = self._at, set(self._seen)
        if not self._take("("):
            return self._comparison()
        try:
            inner = self._rule()
            self._need(")")
        except ExpressionError as error:
            first, reached = error, self._at
        else:
            return inner
        self._at, self._seen = begin, seen
        try:
            return self._comparison()
        except ExpressionError as error:
            raise (first if reached > self._at else error) from None

    def _comparison(self) -> TruthOf:
        left = self._sum()
        sign = self._take(*_COMPARE)
        if sign is None:
            raise self._wrong(
                (
                    f"belum ada perbandingan sebelum {self._now.indonesian}",
                    f"a comparison is missing before {self._now.text!r}",
                ),
                "Tulis salah satu dari = != < <= > >=. (Write one of = != < <= > >=.)",
            )
        return compare(left, self._sum(), _COMPARE[sign])

    def _sum(self) -> AmountOf:
        left = self._term()
        while sign := self._take("+", "-"):
            left = calculate(left, self._term(), np.add if sign == "+" else np.subtract)
        return left

    def _term(self) -> AmountOf:
        left = self._factor()
        while self._take("*"):
            left = calculate(left, self._factor(), np.multiply)
        return left

    def _factor(self) -> AmountOf:
        self._deeper()
        try:
            if self._take("-"):
                return turn(self._factor(), np.negative)
            if sign := self._take("abs", "("):
                if sign == "abs":
                    self._need("(")
                inner = self._sum()
                self._need(")")
                return turn(inner, np.abs) if sign == "abs" else inner
            return self._number() if self._now.kind == "number" else self._field()
        finally:
            self._depth -= 1

    def _number(self) -> AmountOf:
        word = self._now
        if len(word.text) > _DIGITS_MAX:
            raise self._wrong(
                (f"{word.text[:12]} terlalu besar", f"{word.text[:12]} is too large"),
                f"Paling banyak {_DIGITS_MAX} angka. (Use {_DIGITS_MAX} digits at most.)",
            )
        self._at += 1
        value = float(word.text)
        return lambda figures: Amount(
            np.full(len(figures.tps_kodes), value), np.full(len(figures.tps_kodes), fill_value=True)
        )

    def _field(self) -> AmountOf:
        side, _, name = self._now.text.partition(".")
        if self._now.kind != "word" or side not in {"ours", "official"}:
            shown = self._now.text[:40]
            raise self._wrong(
                (f"{self._now.indonesian} bukan angka", f"{shown!r} is no number"),
                "Tulis angka, ours.BIDANG atau official.BIDANG. (Write a number, ours.FIELD or official.FIELD.)",
            )
        if name not in self._fields:
            raise self._wrong(
                (f"tidak ada bidang {name[:40]!r}", f"there is no field {name[:40]!r}"),
                f"Bidang (fields): {', '.join(self._fields)}.",
            )
        self._at += 1
        self._seen.add((side, name))
        place = self._fields.index(name)
        return lambda figures: read_field(figures, side, place)
