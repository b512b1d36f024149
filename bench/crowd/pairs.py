"""Two people photograph the same TPS, both the genuine form: what does it cost that the photographs are compared?

Both photographs come before anybody reads. No one lies. `setting.rule`: of readers and senders all are known, half of
them are new, or all are; and all under the rule as it was before new readers were told apart (version 2).
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

from app.verification.evidence import Accept, Dispute, NeedReading, RulePolicy
from app.verification.policies import POLICIES
from bench.crowd.forgery import READERS_MOST, Photo, Station
from bench.crowd.machine import read_by_machine
from bench.crowd.papers import Paper, draw_paper
from bench.crowd.people import Crowd, draw_crowd
from bench.crowd.setting import Setting, Tally, make_seed

RULES = {"known": 0.0, "half new": 0.5, "all new": 1.0, "all new, version 2": 1.0}
"""Part of the people whose accounts are new."""


def run_pairs(setting: Setting, sections: int, seed: int) -> Tally:
    """The papers, the machine's readings and the people are the same for every `setting.rule`."""
    dice = random.Random(make_seed(seed, "pairs", setting.share))
    crowd = draw_crowd(dice, sections, colluders=0.0, clickers=0.0, errors=1.0, catch=setting.catch)
    counts: Counter[str] = Counter()
    for number in range(sections):
        paper = draw_paper(dice)
        if paper.readable:
            own = random.Random(make_seed(seed, "pair", number))
            station = Station(own, _find_policy(setting), linked=False, draw=dice.random(), new=RULES[setting.rule])
            _read_both(station, paper, crowd, setting.share, counts)
    return Tally(counts)


def _find_policy(setting: Setting) -> RulePolicy:
    policy = POLICIES[setting.policy]
    return replace(policy, copy_heeds_people=False, newcomers_vouch=True) if "version 2" in setting.rule else policy


def _read_both(station: Station, paper: Paper, crowd: Crowd, share: float, counts: Counter[str]) -> None:
    for number, sender in enumerate(station.dice.sample(crowd.readers, 2)):
        machine = read_by_machine(paper, station.dice, sure_share=share)
        station.receive(Photo(number, sender.name, forged=False, shows=paper, machine=machine))
    outcome = station.ask()
    for _ in range(READERS_MOST):
        if not isinstance(outcome, NeedReading):
            break
        review = outcome.mode == "review"
        able = crowd.reviewers if review else crowd.readers
        person = station.dice.choice([one for one in able if one.name not in station.seen])
        station.read(person, outcome, paper.numbers)
        counts["reviews" if review else "confirmed" if outcome.mode == "confirm" else "blind"] += 1
        outcome = station.ask()
    counts["sections"] += 1
    counts["two_sources"] += isinstance(outcome, Accept) and outcome.source_class == "two_uploaders"
    counts["disputed"] += isinstance(outcome, Dispute)
    counts["given_up"] += isinstance(outcome, NeedReading)
