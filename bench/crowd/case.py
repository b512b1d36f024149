"""One section on its way through the rule: its readings, what is asked next, who has seen it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.verification.consensus import decide
from app.verification.evidence import (
    Accept,
    Asked,
    Dispute,
    NeedReading,
    Outcome,
    ReadingInput,
    RulePolicy,
    SectionInput,
    SkipInput,
)
from bench.crowd.facts import FIELDS, PAGES
from bench.crowd.machine import MachineReading, cut_into_readings
from bench.crowd.memory import Memory
from bench.crowd.papers import CHECKS, Paper, shift_votes
from bench.crowd.people import Person

Rule = Callable[["Case", Memory], Outcome]
VOTES = frozenset(FIELDS[:3])
_PAGE_OF = {name: page for page, names in PAGES.items() for name in names}


@dataclass(slots=True)
class Case:
    """`seen`: who was dealt it; `outcome`: what the rule said last; `lied`: a liar has read it; `learned`: counted."""

    number: int
    paper: Paper
    machine: MachineReading
    uploader: str
    dice: float
    ids: Iterator[int] = field(default_factory=itertools.count)
    readings: list[ReadingInput] = field(default_factory=list)
    skips: tuple[SkipInput, ...] = ()
    seen: set[str] = field(default_factory=set)
    outcome: Outcome | None = None
    lied: bool = False
    learned: bool = False

    @property
    def photos(self) -> dict[int, int]:
        return {page: 10 * self.number + page for page in PAGES}

    @property
    def wanted(self) -> Asked | None:
        return self.outcome.mode if isinstance(self.outcome, NeedReading) else None

    @property
    def lie(self) -> dict[str, int]:
        return shift_votes(self.paper.numbers)

    def receive_machine(self) -> None:
        self.readings += cut_into_readings(self.machine, self.ids, photos=self.photos, uploader=self.uploader)

    def asked_fields(self) -> list[str]:
        """All fields of the pages that the rule wants read."""
        assert isinstance(self.outcome, NeedReading)
        return [name for page in sorted(self.outcome.photos) for name in PAGES[page]]

    def shown(self) -> dict[str, int]:
        """The machine's numbers as they stand on the screen in confirm mode."""
        return {name: value for name, value in self.machine.numbers.items() if value is not None}

    def add_skip(self, person: Person, mode: Asked) -> None:
        assert isinstance(self.outcome, NeedReading)
        self.skips += (SkipInput(person.name, mode, frozenset(self.outcome.photos.values())),)

    def withdraw(self, name: str, mode: str) -> bool:
        """Take one person's readings out; tell whether there were any."""
        kept = [one for one in self.readings if one.reader != name or one.mode != mode]
        gone = len(kept) < len(self.readings)
        self.readings = kept
        return gone


def add_reading(
    case: Case, person: Person, mode: Asked, numbers: Mapping[str, int | None], policy: RulePolicy, *, trusted: bool
) -> None:
    """What a person wrote, as `gather` gives it to the rule: with what is believed of him now, or of a newcomer."""
    skill = person.skill if trusted else None
    rate = round_rate(policy.newcomer_error_rate if skill is None else skill.error_rate)
    catch = round_rate(policy.newcomer_catch_rate if skill is None else skill.catch_rate)
    for page in sorted({_PAGE_OF[name] for name in numbers}):
        own = {name: numbers[name] for name in PAGES[page]}
        shown = {name: case.machine.numbers[name] or 0 for name in own} if mode == "confirm" else None
        case.readings.append(
            ReadingInput(
                id=next(case.ids), reader=person.name, kind="human", mode=mode, photo_id=10 * case.number + page,
                page=page, uploader=case.uploader, numbers=own, error_rates=dict.fromkeys(own, rate), shown=shown,
                catch_rate=catch,
            )
        )  # fmt: skip


def round_rate(rate: float) -> float:
    """Two digits: the rule then meets the same case more often, and is the quicker asked."""
    return float(f"{rate:.1e}")


def ask_product(case: Case, memory: Memory) -> Outcome:
    """The product's own rule."""
    section = SectionInput(PAGES, VOTES, case.dice, case.skips)

    def ask() -> Outcome:
        return decide(case.readings, CHECKS, memory.policy, section)

    return ask() if case.skips else memory.ask(case.readings, case.dice, ask)


def ask_careless_rule(case: Case, _memory: Memory) -> Outcome:
    """Takes whatever one person wrote: a rule that must come out badly, or the simulation shows nothing."""
    said = {name: value for one in case.readings if one.kind == "human" for name, value in one.numbers.items()}
    if len(case.skips) > 1:
        return Dispute("skipped", ())
    if len(said) < len(FIELDS):
        return NeedReading("blind", "too_few", FIELDS, case.photos)
    return Accept({name: value or 0 for name, value in said.items()}, {}, (), "one_uploader", ())


def name_end(case: Case) -> str:
    """accepted, disputed, or waiting for a photograph; a section that wants a reading has not ended."""
    if isinstance(case.outcome, Accept):
        return "accepted"
    return "disputed" if isinstance(case.outcome, Dispute) else "waiting"


def is_wrong(case: Case, fields: Sequence[str] = FIELDS) -> bool:
    """Accepted with another number than the paper shows."""
    return isinstance(case.outcome, Accept) and any(
        case.outcome.numbers[name] != case.paper.numbers[name] for name in fields
    )


def carries_lie(case: Case) -> bool:
    """Accepted with the liars' votes."""
    return isinstance(case.outcome, Accept) and all(case.outcome.numbers[name] == case.lie[name] for name in VOTES)
