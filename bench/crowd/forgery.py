"""Two hundred fresh accounts in one kecamatan: they upload forged photographs whose sums close, and they read.

Each TPS of the kecamatan gets forged photographs of several of them, all with the same numbers, of which the machine is
sure. Most TPS get a genuine photograph too, before, between or after. The rule is asked after every arrival and every
reading. Liars who read a genuine photograph write the forged numbers; everybody else reads what he sees.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from app.verification.consensus import decide
from app.verification.evidence import Accept, Dispute, NeedReading, Outcome, ReadingInput, RulePolicy, SectionInput
from app.verification.policies import POLICIES
from bench.crowd.case import VOTES
from bench.crowd.facts import FIELDS, PAGES
from bench.crowd.machine import MachineReading, cut_into_readings, read_by_machine, read_surely
from bench.crowd.papers import CHECKS, Paper, draw_paper, shift_votes
from bench.crowd.people import Crowd, Person, confirm, draw_crowd, read_blind
from bench.crowd.setting import Setting, Tally, make_seed

ACCOUNTS = 200
STATIONS = 111
"""823,366 TPS in 7,405 kecamatan."""
COPIES = 3
GENUINE = 0.7
READERS_MOST = 15


@dataclass(frozen=True)
class Photo:
    """`shows`: what is to be read on it, true or forged."""

    number: int
    uploader: str
    forged: bool
    shows: Paper
    machine: MachineReading

    @property
    def pages(self) -> dict[int, int]:
        return {page: 10 * self.number + page for page in PAGES}


@dataclass
class Station:
    """One TPS as the rule sees it. `linked`: whether the attackers were found to belong together; `new`: part
    of the others whose accounts are new, too.
    """

    dice: random.Random
    policy: RulePolicy
    linked: bool
    draw: float
    new: float = 0.0
    readings: list[ReadingInput] = field(default_factory=list)
    photos: dict[int, Photo] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    ids: Iterator[int] = field(default_factory=itertools.count)

    def ask(self) -> Outcome:
        return decide(self.readings, CHECKS, self.policy, SectionInput(PAGES, VOTES, self.draw))

    def receive(self, photo: Photo) -> None:
        self.photos.update(dict.fromkeys(photo.pages.values(), photo))
        self.seen.add(photo.uploader)
        own = cut_into_readings(photo.machine, self.ids, photos=photo.pages, uploader=photo.uploader)
        self.readings += [self.mark(one, photo) for one in own]

    def mark(self, reading: ReadingInput, photo: Photo, reader: Person | None = None) -> ReadingInput:
        """Write down who belongs together, where that is known, and who is new; accounts made for the attack are."""
        hostile = reader is not None and reader.kind == "colluder"
        group = "attackers" if self.linked and hostile else ""
        uploaders = "attackers" if self.linked and photo.forged else ""
        newcomer = photo.forged or self._is_new(photo.uploader)
        fresh = hostile or (reader is not None and reader.kind != "reviewer" and self._is_new(reader.name))
        return replace(reading, group=group, uploader_group=uploaders, newcomer=newcomer, new_reader=fresh)

    def _is_new(self, name: str) -> bool:
        return make_seed("new", name) / 2**32 < self.new

    def read(self, person: Person, outcome: NeedReading, truth: Mapping[str, int]) -> None:
        self.seen.add(person.name)
        for page, number in outcome.photos.items():
            photo = self.photos[number]
            numbers, shown = self._write(person, photo, page, outcome.mode, truth)
            reading = ReadingInput(
                id=next(self.ids), reader=person.name, kind="human", mode=outcome.mode, photo_id=number, page=page,
                uploader=photo.uploader, numbers=numbers, shown=shown,
                error_rates=dict.fromkeys(numbers, self.policy.newcomer_error_rate),
                catch_rate=self.policy.newcomer_catch_rate,
            )  # fmt: skip
            self.readings.append(self.mark(reading, photo, person))

    def _write(
        self, person: Person, photo: Photo, page: int, mode: str, truth: Mapping[str, int]
    ) -> tuple[dict[str, int | None], dict[str, int] | None]:
        fields = PAGES[page]
        shown = {name: photo.machine.numbers[name] or 0 for name in fields} if mode == "confirm" else None
        if person.kind == "colluder":
            return {name: shift_votes(truth)[name] for name in fields}, shown
        if shown is not None:
            return confirm(person, photo.shows, shown, self.dice), shown
        return read_blind(person, photo.shows, fields, self.dice), None


def run_forgery(setting: Setting, sections: int, seed: int) -> Tally:
    """`setting.colluders`: part of the *readings* that attackers give; `setting.rule`: linked, unlinked or all new."""
    dice = random.Random(make_seed(seed, "forgery", setting.key))
    crowd = draw_crowd(dice, 114 * ACCOUNTS, colluders=0.0, clickers=0.0, errors=1.0, catch=setting.catch)
    attackers = [Person(f"attacker/{n}", "colluder", 0.0, 1.0, 1.0) for n in range(ACCOUNTS)]
    people = People(crowd, attackers, setting.colluders, setting.share, setting.hard)
    counts: Counter[str] = Counter()
    for _ in range(max(STATIONS, sections)):
        paper = draw_paper(dice, ink=0.0)
        if paper.readable and paper.closes:
            linked, new = setting.rule == "linked", float(setting.rule == "all new")
            station = Station(dice, POLICIES[setting.policy], linked, dice.random(), new)
            _attack(station, paper, people, counts)
    return Tally(counts)


@dataclass(frozen=True)
class People:
    """`part`: of the readings, those of attackers. `sure_share`, `hard`: what the machine sees of genuine ones."""

    crowd: Crowd
    attackers: list[Person]
    part: float
    sure_share: float
    hard: bool


def _attack(station: Station, paper: Paper, people: People, counts: Counter[str]) -> None:
    photos = list(_make_photos(station.dice, paper, people))
    station.dice.shuffle(photos)
    outcome: Outcome | None = None
    for photo in photos:
        station.receive(photo)
        outcome = station.ask()
        for _ in range(READERS_MOST):
            if not isinstance(outcome, NeedReading):
                break
            person = _call(station, people, outcome.mode)
            station.read(person, outcome, paper.numbers)
            counts["blind"] += 1
            outcome = station.ask()
    genuine = any(not photo.forged for photo in photos)
    _count(outcome, paper, genuine, counts)


def _make_photos(dice: random.Random, paper: Paper, people: People) -> Iterator[Photo]:
    forged = Paper(shift_votes(paper.numbers), closes=True, readable=True, ink={})
    for number, account in enumerate(dice.sample(people.attackers, COPIES)):
        machine = read_surely(forged.numbers, dice, wrong=False)
        yield Photo(number, account.name, forged=True, shows=forged, machine=machine)
    if dice.random() < GENUINE:
        machine = read_by_machine(paper, dice, sure_share=people.sure_share, hard=people.hard)
        yield Photo(COPIES, dice.choice(people.crowd.readers).name, forged=False, shows=paper, machine=machine)


def _call(station: Station, people: People, mode: str) -> Person:
    """Nobody reads the TPS twice, nor one of which he uploaded a photograph; reviewers are none of the attackers."""
    linked = station.linked and any(name.startswith("attacker") for name in station.seen)
    hostile = mode != "review" and not linked and station.dice.random() < people.part
    calm = people.crowd.reviewers if mode == "review" else people.crowd.readers
    return station.dice.choice([one for one in (people.attackers if hostile else calm) if one.name not in station.seen])


def _count(outcome: Outcome | None, paper: Paper, genuine: bool, counts: Counter[str]) -> None:  # noqa: FBT001
    accepted = isinstance(outcome, Accept)
    forged = isinstance(outcome, Accept) and any(outcome.numbers[name] != paper.numbers[name] for name in FIELDS)
    counts["sections"] += 1
    counts["above_one_source"] += isinstance(outcome, Accept) and outcome.source_class != "one_uploader"
    counts["conflicts"] += genuine
    counts["conflicts_disputed"] += genuine and isinstance(outcome, Dispute)
    counts["conflicts_accepted"] += genuine and accepted
    counts["forged_alone"] += not genuine
    counts["forged_shown"] += forged and not genuine
