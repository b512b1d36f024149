"""How clerks err when they add and copy numbers: the one model of mistakes behind every sum that is weighed.

Rates come from 444 thousand polling stations of the presidential election of 2024 as Sirekap published them in March
(`python -m bench.ocr.clerk_rates FILE` counts them anew). Sirekap's figures still hold its own misreadings, so they are
upper bounds. The constants below stay near them: rates on the high side make a sum that closes confirm less.

| in Sirekap 2024 | stations where it fails |
|---|---|
| suara_sah = sum of the candidates | 4.9 % |
| suara_total = suara_sah + suara_tidak_sah | 1.2 % |
| a row of page 1, men + women = together | 1.3 to 2.7 % |
| a column of page 1, three kinds of voters | 3.7 to 3.8 % |
| suara_total = pengguna_total_j (two pages) | 7.7 % |
| at least one of these | 15.3 % |
| one sum alone: suara_sah / pemilih_dpt / two pages | 2.6 / 0.8 / 4.6 % |
| one number wrong in the two or three sums it belongs to, all others closing | 0.04 to 0.3 % a field |

Of the differences 7 to 25 % are 1; 49 to 76 % (two pages: 39 %) are one digit changed, neighbouring digits exchanged, a
carry of 10 or 100, or less than 10; the others look like any number (whole terms forgotten, other rows copied).

Inequalities are no evidence here: pengguna_dpt exceeds pemilih_dpt in 0.9 to 1.1 % of the stations, about as often as
sums fail, and a misread digit breaks an inequality seldom, so that one which holds says next to nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

Table: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.int64]

BROKEN_SUM = 0.02
"""Probability that a clerk adds up one identity wrongly; what he adds to it later follows the mistake."""

BROKEN_COPY = 0.05
"""The same for an identity of one term: a number that should stand a second time, often on another page."""

MISWRITTEN = 0.002
"""Probability that a clerk writes another number than he meant: it breaks every sum the field is in."""

OFF_BY_ONE, OFF_NEARLY = 0.15, 0.40
"""Shares of the mistakes that are off by 1, and that are otherwise near; the rest may be any number."""


@dataclass(frozen=True)
class Slips:
    """For each number meant (a row of `values` and `weights`): the near numbers a slip makes of it.

    `values` (size, W) is filled up with the number itself, at weight 0; `weights` of a row sum to 1.
    """

    values: Numbers
    weights: Table

    def forth(self, meant: Table) -> Table:
        """Probabilities (size,) of the numbers written when every number meant is slipped from."""
        return np.asarray(np.bincount(self.values.ravel(), (self.weights * meant[:, None]).ravel(), len(meant)), float)

    def back(self, written: Table) -> Table:
        """How well each number meant explains `written` (size,): `forth` transposed."""
        return cast("Table", np.einsum("ij,ij->i", self.weights, written[self.values]))


@cache
def slips(size: int) -> Slips:
    """The slips among numbers 0 .. size-1, `size` a power of ten: computed once in a process."""
    near = [_near(number, size) for number in range(size)]
    width = max(map(len, near))
    values = np.repeat(np.arange(size, dtype=np.int64)[:, None], width, axis=1)
    weights = np.zeros((size, width))
    for number, weighed in enumerate(near):
        values[number, : len(weighed)] = list(weighed)
        weights[number, : len(weighed)] = list(weighed.values())
    return Slips(values, weights / weights.sum(axis=1, keepdims=True))


def _near(number: int, size: int) -> dict[int, float]:
    """The numbers near `number` with their weights: off by 1, and a digit, an exchange or a carry away."""
    ones = [one for one in (number - 1, number + 1) if 0 <= one < size]
    others = sorted(one for one in _nearly(number, size) if 0 <= one < size and abs(one - number) > 1)
    weighed = dict.fromkeys(ones, OFF_BY_ONE / len(ones))
    return weighed | dict.fromkeys(others, OFF_NEARLY / len(others))


def _nearly(number: int, size: int) -> set[int]:
    """One digit changed, two neighbouring digits exchanged, less than 10 off, or a carry; may leave the boxes."""
    near = {number + step for step in range(-9, 10)}
    weight = 1
    while weight < size:
        digit = number // weight % 10
        near |= {number + (other - digit) * weight for other in range(10)} | {number - weight, number + weight}
        higher = number // (10 * weight) % 10
        near.add(number + (higher - digit) * weight + (digit - higher) * 10 * weight)
        weight *= 10
    return near


def rate_of(terms: int) -> float:
    """How often an identity of so many terms fails on paper."""
    return BROKEN_COPY if terms == 1 else BROKEN_SUM


def write(meant: Table, rate: float) -> Table:
    """The distribution of the number written, given that of the number meant: mostly the same, seldom a slip."""
    near = OFF_BY_ONE + OFF_NEARLY
    slip = near * slips(len(meant)).forth(meant) + (1 - near) * meant.sum() / len(meant)
    return cast("Table", (1 - rate) * meant + rate * slip)


def mean(written: Table, rate: float) -> Table:
    """How well each number meant explains what is written: `write` the other way round."""
    near = OFF_BY_ONE + OFF_NEARLY
    slip = near * slips(len(written)).back(written) + (1 - near) * written.sum() / len(written)
    return cast("Table", (1 - rate) * written + rate * slip)


def write_sum(true_sum: Table, size: int, rate: float) -> Table:
    """The distribution (size,) of the total that a clerk adds up; a sum beyond the boxes may become any number."""
    inside = np.zeros(size)
    reach = min(size, len(true_sum))
    inside[:reach] = true_sum[:reach]
    return np.asarray(write(inside, rate) + rate * true_sum[reach:].sum() / size)


def wish_sum(total: Table, count: int, rate: float) -> Table:
    """How well each true sum 0 .. count-1 explains the total (size,): `write_sum` transposed."""
    wished = np.full(count, rate * float(total.sum()) / len(total))
    reach = min(count, len(total))
    wished[:reach] = mean(total, rate)[:reach]
    return wished


def closing_chance(size: int, rate: float) -> float:
    """Probability that a total of `size` numbers is written as what its terms add up to."""
    return 1 - rate + rate * (1 - OFF_BY_ONE - OFF_NEARLY) / size


def chance_of(totals: Numbers, sums: Numbers, size: int, rate: float) -> Table:
    """(T, S): the probability of each of `totals` (T,) being written for each true sum of `sums` (S,)."""
    near, table = OFF_BY_ONE + OFF_NEARLY, slips(size)
    inside = np.minimum(sums, size - 1)
    slipped = ((table.values[inside][None] == totals[:, None, None]) * table.weights[inside][None]).sum(axis=2)
    same = totals[:, None] == sums[None]
    chances = (1 - rate) * same + rate * (near * slipped + (1 - near) / size)
    return np.where(sums[None] < size, chances, rate / size)
