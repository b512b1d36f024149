"""The drill itself, as an operator runs it: 40 kills, and nothing acknowledged is lost, doubled or added up wrongly."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from app.core.config import PROJECT
from workers.drill.kill.findings import KINDS

KILLS, UPLOADS, READINGS = 40, 1000, 5000
SEED = os.environ.get("RUNUT_DRILL_SEED", "20240214")
SITES_AND_WORKERS = ("site1", "site2", "worker1", "worker2")
LEVELS = ("nasional", "provinsi", "kabupaten_kota", "kecamatan", "kelurahan")


@pytest.fixture(scope="module")
def outcome() -> dict[str, Any]:
    """What the drill printed; the command's own exit code is checked by the tests."""
    words = ["drill", "kill", "--kills", KILLS, "--uploads", UPLOADS, "--readings", READINGS, "--seed", SEED, "--json"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", *map(str, words)],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    print(json.dumps(found, indent=1), done.stderr[-4000:])  # noqa: T201 - shown when a test fails
    return {**found, "exit_code": done.returncode}


pytestmark = [pytest.mark.slow(160), pytest.mark.timeout(900), pytest.mark.xdist_group("kill")]


def test_nothing_is_lost_doubled_or_wrong(outcome: dict[str, Any]) -> None:
    assert outcome["found"] == dict.fromkeys(KINDS, 0), outcome["findings"]
    assert outcome["passed"]
    assert outcome["exit_code"] == 0


def test_as_much_was_done_and_looked_at_as_was_asked_for(outcome: dict[str, Any]) -> None:
    assert outcome["uploads"] == outcome["looked_at"]["uploads"] >= UPLOADS
    assert outcome["readings"] == outcome["looked_at"]["readings"] >= READINGS
    assert outcome["looked_at"]["drawn pages"] > 20
    assert outcome["looked_at"]["accepted results"] > 500
    assert all(outcome["looked_at"][f"sums of {level}"] >= 1 for level in LEVELS)


def test_everything_was_killed_and_came_back(outcome: dict[str, Any]) -> None:
    assert sum(outcome["kills"].values()) == KILLS
    assert min(outcome["kills"].values()) >= 3
    whole = outcome["kills"]["postmaster"] + outcome["kills"]["postgres"] + outcome["kills"]["everything"]
    assert outcome["starts"]["postgres"] > whole
    assert all(outcome["starts"][name] > outcome["kills"]["everything"] for name in SITES_AND_WORKERS)
    assert sum(outcome["failed_calls"].values()) > 0, "no caller ever noticed a kill"


def test_both_controls_are_seen_to_fail(outcome: dict[str, Any]) -> None:
    assert [control["name"] for control in outcome["controls"]] == [
        "synchronous_commit=off",
        "claim and delete apart from adding up",
    ]
    assert all(control["seen"] for control in outcome["controls"]), outcome["controls"]
