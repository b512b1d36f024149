"""Who takes which digit for which: against crowd-kit's Dawid-Skene, and against readers whose habits are known."""

import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from app.verification.digit_confusions import Confusions, DigitLabel, estimate_confusions

BOXES = 600
HABITS = {"3": "8", "8": "3", "1": "7", "7": "1"}
"""What the crowd of these tests takes for what, when it errs."""
ERRORS = {"ani": 0.02, "budi": 0.05, "citra": 0.10, "dedi": 0.20}


def read_boxes(random: Random, *, errors: dict[str, float] = ERRORS, boxes: int = BOXES) -> list[DigitLabel]:
    """Readers who err at these rates, mostly by the habits above, on the same boxes; box names end with the truth."""
    labels = []
    for number in range(boxes):
        true = str(random.randrange(10))
        for reader, rate in errors.items():
            wrong = HABITS.get(true) if random.random() < 0.8 else None
            said = (wrong or str(random.randrange(10))) if random.random() < rate else true
            labels.append(DigitLabel(f"{number}={true}", reader, int(said)))
    return labels


@pytest.fixture(scope="module")
def dawid_skene() -> Iterator[Any]:
    """crowd-kit's module alone: its packages import every other aggregator, and with them seconds of libraries."""
    names = ("crowdkit.aggregation", "crowdkit.aggregation.classification")
    before = set(sys.modules)
    spec = importlib.util.find_spec("crowdkit")
    assert spec is not None
    assert spec.submodule_search_locations
    (folder,) = spec.submodule_search_locations
    for name in names:
        package = types.ModuleType(name)
        package.__path__ = [f"{folder}/{'/'.join(name.split('.')[1:])}"]
        sys.modules[name] = package
    yield importlib.import_module("crowdkit.aggregation.classification.dawid_skene")
    for name in set(sys.modules) - before:
        if name.startswith("crowdkit"):
            del sys.modules[name]


def as_frame(labels: list[DigitLabel]) -> Any:
    frame = importlib.import_module("pandas")
    rows = [(one.box, one.reader, str(one.digit)) for one in labels]
    return frame.DataFrame(rows, columns=["task", "worker", "label"])


@pytest.mark.filterwarnings("ignore:The (inplace|copy) keyword")
def test_without_priors_it_is_what_dawid_and_skene_have(dawid_skene: Any) -> None:
    labels = read_boxes(Random(1))
    ours = estimate_confusions(labels, pooled_strength=0, reader_strength=0)
    oracle = dawid_skene.DawidSkene(n_iter=100, tol=1e-9).fit(as_frame(labels))
    for reader, own in ours.readers.items():
        for true in range(10):
            for said in range(10):
                theirs = oracle.errors_.get(str(true), {}).get((reader, str(said)), 0.0)
                assert own.matrix[true][said] == pytest.approx(theirs, abs=2e-3), (reader, true, said)
    believed = {box: str(max(range(10), key=chances.__getitem__)) for box, chances in ours.boxes.items()}
    assert believed == oracle.labels_.to_dict()


@pytest.mark.filterwarnings("ignore:The (inplace|copy) keyword")
def test_the_error_rates_are_those_of_the_one_coin_model(dawid_skene: Any) -> None:
    labels = read_boxes(Random(2))
    ours = estimate_confusions(labels, reader_strength=2)
    oracle = dawid_skene.OneCoinDawidSkene(n_iter=100, tol=1e-9).fit(as_frame(labels))
    for reader in ERRORS:
        assert ours.readers[reader].error_rate == pytest.approx(1 - oracle.skills_[reader], abs=0.02), reader


@pytest.fixture(scope="module")
def crowd() -> Confusions:
    return estimate_confusions(read_boxes(Random(3)))


def test_it_finds_the_digits_that_are_taken_for_one_another(crowd: Confusions) -> None:
    assert {(a, b) for a, b, _ in crowd.likest(2)} == {(3, 8), (1, 7)}


def test_it_finds_who_errs_and_what_stands_there(crowd: Confusions) -> None:
    rates = [crowd.readers[reader].error_rate for reader in ERRORS]
    assert rates == sorted(rates)
    right = sum(chances[int(box[-1])] > 0.5 for box, chances in crowd.boxes.items())
    assert right >= 0.97 * BOXES


def test_a_newcomer_is_taken_to_err_like_everybody() -> None:
    labels = [*read_boxes(Random(4)), DigitLabel("0=3", "eka", 3)]
    found = estimate_confusions(labels)
    for true in range(10):
        assert found.readers["eka"].matrix[true] == pytest.approx(found.pooled[true], abs=0.02)
    assert found.readers["eka"].labels == 1


def test_where_nothing_was_counted_the_rules_own_table_stands() -> None:
    found = estimate_confusions([])
    assert {(a, b) for a, b, _ in found.likest(5)} == {(3, 8), (2, 7), (1, 7), (0, 6), (5, 6)}
    assert all(sum(row) == pytest.approx(1) for row in found.pooled)
