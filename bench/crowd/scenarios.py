"""Which runs there are: settings, and how many sections each is given of those asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from bench.crowd.forgery import run_forgery
from bench.crowd.pairs import RULES as PAIR_RULES
from bench.crowd.pairs import run_pairs
from bench.crowd.setting import Setting, Tally
from bench.crowd.world import World
from bench.crowd.yardsticks import RULES, run_yardstick

COLLUDERS = 0.05
BEST, NONE = 0.90, 0.0
PATIENT = 0.08
"""Liars who lie this seldom stay below the bound at which a reader is suspended."""
FORGED = 10
"""One TPS of a forged kecamatan for so many sections: it takes longer."""
CHUNK = 20_000
"""Sections of one piece, so that a longer run goes on where a shorter one of the same seed stopped."""


@dataclass(frozen=True)
class Run:
    """One setting with one kind of simulation, and its part of the sections asked for."""

    kind: str
    setting: Setting
    part: float = 1.0

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.setting.key}"


@dataclass(frozen=True)
class Piece:
    """So much of a run as one process does in one go."""

    run: Run
    number: int
    sections: int
    seed: int

    @property
    def name(self) -> str:
        return f"{self.run.key}/{self.number}/{self.sections}".replace("/", "_").replace(" ", "-").replace(":", "")

    def do(self) -> Tally:
        seed = 1000 * self.seed + self.number
        if self.run.kind == "yardstick":
            return run_yardstick(self.run.setting, self.sections, seed)
        if self.run.kind == "forgery":
            return run_forgery(self.run.setting, ceil(self.sections / FORGED), seed)
        if self.run.kind == "pairs":
            return run_pairs(self.run.setting, self.sections, seed)
        return World(self.run.setting, self.sections, seed).run()


def list_runs(shares: Sequence[float]) -> list[Run]:
    runs = list(_list_heads(shares))
    runs += [
        Run("world", Setting("patient", BEST, policy, colluders=COLLUDERS, lie_share=PATIENT), 0.2)
        for policy in ("default", "strict")
    ]
    runs += [
        Run("world", Setting("errors x 0.27", BEST, errors=0.27), 0.2),
        Run("world", Setting("errors x 2", BEST, errors=2.0), 0.2),
        Run("world", Setting("ink x 5", BEST, ink=5.0), 0.2),
        Run("world", Setting("catch 0.6", BEST, catch=0.6), 0.2),
        Run("world", Setting("clickers", BEST, clickers=COLLUDERS), 0.2),
        Run("world", Setting("hard photographs", min(shares), hard=True), 0.2),
        Run("world", Setting("hard, colluders", min(shares), hard=True, colluders=COLLUDERS), 0.2),
        Run("world", Setting("one reading is enough", BEST, rule="careless"), 0.1),
        Run("world", Setting("one reading, colluders", BEST, rule="careless", colluders=COLLUDERS, trust=False), 0.1),
    ]
    for rule in RULES:
        for part in (0.0, COLLUDERS):
            runs.append(Run("yardstick", Setting(f"{rule}, {part:.2f}", BEST, rule=rule, colluders=part), 0.5))
    for linked in ("linked", "unlinked"):
        for part in (0.03, 0.5):
            name = f"forgery {linked} {part}"
            runs.append(Run("forgery", Setting(name, BEST, rule=linked, colluders=part)))
    for rule in ("unlinked", "all new"):
        hard = Setting(f"forgery {rule} 0.5, hard photographs", NONE, rule=rule, colluders=0.5, hard=True)
        runs.append(Run("forgery", hard, 0.2))
    runs += [Run("pairs", Setting(f"two photographs, {rule}", BEST, rule=rule), 0.1) for rule in PAIR_RULES]
    return runs


def _list_heads(shares: Sequence[float]) -> Iterator[Run]:
    """What the goals are about in full, the rest of both policies and shares in part; and the rule alone, with trust
    switched off.
    """
    for policy in ("default", "strict"):
        for share in shares:
            goals = policy == "default"
            yield Run("world", Setting("honest", share, policy), 1.0 if goals else 0.2)
            whole = goals or share == BEST
            yield Run("world", Setting("colluders", share, policy, colluders=COLLUDERS), 1.0 if whole else 0.2)
            yield Run("world", Setting("rule alone", share, policy, colluders=COLLUDERS, trust=False), 0.2)


def cut(runs: Sequence[Run], sections: int, seed: int) -> list[Piece]:
    """Whole pieces with equal crowds; a small run is one small piece. The first of every run go first."""
    pieces: list[Piece] = []
    for run in runs:
        whole = ceil(sections * run.part / CHUNK)
        size = CHUNK if sections >= CHUNK else max(1, round(sections * run.part))
        pieces += [Piece(run, place, size, seed) for place in range(whole)]
    return sorted(pieces, key=lambda one: one.number)
