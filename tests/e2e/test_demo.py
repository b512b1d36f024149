"""The demonstration, run as anybody runs it, and scaled out: what it finds, and that it leaves nothing behind.

Scaled out: two sites with a worker each on a PostgreSQL that is not ours and on a real S3 store, their visitors spread
over both. Both pass the same tests.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.config import PROJECT
from app.core.storage.s3_connection import make_client
from tests.e2e.foreign_server import start_foreign_server
from workers.demo.places import REGIONS
from workers.seaweed import Seaweed

pytestmark = [pytest.mark.slow(75), pytest.mark.timeout(300)]

SEED = 5
WITHIN = 240
MARK = "RUNUT_TEST_OF_DEMO"


@dataclass(frozen=True)
class Done:
    """One run: its folder, its account of itself, and how many originals it left in the bucket, if it had one."""

    home: Path
    summary: dict[str, Any]
    originals: int | None


@pytest.fixture(scope="module", params=["alone", "scaled_out"])
def done(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    home = tmp_path_factory.mktemp("demo")
    if request.param == "alone":
        yield Done(home, run_demo(home, {}), None)
        return
    seaweed: Seaweed = request.getfixturevalue("seaweed")
    folder = Path(tempfile.mkdtemp(prefix="runut-e2e-"))
    given = {**seaweed.environment, "RUNUT_S3_PREFIX": "e2e/", "RUNUT_LOG_REQUESTS": "true"}
    try:
        with start_foreign_server(folder) as url:
            summary = run_demo(home, {**given, "DATABASE_URL": url}, "--sites", "2")
        yield Done(home, summary, count_originals(seaweed, "e2e/"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def summary(done: Done) -> dict[str, Any]:
    """The demonstration's own account of itself."""
    return done.summary


@pytest.fixture
def home(done: Done) -> Path:
    return done.home


def run_demo(home: Path, given: dict[str, str], *words: str) -> dict[str, Any]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNUT_")}
    kept.pop("DATABASE_URL", None)
    ended = subprocess.run(
        [sys.executable, "-m", "workers.cli", "demo", "--exit", "--json", "--seed", str(SEED), *words],
        env={**kept, **given, "RUNUT_HOME": str(home), MARK: str(home), "PYTHONPATH": str(PROJECT)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]
    lines = ended.stdout.splitlines()
    assert len(lines) == 1, "--json promises one line and nothing else"
    found: dict[str, Any] = json.loads(lines[0])
    return found


def count_originals(seaweed: Seaweed, prefix: str) -> int:
    client = make_client(seaweed.place, seaweed.endpoint)
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=seaweed.bucket, Prefix=f"{prefix}original/")
    return sum(len(page.get("Contents", [])) for page in pages)


def test_every_original_lies_where_the_settings_say(done: Done) -> None:
    if done.originals is not None:
        assert done.originals >= done.summary["photos"] >= 48


def test_visitors_were_spread_over_the_sites(done: Done) -> None:
    sites = 1 if done.originals is None else 2
    assert len(done.summary["uploads_by_site"]) == sites
    assert all(count >= 12 for count in done.summary["uploads_by_site"])


def test_every_planted_difference_is_found_and_none_invented(summary: dict[str, Any]) -> None:
    differences = summary["discrepancies"]
    assert differences["planted"] >= 5
    assert (differences["found"], differences["invented"]) == (differences["planted"], 0)


def test_every_section_is_accepted_and_right(summary: dict[str, Any]) -> None:
    assert (summary["sections_accepted"], summary["wrong_results"]) == (24 + 8, 0)
    assert summary["photos"] >= 48 + 8
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
