"""What the service learns of its readers while they read: planted items, agreements, suspension."""

from __future__ import annotations

import random
from collections.abc import Sequence

from app.verification.evidence import Accept, RulePolicy
from app.verification.skill import SkillCounts, estimate_skill, is_below_bound, make_prior
from bench.crowd.case import Case
from bench.crowd.facts import FIELDS, PLANT_ALTERED, PLANT_BLIND
from bench.crowd.papers import Paper, draw_paper, shift_votes
from bench.crowd.people import Crowd, Person, confirm, read_blind

NEWCOMER_PLANTS = 6
"""Until so many were given, planted items come twice as often."""
NEWS = 4
"""The job counts anew every minute, in which a person reads so many sections."""
_POOL_EVERY = 100


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
        often = 2.0 if person.plants < NEWCOMER_PLANTS else 1.0
        return self.on and self.dice.random() < self.policy.plant_share * often

    def give_plant(self, person: Person) -> None:
        """Liars recognise planted items and answer them as well as they can."""
        person.plants += 1
        paper = draw_paper(self.dice, ink=0.0)
        if self.dice.random() < PLANT_BLIND:
            said = read_blind(person, paper, FIELDS, self.dice)
            wrong = sum(said[name] != paper.numbers[name] for name in FIELDS)
            person.count(blind_fields=len(FIELDS), blind_wrong=wrong)
        else:
            self._show_plant(person, paper)
        self._look_at(person)

    def _show_plant(self, person: Person, paper: Paper) -> None:
        altered = self.dice.random() < PLANT_ALTERED
        numbers = shift_votes(paper.numbers) if altered else paper.numbers
        shown = dict(numbers)
        said = confirm(person, paper, shown, self.dice)
        good = [name for name in FIELDS if shown[name] == paper.numbers[name]]
        person.count(good_shown=len(good), good_changed=sum(said[name] != paper.numbers[name] for name in good))
        if altered:
            caught = all(said[name] != shown[name] for name in FIELDS if name not in good)
            person.count(plants_shown=1, plants_caught=int(caught))
            if caught:
                person.unproven.clear()

    def learn(self, case: Case) -> None:
        """A decision tells how the blind readers of its section did."""
        if not self.on or case.learned:
            return
        case.learned = True
        assert isinstance(case.outcome, Accept)
        numbers = case.outcome.numbers
        for one in case.readings:
            person = self._people.get(one.reader)
            if person is not None and one.mode == "blind":
                wrong = sum(value is not None and value != numbers[name] for name, value in one.numbers.items())
                person.count(blind_fields=len(one.numbers), blind_wrong=wrong)
                self._look_at(person)

    def _look_at(self, person: Person) -> None:
        person.news += 1
        if person.news < NEWS:
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
