"""A small election on a real site, for the tests that open pages: drawn papers, invented figures, true place names.

The parts are the demonstration's own; only fewer TPS are used, and what happens to each is named by :class:`Stations`.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app.core.config import Settings
from workers.demo.photographs import take_photograph
from workers.demo.places import wilayah_csv
from workers.demo.plan import Paper, Plan, make_plan
from workers.demo.stage import make_logins, run_site, set_up

SEED = 11
PLAN = make_plan(SEED)
_PAPERS = {paper.place.tps_kode: paper for paper in PLAN.papers}


@dataclass(frozen=True)
class Stations:
    """TPS of the plan by what stands on their papers: one whose official figures differ, two whose sums do not
    close, and others without any trouble."""

    differing: str
    broken: str
    other_broken: str
    plain: tuple[str, ...]


def _choose_stations() -> Stations:
    differing = [one.tps_kode for one in PLAN.planted]
    broken = [kode for kode, paper in _PAPERS.items() if not paper.closes]
    first = next(kode for kode in differing if kode not in broken)
    second = next(kode for kode in broken if kode not in differing)
    plain = tuple(kode for kode in _PAPERS if kode not in differing and kode not in broken)
    third = next(kode for kode in broken if kode != second)
    return Stations(first, second, third, plain)


STATIONS = _choose_stations()


@dataclass(frozen=True)
class SmallSite:
    """A running site: address, database, settings, and passwords by account name."""

    address: str
    url: str
    settings: Settings
    passwords: dict[str, str]

    async def photograph(self, tps_kode: str, page: int, attempt: int = 0) -> bytes:
        """Return a drawn photograph of a page of the plan's paper."""
        paper = find_paper(tps_kode)
        return await asyncio.to_thread(take_photograph, dict(paper.numbers), paper.place, SEED, page, attempt)


def find_paper(tps_kode: str) -> Paper:
    """Return what was written at a TPS."""
    return _PAPERS[tps_kode]


def choose_plan(stations: Sequence[str]) -> Plan:
    """Return the plan of some TPS only."""
    return replace(
        PLAN,
        papers=tuple(find_paper(kode) for kode in stations),
        official={kode: PLAN.official[kode] for kode in stations},
        planted=tuple(one for one in PLAN.planted if one.tps_kode in stations),
    )


@contextmanager
def open_small_site(url: str, settings: Settings) -> Iterator[SmallSite]:
    """Import places, election and accounts into an empty database and run the site with one worker on it."""
    settings.home.mkdir(parents=True)
    wilayah = settings.home / "wilayah.csv"
    wilayah.write_text(wilayah_csv(), "utf-8")
    logins = make_logins()
    asyncio.run(set_up(url, settings, wilayah, logins))
    with run_site(url, settings, 0) as address:
        yield SmallSite(address, url, settings, {login.name: login.password for login in logins})
