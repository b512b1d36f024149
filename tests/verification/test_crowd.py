"""The simulated crowd of bench/crowd in small: what the rule costs, how wrong it is, what liars get."""

import csv
import io
import itertools
import random
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from app.verification.evidence import NeedReading
from app.verification.policies import DEFAULT
from bench.crowd.curve import draw_curve
from bench.crowd.facts import FIELDS
from bench.crowd.forgery import run_forgery
from bench.crowd.machine import cut_into_readings, read_surely
from bench.crowd.memory import Memory
from bench.crowd.pairs import run_pairs
from bench.crowd.papers import draw_paper
from bench.crowd.people_facts import count, find_file, find_likeness, read_rows
from bench.crowd.readme import BEGIN, END, write_readme
from bench.crowd.replay import replay
from bench.crowd.runner import run_pieces
from bench.crowd.scenarios import cut, list_runs
from bench.crowd.setting import Setting, Tally
from bench.crowd.world import World
from bench.crowd.yardsticks import run_yardstick

SEED = 7


def run(setting: Setting, sections: int) -> Tally:
    return World(setting, sections, SEED).run()


@pytest.fixture(scope="module")
def honest() -> Tally:
    return run(Setting("honest", 0.90), 8_000)


@pytest.fixture(scope="module")
def colluding() -> Tally:
    return run(Setting("rule alone", 0.90, colluders=0.05, trust=False), 6_000)


def test_every_section_comes_to_an_end(honest: Tally) -> None:
    assert honest["accepted"] + honest["disputed"] + honest["waiting"] == honest["sections"] == 8_000
    assert honest["sure"] == pytest.approx(0.90 * 8_000, rel=0.02)


def test_honest_people_cost_and_err_within_the_bounds(honest: Tally) -> None:
    assert honest.readings_each <= 1.35
    assert honest.rate("wrong_votes")[1] <= 3e-4, "more wrong sections than the bound allows, with certainty"
    assert honest["honests_suspended"] == 0


def test_unsure_machine_costs_more_but_not_too_much(honest: Tally) -> None:
    less_sure = run(Setting("honest", 0.70), 2_500)
    assert honest.readings_each < less_sure.readings_each <= 1.60


def test_liars_get_nothing_that_two_of_them_cannot_reach(colluding: Tally) -> None:
    assert colluding["lied_to"] > 20, "nobody lied, so nothing was shown"
    assert colluding.rate("lies")[1] <= 3e-4


def test_liars_cost_their_readers_standing() -> None:
    measured = run(Setting("colluders", 0.90, colluders=0.05), 2_000)
    assert measured["colluders_suspended"] >= 1


def test_simulation_shows_a_bad_rule(honest: Tally) -> None:
    careless = run(Setting("one reading is enough", 0.90, rule="careless"), 1_500)
    assert careless.rate("wrong_votes")[1] > 10 * honest.rate("wrong_votes")[0]
    assert careless.rate("wrong_votes")[1] > 1e-3


def ask_of_alike_cases(memory: Memory, cases: int) -> None:
    """Ask a rule that looks at a number, of cases that differ in their numbers only."""
    dice = random.Random(1)
    for _ in range(cases):
        machine = read_surely(draw_paper(dice, ink=0.0).numbers, dice, wrong=False)
        votes = machine.numbers["suara_01"] or 0
        said = NeedReading("blind", "odd" if votes % 2 else "even", FIELDS, {})
        readings = cut_into_readings(machine, itertools.count(), photos={2: 2, 3: 3}, uploader="account/1")
        memory.ask(readings, 0.5, partial(replace, said))


def test_remembering_is_found_out_where_the_rule_looks_at_numbers() -> None:
    with pytest.raises(RuntimeError, match="seemed alike"):
        ask_of_alike_cases(Memory(DEFAULT), 1_000)


def test_one_moderator_passes_lies_on() -> None:
    rule = "KawalPemilu 2024: may approve himself"
    seen = run_yardstick(Setting(rule, 0.90, rule=rule, colluders=0.05), 1_000, SEED)
    assert seen.rate("lies")[1] > 0.03


