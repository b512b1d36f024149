"""What the demonstration's papers say, and where the invented official figures differ from them.

Made before the service starts and kept in this process's memory only: no service process can read the planted list.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from workers.demo.administration import FIELDS as PAGE_1
from workers.demo.administration import name_in_sirekap, write_administration
from workers.demo.places import Place, list_places

VOTES = ("suara_01", "suara_02", "suara_03")
FIELDS = (*VOTES, "suara_sah", "suara_tidak_sah", "suara_total")
COMPLETE_EVERY = 3
"""Of every third TPS page 1 is photographed, too."""
CLERK_ERRORS = 2
PLANTED_TPS = 5
_CHART_KEYS = {"suara_01": "100025", "suara_02": "100026", "suara_03": "100027"}
# Shares of the three choices by kelurahan, invented: each level of the tally must look different from the next.
_SHARES = {
    "3171031004": (0.42, 0.40, 0.18),
    "3404072003": (0.24, 0.43, 0.33),
    "3404132003": (0.13, 0.52, 0.35),
    "3471031005": (0.30, 0.36, 0.34),
}


@dataclass(frozen=True)
class Paper:
    """One TPS's paper: its numbers as written, page 1 only where it is photographed; whether the vote sums close."""

    place: Place
    numbers: Mapping[str, int]
    closes: bool

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages that are photographed."""
        return (1, 2, 3) if PAGE_1[0] in self.numbers else (2, 3)


@dataclass(frozen=True)
class Planted:
    """One difference that the invented official figures have."""

    tps_kode: str
    field: str
    paper: int
    official: int


@dataclass(frozen=True)
class Plan:
    """Papers, official figures by TPS, and the planted differences."""

    papers: tuple[Paper, ...]
    official: Mapping[str, Mapping[str, int]]
    planted: tuple[Planted, ...]

    def count_pages(self) -> int:
        """Return how many pages are photographed."""
        return sum(len(paper.pages) for paper in self.papers)

    def count_sections(self) -> int:
        """Return how many sections are to be decided: the votes of every TPS, and page 1 where it is photographed."""
        return len(self.papers) + sum(1 in paper.pages for paper in self.papers)


def make_plan(seed: int) -> Plan:
    """Return the demonstration's numbers; the same seed gives the same plan."""
    rng = np.random.default_rng([seed, 2024])
    papers = tuple(_write_paper(place, rng) for place in list_places())
    page_1 = np.random.default_rng([seed, 2024, 1])
    papers = tuple(
        _add_page_1(paper, page_1) if index % COMPLETE_EVERY == 0 else paper for index, paper in enumerate(papers)
    )
    broken = set(rng.choice(len(papers), size=CLERK_ERRORS, replace=False).tolist())
    papers = tuple(_break_sum(paper, rng) if index in broken else paper for index, paper in enumerate(papers))
    planted = _plant(papers, rng)
    official = {paper.place.tps_kode: dict(paper.numbers) for paper in papers}
    for item in planted:
        official[item.tps_kode][item.field] = item.official
    return Plan(papers, official, planted)


def _write_paper(place: Place, rng: np.random.Generator) -> Paper:
    valid = int(rng.integers(140, 250))
    shares = rng.dirichlet(np.array(_SHARES[place.tps_kode[:10]]) * 60)
    votes = rng.multinomial(valid, shares)
    invalid = int(rng.integers(0, 12))
    numbers = dict(zip(VOTES, (int(vote) for vote in votes), strict=True))
    numbers |= {"suara_sah": valid, "suara_tidak_sah": invalid, "suara_total": valid + invalid}
    return Paper(place, numbers, closes=True)


def _add_page_1(paper: Paper, rng: np.random.Generator) -> Paper:
    return replace(paper, numbers={**paper.numbers, **write_administration(paper.numbers["suara_total"], rng)})


def _break_sum(paper: Paper, rng: np.random.Generator) -> Paper:
    """Let the clerk write a total that is off by a few, as about 3 % of real forms do.

    By none that a volunteer's slip (``people.CONFUSIONS``: 5 taken for 6) would make good: a paper that closes for one
    of its readers is a dispute, and the demonstration is to know beforehand what is accepted.
    """
    off = int(rng.choice([-20, -3, -2, 2, 3, 20]))
    numbers = {**paper.numbers, "suara_total": paper.numbers["suara_total"] + off}
    return replace(paper, numbers=numbers, closes=False)


def _plant(papers: tuple[Paper, ...], rng: np.random.Generator) -> tuple[Planted, ...]:
    """Change official figures the way Sirekap's real errors did: a cross read as 8, 3 as 8, a lost digit, a swap."""
    chosen = rng.choice(len(papers), size=PLANTED_TPS, replace=False)
    makers = (_cross_as_eight, _three_as_eight, _lose_digit, _add_ten)
    planted = [_alter(papers[index], makers[turn % len(makers)], rng) for turn, index in enumerate(chosen[:-1])]
    complete = [paper for paper in papers if 1 in paper.pages]
    more_voters = complete[int(rng.integers(len(complete)))]
    return (*planted, *_swap(papers[chosen[-1]]), _plant_one(more_voters, "pengguna_dpk_j", _add_ten))


def _alter(paper: Paper, misread: Callable[[int], int], rng: np.random.Generator) -> Planted:
    return _plant_one(paper, str(rng.choice(VOTES)), misread)


def _plant_one(paper: Paper, field: str, misread: Callable[[int], int]) -> Planted:
    value = paper.numbers[field]
    changed = misread(value)
    return Planted(paper.place.tps_kode, field, value, changed if changed != value else value + 1)


def _cross_as_eight(value: int) -> int:
    return value + 700 + 100 * (len(str(value)) < len("100"))


def _three_as_eight(value: int) -> int:
    return int(f"{value:03d}".replace("3", "8")) if "3" in f"{value:03d}" else value + 5


def _lose_digit(value: int) -> int:
    return value // 10


def _add_ten(value: int) -> int:
    return value + 10


def _swap(paper: Paper) -> tuple[Planted, ...]:
    """Swap two different votes of one TPS."""
    pairs = [(one, two) for one in VOTES for two in VOTES if one < two and paper.numbers[one] != paper.numbers[two]]
    if not pairs:
        value = paper.numbers[VOTES[0]]
        return (Planted(paper.place.tps_kode, VOTES[0], value, value + 1),)
    one, two = pairs[0]
    kode, numbers = paper.place.tps_kode, paper.numbers
    return (Planted(kode, one, numbers[one], numbers[two]), Planted(kode, two, numbers[two], numbers[one]))


def sirekap_json(numbers: Mapping[str, int]) -> bytes:
    """Return one TPS's figures in the shape that Sirekap served them."""
    chart: dict[str, int | None] = {"null": None}
    chart |= {_CHART_KEYS[field]: numbers[field] for field in VOTES}
    administration = {field: numbers[field] for field in FIELDS if field not in VOTES}
    published = ((name_in_sirekap(field), numbers[field]) for field in PAGE_1 if field in numbers)
    administration |= {name: number for name, number in published if name is not None}
    body: dict[str, object] = {
        "mode": "hhcw",
        "chart": chart,
        "images": [],
        "administrasi": administration,
        "psu": None,
        "ts": "2024-02-15 18:00:00",
        "status_suara": True,
        "status_adm": True,
    }
    return json.dumps(body).encode()
