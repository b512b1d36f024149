"""What in an import wants a person's eye: votes that fall, gains that new TPS cannot explain, charts against sums.

Pure: sums of kecamatan before and after in, findings out, for the kecamatan, kabupaten/kota, provinsi and the nation. A
finding accuses nobody. A correction makes votes fall too, and the rules cannot know it; they say where to look.

The rule about gains is made after what was seen in 2024: one party's national figure grew by 230,361 votes while 2,240
TPS came in: 103 votes a TPS, many times what it had had. That is less than a TPS may hold, so a bound by ballots alone
does not see it. Two bounds therefore, for the votes of one choice in one region since the snapshot before:

1. *impossible*: more than all TPS that came in or changed may hold together. A TPS has at most 300 voters (PKPU 7/2022)
   and 2 % more ballots, 306; abroad no such limit is known, and the largest of 2024 had fewer than 5,000.
2. *implausible*: more than twice what the new TPS would bring if they voted like those of their own kecamatan before
   them (or kabupaten/kota, or provinsi, wherever 30 are known; where none are, a full TPS each), and three standard
   deviations besides, each TPS taken to vary by as much as it may hold. Both errs towards silence: batches come from
   one place and vote alike, and a noken village gives one choice everything.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.wilayah.codes import NATION

TPS_MAX, TPS_MAX_ABROAD = 306, 5_000
"""Votes that one TPS may hold."""
ABROAD = "99"
TIMES, DEVIATIONS = 2, 3
KNOWN_MIN = 30
"""TPS that make a mean worth comparing with."""
FALL_STEPS = (100, 1_000)
"""Votes from which a fall is middling, and large."""
GAIN_STEPS = (1_000, 10_000)
CHART_STEPS = (1_000, 10_000)
CHART_LEVELS = frozenset({1, 2, 4})
"""Lengths of the codes for which charts are told; the TPS themselves are listed among the differences."""
LEVELS = (6, 4, 2)


@dataclass(frozen=True)
class ChartGap:
    """TPS among the changed whose chart does not add up to the sum beside it: how many, by how many votes."""

    tps: int
    votes: int
    """Without their signs."""
    difference: int
    """Chart minus sum, with its sign."""


@dataclass(frozen=True)
class Movement:
    """One kecamatan from one snapshot to the next. ``before`` and ``gain``: votes, one place a choice.

    ``tps_before``: with votes before; ``tps_new``: with votes now and none before; ``tps_changed``: other votes now.
    """

    kode: str
    tps_before: int
    tps_new: int
    tps_changed: int
    before: tuple[int, ...]
    gain: tuple[int, ...]
    charts: tuple[ChartGap, ...]


@dataclass(frozen=True)
class Finding:
    """One alarm to be. ``facts``: the numbers that the rule looked at. ``severity``: 1 small, 2, 3 large."""

    kind: str
    kode: str
    field: str
    facts: Mapping[str, Any]
    severity: int


@dataclass
class _Region:
    """Sums over kecamatan; owned by :func:`_add_up`."""

    tps_before: int
    tps_new: int
    tps_changed: int
    most: int
    variance: int
    before: list[int]
    gain: list[int]
    expected: list[float]
    charts: list[list[int]]


def find_alarms(movements: Sequence[Movement], choices: Sequence[str], sums: Sequence[str]) -> list[Finding]:
    """Return what the rules find, the gravest last. ``choices``, ``sums``: the fields of the places in a movement."""
    found: list[Finding] = []
    for kode, region in sorted(_add_up(movements, len(choices), len(sums)).items()):
        for place, field in enumerate(choices):
            found += _look_at_fall(kode, field, region, place)
            found += _look_at_gain(kode, field, region, place)
        if len(kode) in CHART_LEVELS:
            found += [one for place, field in enumerate(sums) for one in _look_at_chart(kode, field, region, place)]
    return sorted(found, key=lambda one: (one.severity, -len(one.kode)))


def _look_at_fall(kode: str, field: str, region: _Region, place: int) -> Iterable[Finding]:
    fallen = -region.gain[place]
    if fallen <= 0:
        return
    before = region.before[place]
    facts = {"before": before, "after": before - fallen, "fallen": fallen, **_tell_tps(region)}
    yield Finding("votes_fall", kode, field, facts, _grade(fallen, FALL_STEPS))


def _look_at_gain(kode: str, field: str, region: _Region, place: int) -> Iterable[Finding]:
    if not region.tps_before:
        return  # the first snapshot is no gain
    gain, expected = region.gain[place], region.expected[place]
    plausible = TIMES * expected + DEVIATIONS * math.sqrt(region.variance)
    impossible = gain > region.most
    if gain <= plausible and not impossible:
        return
    facts = {
        "before": region.before[place],
        "after": region.before[place] + gain,
        "gain": gain,
        "expected": round(expected),
        "plausible": round(plausible),
        "possible": region.most,
        "impossible": impossible,
        **_tell_tps(region),
    }
    yield Finding("gain", kode, field, facts, 3 if impossible else _grade(gain - round(expected), GAIN_STEPS))


def _look_at_chart(kode: str, field: str, region: _Region, place: int) -> Iterable[Finding]:
    tps, votes, difference = region.charts[place]
    if tps:
        facts = {"tps": tps, "votes": votes, "difference": difference}
        yield Finding("chart", kode, field, facts, _grade(votes, CHART_STEPS))


def _tell_tps(region: _Region) -> dict[str, int]:
    return {"tps_before": region.tps_before, "tps_new": region.tps_new, "tps_changed": region.tps_changed}


def _grade(votes: int, steps: tuple[int, int]) -> int:
    return 1 + sum(votes >= step for step in steps)


def _add_up(movements: Sequence[Movement], choices: int, sums: int) -> dict[str, _Region]:
    """Return every region that a movement lies in, by code; what is expected is known per kecamatan and added up."""
    means = _find_means(movements)
    regions: dict[str, _Region] = {}
    for one in movements:
        most = TPS_MAX_ABROAD if one.kode.startswith(ABROAD) else TPS_MAX
        moved = one.tps_new + one.tps_changed
        mean = means.get(one.kode) or means.get(one.kode[:4]) or means.get(one.kode[:2]) or [float(most)] * choices
        for kode in (*(one.kode[:length] for length in LEVELS), NATION):
            region = regions.setdefault(
                kode,
                _Region(0, 0, 0, 0, 0, [0] * choices, [0] * choices, [0.0] * choices, [[0, 0, 0] for _ in range(sums)]),
            )
            region.tps_before += one.tps_before
            region.tps_new += one.tps_new
            region.tps_changed += one.tps_changed
            region.most += most * moved
            region.variance += most * most * moved
            for place in range(choices):
                region.before[place] += one.before[place]
                region.gain[place] += one.gain[place]
                region.expected[place] += one.tps_new * mean[place]
            for gaps, chart in zip(region.charts, one.charts, strict=True):
                for place, number in enumerate((chart.tps, chart.votes, chart.difference)):
                    gaps[place] += number
    return regions


def _find_means(movements: Sequence[Movement]) -> dict[str, list[float]]:
    """Return the mean votes of each choice at a TPS before, of every region where enough TPS are known."""
    sums: dict[str, tuple[int, list[int]]] = {}
    for one in movements:
        for kode in (one.kode[:length] for length in LEVELS):
            tps, before = sums.get(kode, (0, [0] * len(one.before)))
            sums[kode] = (tps + one.tps_before, [a + b for a, b in zip(before, one.before, strict=True)])
    return {kode: [votes / tps for votes in before] for kode, (tps, before) in sums.items() if tps >= KNOWN_MIN}