def test_same_seed_same_figures() -> None:
    setting = Setting("honest", 0.80, "strict")
    assert run(setting, 300).counts == run(setting, 300).counts


@pytest.mark.parametrize("part", [0.03, 0.5])
def test_forged_photos_of_linked_accounts_stay_one_source(part: float) -> None:
    seen = run_forgery(Setting("forgery", 0.90, rule="linked", colluders=part), 111, SEED)
    assert seen["forged_alone"] > 10
    assert seen["above_one_source"] == 0
    assert seen["conflicts_disputed"] == seen["conflicts"] > 40


def test_forgers_gain_nothing_by_reading_photos_that_the_machine_could_not_read() -> None:
    setting = Setting("forgery", 0.0, rule="unlinked", colluders=0.5, hard=True)
    seen = run_forgery(setting, 150, SEED)
    assert seen["above_one_source"] == 0
    assert seen["conflicts_disputed"] == seen["conflicts"] > 60


def test_comparing_two_photos_costs_little_while_readers_are_known() -> None:
    known, new = (run_pairs(Setting("pairs", 0.9, rule=rule), 200, SEED) for rule in ("known", "all new"))
    assert known["two_sources"] > 150
    assert new["two_sources"] == known["given_up"] == new["given_up"] == 0
    assert known.readings_each < min(1.3, new.readings_each)


def test_longer_run_goes_on_where_a_shorter_one_stopped() -> None:
    short, long = (cut(list_runs((0.7, 0.9)), sections, SEED) for sections in (20_000, 200_000))
    assert {one.name for one in short} < {one.name for one in long}


def test_tables_and_curve_are_written_and_pieces_kept(tmp_path: Path) -> None:
    pieces = cut(list_runs((0.9,)), 60, SEED)
    found = run_pieces(pieces, processes=1, out=tmp_path)
    assert run_pieces(pieces, processes=1, out=tmp_path) == found
    assert len(list(tmp_path.rglob("*.json"))) == len(pieces)
    page = tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    write_readme("Today.", found, (0.9,), page)
    written = page.read_text()
    assert (written[:6], written[-6:]) == ("before", "after\n")
    assert "| human readings a section, machine sure of 90% | ≤ 1.35 |" in written
    draw_curve(found, (0.9,), tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text().startswith("<svg")


def make_rows(*stations: str) -> list[dict[str, str]]:
    sides = [f"{side}_{name}" for side in ("kp", "kpu") for name in ("pas1", "pas2", "sah", "tsah", "jum")]
    names = ",".join(("prov", "kel_id", "n_photos", *sides))
    return list(csv.DictReader(io.StringIO("\n".join((names, *stations)))))


def test_replay_says_whom_the_rule_asks() -> None:
    found = replay(
        make_rows(
            "BALI,1,2,100,80,180,5,185,100,80,180,5,185",  # alike
            "BALI,1,2,100,80,180,5,185,100,30,130,5,135",  # they differ
            "BALI,1,2,100,80,190,5,195,100,80,190,5,195",  # alike, and the paper's sum is open
            "BALI,1,2,100,80,180,5,185,,,,,",  # one side only
            "BALI,1,0,,,,,,100,80,180,5,185",  # no photograph
        )
    )
    assert dict(found.both) == {
        "accepted": 1,
        "a new person: differing": 1,
        "a new person: paper": 1,
        "one reading only: a second person": 1,
        "no photograph with numbers": 1,
    }
    assert found.alone == {"a new person: too_few": 4}
    assert found.provinces["BALI"] == [3, 2]


def test_facts_about_people_are_those_of_2019() -> None:
    if not find_file().exists():
        pytest.skip("KawalPemilu 2019 is not here; RUNUT_SHARED names the folder of the reference data")
    seen = count(itertools.islice(read_rows(find_file()), 20_000))
    share, _ = find_likeness(list(seen.groups.values()))
    assert seen.stations > 15_000
    assert 0.005 < share < 0.05
