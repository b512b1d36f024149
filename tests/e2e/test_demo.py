"""The demonstration, run as anybody runs it: what it finds, and that it leaves nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.core.config import PROJECT
from workers.demo.places import REGIONS

pytestmark = [pytest.mark.slow(30), pytest.mark.timeout(300)]

SEED = 5
WITHIN = 240
MARK = "RUNUT_TEST_OF_DEMO"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def summary(home: Path) -> dict[str, Any]:
    """The demonstration's own account of itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNUT_")}
    kept.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", "demo", "--exit", "--json", "--seed", str(SEED)],
        env={**kept, "RUNUT_HOME": str(home), MARK: str(home), "PYTHONPATH": str(PROJECT)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    lines = done.stdout.splitlines()
    assert len(lines) == 1, "--json promises one line and nothing else"
    found: dict[str, Any] = json.loads(lines[0])
    return found


def test_every_planted_difference_is_found_and_none_invented(summary: dict[str, Any]) -> None:
    differences = summary["discrepancies"]
    assert differences["planted"] >= 5
    assert (differences["found"], differences["invented"]) == (differences["planted"], 0)


def test_every_section_is_accepted_and_right(summary: dict[str, Any]) -> None:
    assert (summary["sections_accepted"], summary["wrong_results"]) == (24, 0)
    assert summary["photos"] >= 48
    assert summary["human_readings_per_section"] >= 1


def test_levels_differ_and_add_up(summary: dict[str, Any]) -> None:
    tally = summary["tally"]
    below = {
        "0": [kode for kode, tingkat, _ in REGIONS if tingkat == "provinsi"],
        **{
            kode: [child for child, _, _ in REGIONS if child.startswith(kode) and len(child) == deeper]
            for length, deeper in ((2, 4), (4, 6), (6, 10))
            for kode, _, _ in REGIONS
            if len(kode) == length
        },
    }
    for kode, children in below.items():
        for field, number in tally[kode].items():
            assert number == sum(tally[child][field] for child in children), (kode, field)
    levels = [
        {tuple(sorted(tally[kode].items())) for kode, tingkat, _ in REGIONS if tingkat == wanted}
        for wanted in ("provinsi", "kelurahan")
    ]
    assert [len(level) for level in levels] == [2, 4], "two regions of a level have the same numbers"
    shares = {kode: tally[kode]["suara_01"] / tally[kode]["suara_sah"] for kode in ("0", "31", "34")}
    assert len(set(shares.values())) == 3


def test_its_folder_is_gone(summary: dict[str, Any], home: Path) -> None:
    assert [path.name for path in home.iterdir() if path.name.startswith("demo-")] == []


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows the environment of processes")
def test_no_process_of_it_is_left(summary: dict[str, Any], home: Path) -> None:
    assert list(_processes_with(f"{MARK}={home}")) == []


def _processes_with(setting: str) -> list[str]:
    """Return the command lines of the processes that inherited ``setting``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if setting.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return found
