"""Kills at random moments, all of them following from the seed: what, when in the work, and which one of several."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workers.drill.kill.processes import kill_now, list_family, wait_until_gone
from workers.drill.kill.stage import Stage

SHARES = {"backend": 11, "reader": 10, "site": 5, "worker": 5, "postmaster": 3, "postgres": 3, "everything": 3}
"""How often each kind comes up: cheap victims more often than those that take seconds to come back."""

AFTERSHOCK_SHARE = 0.3
"""Part of the kills that follow the one before at once, while what it killed is still coming back."""

LOOK_EVERY = 0.02
VICTIM_WITHIN = 120.0


@dataclass(frozen=True)
class Kill:
    """One kill: what, after which part of the work (0 to 1), and after how many seconds more."""

    kind: str
    after: float
    pause: float
    choice: float
    """Which one of several, 0 to 1."""


def plan_kills(count: int, seed: int) -> tuple[Kill, ...]:
    """Return ``count`` kills in the order of their moments, every kind in its share."""
    chance = random.Random(f"kills/{seed}")
    kinds = deal_kinds(count)
    chance.shuffle(kinds)
    moments = sorted(chance.uniform(0.0, 0.97) for _ in range(count))
    kills: list[Kill] = []
    for kind, own in zip(kinds, moments, strict=True):
        aftershock = bool(kills) and chance.random() < AFTERSHOCK_SHARE
        after, pause = (kills[-1].after, chance.uniform(0.0, 1.5)) if aftershock else (own, chance.uniform(0.0, 0.3))
        kills.append(Kill(kind, after, pause, chance.random()))
    return tuple(kills)


def deal_kinds(count: int) -> list[str]:
    """Return ``count`` kinds in the proportion of their shares, each at least once as far as they go round."""
    total = sum(SHARES.values())
    wanted = {kind: max(1, count * share // total) for kind, share in SHARES.items()}
    fill = itertools.cycle(SHARES)
    while sum(wanted.values()) < count:
        wanted[next(fill)] += 1
    while sum(wanted.values()) > count:
        wanted[max(wanted, key=wanted.__getitem__)] -= 1
    return [kind for kind, times in wanted.items() for _ in range(times)]


class Killer:
    """Does the kills while the work goes on, and writes down what it killed."""

    def __init__(self, stage: Stage, kills: tuple[Kill, ...], progress: Callable[[], float], folder: Path) -> None:
        """``progress``: which part of the work is acknowledged. What is killed stands in ``folder``/kills.txt."""
        self._stage, self._kills, self._progress, self._folder = stage, kills, progress, folder
        self.done: Counter[str] = Counter()
        self._began = time.monotonic()

    @property
    def wanted(self) -> int:
        """How many kills there are to be."""
        return len(self._kills)

    async def run(self) -> None:
        """Do all kills.

        Raises:
            TimeoutError: there was nothing to kill for a long time: something did not come back.
        """
        for kill in self._kills:
            while self._progress() < kill.after:  # noqa: ASYNC110 (the record has no event for it)
                await asyncio.sleep(LOOK_EVERY)
            await asyncio.sleep(kill.pause)
            async with asyncio.timeout(VICTIM_WITHIN):
                while not (killed := await asyncio.to_thread(self._strike, kill)):  # noqa: ASYNC110 (nor the kernel)
                    await asyncio.sleep(LOOK_EVERY)
            self.done[kill.kind] += 1
            self._write(f"{time.monotonic() - self._began:8.2f} s  {kill.kind:10}  {len(killed)} killed: {killed}")

    def _write(self, words: str) -> None:
        with (self._folder / "kills.txt").open("a") as file:
            file.write(f"{words}\n")

    def _strike(self, kill: Kill) -> list[int]:
        """Kill what is there of this kind now; return the processes, none if there were none."""
        victims = self._find_victims(kill)
        killed = [pid for pid in victims if kill_now(pid)]
        if kill.kind in {"postgres", "everything"}:
            wait_until_gone(killed)  # or the next start would meet the last of them
        return killed

    def _find_victims(self, kill: Kill) -> list[int]:
        if kill.kind in {"postgres", "everything"}:
            database = self._whole_database()
            return [*database, *self._all_programs()] if database and kill.kind == "everything" else database
        found = self._find(kill.kind)
        return [found[int(kill.choice * len(found))]] if found else []

    def _find(self, kind: str) -> list[int]:
        """Return all processes of a kind, of which one is killed."""
        if kind == "reader":
            return self._stage.find_readers()
        if kind == "backend":
            return self._stage.database.find_backends()
        if kind == "postmaster":
            return self._whole_database()[:1]
        return self._programs(kind)

    def _whole_database(self) -> list[int]:
        """Return the postmaster, then its children: were they killed first, it would start others."""
        postmaster = self._stage.database.find_postmaster()
        return [] if postmaster is None else list_family(postmaster)

    def _all_programs(self) -> list[int]:
        return [*self._programs("site"), *self._programs("worker"), *self._stage.find_readers()]

    def _programs(self, kind: str) -> list[int]:
        programs = self._stage.sites if kind == "site" else self._stage.workers
        return [program.pid for program in programs if program.is_running()]
