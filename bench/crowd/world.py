"""A stream of sections, a crowd, and the queue between them: people come, are dealt what they may read, and answer."""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.verification.evidence import Accept, Asked, NeedReading
from app.verification.policies import POLICIES
from bench.crowd.case import (
    Case,
    add_reading,
    ask_careless_rule,
    ask_product,
    carries_lie,
    is_wrong,
    name_end,
)
from bench.crowd.facts import FIELDS, LATER, OVERRIDE_READERS, SKIPPED
from bench.crowd.machine import read_by_machine
from bench.crowd.memory import Memory
from bench.crowd.papers import draw_paper
from bench.crowd.people import Person, confirm, draw_crowd, read_blind
from bench.crowd.setting import Setting, Tally, make_seed
from bench.crowd.trust import Trust

OPEN_AT_ONCE = 0.10
"""Part of the sections that is open at a time; the others come as these are decided."""
ASKED_MOST = 12
"""A section that still wants a reader after so many people is counted as given up."""
_TRIES = 20
_STUCK = 20_000
_ORDINARY: tuple[Asked, Asked] = ("blind", "confirm")


@dataclass
class World:
    """One run. Owns its cases, its crowd and its counts."""

    setting: Setting
    sections: int
    seed: int
    tally: Tally = field(default_factory=Tally)

    def __post_init__(self) -> None:
        own = self.setting
        self.policy = POLICIES[own.policy]
        self.memory = Memory(self.policy)
        self.rule = ask_product if own.rule == "product" else ask_careless_rule
        self.dice = random.Random(make_seed(self.seed, "events", own.key))
        self.crowd = draw_crowd(
            random.Random(make_seed(self.seed, "crowd")), self.sections,
            colluders=own.colluders, clickers=own.clickers, errors=own.errors, catch=own.catch,
        )  # fmt: skip
        self.cases: list[Case] = []
        self.waiting: dict[Asked, list[Case]] = {"blind": [], "confirm": [], "review": []}
        self.trust = Trust(self.policy, self.crowd, random.Random(make_seed(self.seed, "plants")), on=own.trust)
        self._weights = list(itertools.accumulate(one.weight for one in self.crowd.readers))

    def run(self) -> Tally:
        """Let people come until every section is decided, disputed or waits for a photograph."""
        arriving = self._arrive()
        idle = 0
        while True:
            self._refill(arriving)
            if not any(self.waiting.values()):
                break
            idle = 0 if self._serve(self._come()) else idle + 1
            if idle > _STUCK:
                raise RuntimeError(f"{self.setting.key}: nobody may read what is left")
            while self.waiting["review"]:
                self._review(self.waiting["review"].pop())
            self._deal_again()
        self._count()
        return self.tally

    def _arrive(self) -> Iterator[Case]:
        """The papers and what the machine says of them depend on seed and share alone: the same for every policy."""
        dice = random.Random(make_seed(self.seed, "papers", self.setting.share))
        for number in range(self.sections):
            paper = draw_paper(dice, ink=self.setting.ink)
            machine = read_by_machine(paper, dice, sure_share=self.setting.share, hard=self.setting.hard)
            uploader = dice.choice(self.crowd.readers).name
            yield Case(number, paper, machine, uploader, dice.random())

    def _refill(self, arriving: Iterator[Case]) -> None:
        room = int(self.sections * OPEN_AT_ONCE) - len(self.waiting["blind"]) - len(self.waiting["confirm"])
        for case in itertools.islice(arriving, max(0, room)):
            case.receive_machine()
            case.seen.add(case.uploader)
            self.cases.append(case)
            self._settle(case)

    def _come(self) -> Person:
        """Somebody comes; often, or seldom. Nothing is dealt to the suspended."""
        while True:
            place = bisect.bisect(self._weights, self.dice.random() * self._weights[-1])
            person = self.crowd.readers[place]
            if not person.suspended:
                return person

    def _serve(self, person: Person) -> bool:
        """Deal one task; False where there is none for this person."""
        if self.trust.is_due(person):
            self.trust.give_plant(person)
            self.tally.counts["plants"] += 1
            return True
        found = self._deal(person)
        if found is None:
            return False
        case, mode = found
        case.seen.add(person.name)
        self._answer(case, person, mode)
        return True

    def _deal(self, person: Person) -> tuple[Case, Asked] | None:
        """A random section that wants a reading and that he has not seen; the modes in random order, as in `queue`."""
        for mode in self.dice.sample(_ORDINARY, 2):
            line = self.waiting[mode]
            for _ in range(_TRIES if line else 0):
                place = self.dice.randrange(len(line))
                if person.name not in line[place].seen:
                    line[place], line[-1] = line[-1], line[place]
                    return line.pop(), mode
        return None

    def _answer(self, case: Case, person: Person, mode: Asked) -> None:
        person.read += 1
        if self.dice.random() < LATER:
            self.tally.counts["skips"] += 1
            self._settle(case)
            return
        if not case.paper.readable and self.dice.random() < SKIPPED:
            self.tally.counts["skips"] += 1
            case.add_skip(person, mode)
            self._settle(case)
            return
        self._count_reading(case, mode)
        numbers = self._write(case, person, mode)
        add_reading(case, person, mode, numbers, self.policy, trusted=self.setting.trust)
        if mode == "confirm":
            person.unproven.append(case.number)
        self._settle(case)

    def _write(self, case: Case, person: Person, mode: Asked) -> dict[str, int | None]:
        if mode == "confirm":
            return confirm(person, case.paper, case.shown(), self.dice)
        if person.kind == "colluder" and self._is_chosen(case):
            case.lied = True
            return {name: case.lie[name] for name in case.asked_fields()}
        return read_blind(person, case.paper, case.asked_fields(), self.dice)

    def _is_chosen(self, case: Case) -> bool:
        """Liars lie about the same sections, whoever of them is dealt one."""
        return make_seed(self.seed, "lie", case.number) / 2**32 < self.setting.lie_share

    def _count_reading(self, case: Case, mode: Asked) -> None:
        assert isinstance(case.outcome, NeedReading)
        check = case.outcome.why == "drawn_blind"
        self.tally.counts["confirmed" if mode == "confirm" else "blind_checks" if check else "blind"] += 1

    def _review(self, case: Case) -> None:
        """A reviewer who was none of the readers sees the picture before any value."""
        free = [one for one in self.crowd.reviewers if one.name not in case.seen]
        person = self.dice.choice(free)
        case.seen.add(person.name)
        self.tally.counts["reviews"] += 1
        if not case.paper.readable and self.dice.random() < SKIPPED:
            case.add_skip(person, "review")
        else:
            numbers = read_blind(person, case.paper, case.asked_fields(), self.dice)
            add_reading(case, person, "review", numbers, self.policy, trusted=False)
        self._settle(case)

    def _settle(self, case: Case) -> None:
        case.outcome = self.rule(case, self.memory)
        if case.wanted is not None and len(case.seen) > ASKED_MOST:
            self.tally.counts["given_up"] += 1
        elif case.wanted is not None:
            self.waiting[case.wanted].append(case)
        elif isinstance(case.outcome, Accept):
            self.trust.learn(case)

    def _deal_again(self) -> None:
        """Confirmations of somebody who lets wrong values stand are taken out; what they decided is decided anew."""
        for person in self.trust.take_suspended():
            for number in person.unproven:
                case = self.cases[number]
                if case.withdraw(person.name, "confirm") and case.wanted is None:
                    self.tally.counts["withdrawn"] += 1
                    self._settle(case)

    def _count(self) -> None:
        counts = self.tally.counts
        counts["sections"] += len(self.cases)
        for case in self.cases:
            counts[name_end(case)] += 1
            counts["sure"] += case.machine.sure_of_all
            counts["wrong_votes"] += is_wrong(case, FIELDS[:3])
            counts["wrong_any"] += is_wrong(case)
            counts["wrong_votes_ink"] += is_wrong(case, FIELDS[:3]) and bool(case.paper.ink)
            counts["lied_to"] += case.lied
            counts["lies"] += case.lied and carries_lie(case)
        counts["overrides"] += OVERRIDE_READERS * counts["disputed"]
        for person in self.crowd.readers:
            counts[f"{person.kind}s"] += person.read > 0
            counts[f"{person.kind}s_suspended"] += bool(person.suspended)
