"""Other people's rules on the same papers, by the same people: what they cost and how often they are wrong.

- KawalPemilu 2024: the uploader types the numbers; one moderator sees them beside the picture and approves or corrects.
- The same where a liar approves his own upload, which was allowed.
- PREP (Mexico): two type blind; where they differ a third does, and a fourth where he agrees with neither.
- T3 (Turkey): entries are taken until three are identical.

Only the votes are compared, as these rules know no sums. What a person types counts as a reading, the uploader's too.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping

from bench.crowd.facts import FIELDS
from bench.crowd.papers import Paper, draw_paper, shift_votes
from bench.crowd.people import Crowd, Person, confirm, draw_crowd, read_blind
from bench.crowd.setting import Setting, Tally, make_seed

VOTES = FIELDS[:3]
Votes = tuple[int | None, ...]
_MOST = 12


class Desk:
    """Hands one paper to random people, nobody twice."""

    def __init__(self, crowd: Crowd, paper: Paper, dice: random.Random, weights: list[float]) -> None:
        self.crowd, self.paper, self.dice, self.weights = crowd, paper, dice, weights
        self.seen: set[str] = set()
        self.readings = 0

    def call(self) -> Person:
        while True:
            person = self.dice.choices(self.crowd.readers, cum_weights=self.weights)[0]
            if person.name not in self.seen:
                self.seen.add(person.name)
                self.readings += 1
                return person

    def type_blind(self, person: Person) -> Votes:
        said: Mapping[str, int | None] = shift_votes(self.paper.numbers)
        if person.kind != "colluder":
            said = read_blind(person, self.paper, VOTES, self.dice)
        return tuple(said[name] for name in VOTES)

    def approve(self, person: Person, typed: Votes) -> Votes:
        """A liar lets a lie stand and puts one in place of the truth: nobody looks after him."""
        if person.kind == "colluder":
            return self.type_blind(person)
        shown = {name: value or 0 for name, value in zip(VOTES, typed, strict=True)}
        said = confirm(person, self.paper, shown, self.dice)
        return tuple(said[name] for name in VOTES)


def ask_one_moderator(desk: Desk) -> Votes | None:
    typed = desk.type_blind(desk.call())
    return desk.approve(desk.call(), typed)


def ask_moderator_or_himself(desk: Desk) -> Votes | None:
    uploader = desk.call()
    typed = desk.type_blind(uploader)
    if uploader.kind == "colluder":
        desk.readings += 1
        return typed
    return desk.approve(desk.call(), typed)


def ask_two_and_a_third(desk: Desk) -> Votes | None:
    first, second = (desk.type_blind(desk.call()) for _ in range(2))
    if first == second:
        return first
    third = desk.type_blind(desk.call())
    return third if third in {first, second} else desk.type_blind(desk.call())


def ask_until_three_agree(desk: Desk) -> Votes | None:
    entries: Counter[Votes] = Counter()
    for _ in range(_MOST):
        entries[desk.type_blind(desk.call())] += 1
        best, number = entries.most_common(1)[0]
        if number >= 3:  # noqa: PLR2004 - its own rule
            return best
    return None


RULES: Mapping[str, Callable[[Desk], Votes | None]] = {
    "KawalPemilu 2024: one moderator": ask_one_moderator,
    "KawalPemilu 2024: may approve himself": ask_moderator_or_himself,
    "PREP: two blind, a third": ask_two_and_a_third,
    "T3: three identical": ask_until_three_agree,
}


def run_yardstick(setting: Setting, sections: int, seed: int) -> Tally:
    """`setting.rule` names one of :data:`RULES`. Papers that nobody can read are left out."""
    crowd = draw_crowd(
        random.Random(make_seed(seed, "crowd")), sections,
        colluders=setting.colluders, clickers=0.0, errors=setting.errors, catch=setting.catch,
    )  # fmt: skip
    weights = list(itertools.accumulate(one.weight for one in crowd.readers))
    papers = random.Random(make_seed(seed, "papers", setting.share))
    dice = random.Random(make_seed(seed, "events", setting.key))
    counts: Counter[str] = Counter()
    for _ in range(sections):
        paper = draw_paper(papers, ink=setting.ink)
        if paper.readable:
            _run_one(RULES[setting.rule], Desk(crowd, paper, dice, weights), counts)
    return Tally(counts)


def _run_one(rule: Callable[[Desk], Votes | None], desk: Desk, counts: Counter[str]) -> None:
    said = rule(desk)
    true = tuple(desk.paper.numbers[name] for name in VOTES)
    lie = tuple(shift_votes(desk.paper.numbers)[name] for name in VOTES)
    counts["sections"] += 1
    counts["blind"] += desk.readings
    counts["accepted"] += said is not None
    counts["wrong_votes"] += said is not None and said != true
    counts["lies"] += said == lie and any(one.kind == "colluder" for one in desk.crowd.readers)
