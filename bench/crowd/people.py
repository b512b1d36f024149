"""People: how well they really read, what the service believes of them, and what they write."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from app.verification.skill import Skill, SkillCounts
from bench.crowd.facts import (
    ACTIVITY_SPREAD,
    CATCH_STRENGTH,
    CHANGED_AT_CONFIRM,
    CLICKER_CATCH,
    CLICKER_SCALE,
    CORRECTED,
    FIELDS,
    FIELDS_WRONG,
    INK_UNREADABLE,
    READ_EACH,
    READING_ALIKE,
    READING_WRONG,
    REVIEWERS,
)
from bench.crowd.papers import Paper, misread

Kind = Literal["honest", "colluder", "clicker", "reviewer"]
_NUMBERS = [number for number, _ in FIELDS_WRONG]
_NUMBER_WEIGHTS = [weight for _, weight in FIELDS_WRONG]


@dataclass(slots=True)
class Person:
    """`slips`: probability that a blind reading has a wrong field; `catch`: that he corrects a wrong value shown.

    `counts`, `skill`: what the service has seen and believes; `proven`: ids of sections he confirmed since he last
    caught a planted error.
    """

    name: str
    kind: Kind
    slips: float
    catch: float
    weight: float
    counts: SkillCounts = field(default_factory=SkillCounts)
    skill: Skill | None = None
    plants: int = 0
    news: int = 0
    read: int = 0
    suspended: str = ""
    unproven: list[int] = field(default_factory=list)

    def count(self, **more: int) -> None:
        self.counts = replace(self.counts, **{name: getattr(self.counts, name) + by for name, by in more.items()})


@dataclass(frozen=True)
class Crowd:
    readers: Sequence[Person]
    reviewers: Sequence[Person]


def draw_crowd(
    dice: random.Random, sections: int, *, colluders: float, clickers: float, errors: float, catch: float
) -> Crowd:
    """So many people that each reads as many sections as in 2019. Shares of colluders and clickers are exact."""
    number = max(40, round(sections / READ_EACH))
    kinds: list[Kind] = ["honest"] * number
    kinds[: round(number * colluders)] = ["colluder"] * round(number * colluders)
    kinds[number - round(number * clickers) :] = ["clicker"] * round(number * clickers)
    readers = [_draw_person(dice, f"account/{place}", kind, errors, catch) for place, kind in enumerate(kinds)]
    _weigh_kinds(readers)
    careful = READING_WRONG * CORRECTED * errors
    some = range(max(8, round(number * REVIEWERS)))
    reviewers = [Person(f"account/r{place}", "reviewer", careful, catch, 1.0) for place in some]
    return Crowd(readers, reviewers)


def _weigh_kinds(readers: Sequence[Person]) -> None:
    """Every kind comes as often as its share of heads says: 5 % of the people give 5 % of the readings."""
    mean = sum(one.weight for one in readers) / len(readers)
    for kind in {one.kind for one in readers}:
        own = [one for one in readers if one.kind == kind]
        scale = mean * len(own) / sum(one.weight for one in own)
        for one in own:
            one.weight *= scale


def _draw_person(dice: random.Random, name: str, kind: Kind, errors: float, catch: float) -> Person:
    strength = 1 / READING_ALIKE - 1
    slips = dice.betavariate(READING_WRONG * strength, (1 - READING_WRONG) * strength) * errors
    sight = dice.betavariate(catch * CATCH_STRENGTH, (1 - catch) * CATCH_STRENGTH)
    weight = dice.lognormvariate(0.0, ACTIVITY_SPREAD)
    if kind == "clicker":
        slips, sight = min(1.0, slips * CLICKER_SCALE), CLICKER_CATCH
    return Person(name, kind, slips, sight, weight)


def read_blind(person: Person, paper: Paper, fields: Sequence[str], dice: random.Random) -> dict[str, int | None]:
    """What an honest person writes into empty boxes."""
    said: dict[str, int | None] = {name: _look(paper, name, dice) for name in fields}
    if dice.random() < person.slips:
        number = dice.choices(_NUMBERS, _NUMBER_WEIGHTS)[0]
        wrong = dice.sample(FIELDS, number)
        said |= {name: misread(paper.numbers[name], dice) for name in wrong if name in said}
    if not paper.readable:
        said = {name: dice.randrange(300) for name in fields}
    return said


def _look(paper: Paper, name: str, dice: random.Random) -> int | None:
    if name not in paper.ink:
        return paper.numbers[name]
    if dice.random() < INK_UNREADABLE:
        return None
    other, share = paper.ink[name]
    return other if dice.random() < share else paper.numbers[name]


def confirm(person: Person, paper: Paper, shown: Mapping[str, int], dice: random.Random) -> dict[str, int | None]:
    """What an honest person leaves or puts right of the numbers on his screen."""
    wrong = any(paper.numbers[name] != value for name, value in shown.items())
    said: dict[str, int | None] = dict(shown)
    if wrong and dice.random() < person.catch:
        said = {name: paper.numbers[name] for name in shown}
    if dice.random() < person.slips * CHANGED_AT_CONFIRM:
        name = dice.choice(list(shown))
        said[name] = misread(paper.numbers[name], dice)
    return said
