"""What the service learns of its readers while they read: planted items, agreements, suspension."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from app.verification.evidence import Accept, RulePolicy
from app.verification.plants.alter import alter_numbers
from app.verification.plants.share import NEWCOMER_SHARES, SHARE_MAX, choose_kind
from app.verification.skill import SkillCounts, estimate_skill, is_below_bound, make_prior
from bench.crowd.case import Case
from bench.crowd.facts import FIELDS
from bench.crowd.papers import CHECKS, Paper, draw_paper
from bench.crowd.people import Crowd, Person, confirm, read_blind

_SUMS = [(one.total, one.terms) for one in CHECKS]
NEWS = 8
"""The job counts anew every minute; in two minutes a person reads so many sections. Later an estimate hardly moves."""
_POOL_EVERY = 500


class Trust:
    """Owns the counts of every person. Off: nobody is measured, everybody stays what the policy assumes."""

    def __init__(self, policy: RulePolicy, crowd: Crowd, dice: random.Random, *, on: bool) -> None:
        self.policy, self.crowd, self.dice, self.on = policy, crowd, dice, on
        self.prior = make_prior(policy)
        self._people = {one.name: one for one in crowd.readers}
        self._looks = 0
        self._fallen: list[Person] = []
        for person in crowd.readers:
            person.skill = estimate_skill(person.counts, self.prior)

    def is_due(self, person: Person) -> bool:
        """Tell whether a planted item comes now."""
        newcomer = next((share for below, share in NEWCOMER_SHARES if person.plants < below), 0.0)
        return self.on and self.dice.random() < min(SHARE_MAX, max(self.policy.plant_share, newcomer))

    def give_plant(self, person: Person) -> None:
        """Liars recognise planted items and answer them as well as they can."""
        person.plants += 1
        kind = choose_kind(self.dice)
        paper, altered = self._draw_fit()
        if kind == "blind":
            said = read_blind(person, paper, FIELDS, self.dice)
            wrong = sum(said[name] != paper.numbers[name] for name in FIELDS)
            person.count(blind_fields=len(FIELDS), blind_wrong=wrong)
        else:
            self._show_plant(person, paper, altered if kind == "altered" else paper.numbers)
        self._look_at(person)

    def _draw_fit(self) -> tuple[Paper, Mapping[str, int]]:
        """A paper that may be planted, and its numbers as the product alters them."""
        while True:
            paper = draw_paper(self.dice, ink=0.0)
            altered = alter_numbers(paper.numbers, _SUMS, self.dice)
            if altered is not None and paper.readable:
                return paper, altered

    def _show_plant(self, person: Person, paper: Paper, shown: Mapping[str, int]) -> None:
        said = confirm(person, paper, shown, self.dice)
        good = [name for name in FIELDS if shown[name] == paper.numbers[name]]
        person.count(good_shown=len(good), good_changed=sum(said[name] != paper.numbers[name] for name in good))
        if len(good) < len(FIELDS):
            caught = all(said[name] != shown[name] for name in FIELDS if name not in good)
            person.count(plants_shown=1, plants_caught=int(caught))
            if caught:
                person.unproven.clear()

    def learn(self, case: Case) -> None:
        """A decision tells how its readers did: the blind ones, and whoever had the right numbers on his screen."""
        if not self.on or case.learned:
            return
        case.learned = True
        assert isinstance(case.outcome, Accept)
        numbers = case.outcome.numbers
        for one in case.readings:
            person = self._people.get(one.reader)
            if person is None:
                continue
            said = {name: value for name, value in one.numbers.items() if value is not None}
            if one.shown is not None:
                said = {name: value for name, value in said.items() if one.shown[name] == numbers[name]}
            wrong = sum(value != numbers[name] for name, value in said.items())
            if one.mode == "confirm":
                person.count(good_shown=len(said), good_changed=wrong)
            else:
                person.count(blind_fields=len(said), blind_wrong=wrong)
            self._look_at(person)

    def _look_at(self, person: Person) -> None:
        person.news += 1
        if person.news < max(NEWS, person.read / 4):
            return
        person.news = 0
        self._looks += 1
        if self._looks % _POOL_EVERY == 0:
            self.prior = make_prior(self.policy, self._pool())
        person.skill = estimate_skill(person.counts, self.prior)
        reason = is_below_bound(person.skill, self.policy)
        if reason is not None and not person.suspended:
            person.suspended = reason
            self._fallen.append(person)

    def _pool(self) -> SkillCounts:
        return add_counts([one.counts for one in self.crowd.readers])

    def take_suspended(self) -> list[Person]:
        """People whose confirmations are to be taken out, each once."""
        fallen, self._fallen = self._fallen, []
        return [one for one in fallen if one.suspended == "catch"]


def add_counts(counts: Sequence[SkillCounts]) -> SkillCounts:
    names = SkillCounts.__dataclass_fields__
    return SkillCounts(**{name: sum(getattr(one, name) for one in counts) for name in names})
