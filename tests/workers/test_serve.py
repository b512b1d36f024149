"""`serve` as a user starts it: a process of its own, stopped gently and not so gently."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from app.core.config import PROJECT

pytestmark = [pytest.mark.slow(25), pytest.mark.timeout(180)]

METRICS_TOKEN = "kunci-metrik"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """One for all tests of a file: its database is made by the first start."""
    folder = Path(tempfile.mkdtemp(prefix="runut-serve-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def started(home: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Everything that was started in the folder; what is left at the end is killed."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    end_all(home, processes)


@pytest.fixture
def serving(home: Path, started: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    """A service that runs: the one of the test before, or, when that has ended it, a new start in the same folder."""
    if not started or started[-1].poll() is not None:
        started.append(start_serving(home, "-m", "workers.cli"))
    return started[-1]


def start_serving(home: Path, *program: str) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    (home / "address").unlink(missing_ok=True)
    with (home / "words").open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, *program, "serve", "--address-file", home / "address"],
            cwd=PROJECT,
            env={
                **environment,
                "RUNUT_HOME": str(home),
                "PYTHONPATH": str(PROJECT),
                "RUNUT_READERS": "1",
                "RUNUT_METRICS_TOKEN": METRICS_TOKEN,
            },
            stdout=subprocess.DEVNULL,
            stderr=words,
        )
    wait_until(lambda: (home / "address").exists() or process.poll() is not None)
    return process


def end_all(home: Path, processes: Iterable[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
        process.wait()
    wait_until(lambda: not descendants_named(str(home)))


def wait_until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.05)


def children_of(pid: int) -> set[int]:
    return {child for child in running() if parent_of(child) == pid}


def running() -> list[int]:
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def parent_of(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def words_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def descendants_named(name: str) -> list[int]:
    return [pid for pid in running() if name in words_of(pid)]


def worker_of(pid: int) -> int | None:
    return next((child for child in children_of(pid) if "workers.process" in words_of(child)), None)


def test_a_port_that_is_taken_is_named(serving: subprocess.Popen[bytes], home: Path) -> None:
    port = (home / "address").read_text().rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "-m", "workers.cli", "serve", "--port", port],
        cwd=PROJECT,
        env={**os.environ, "RUNUT_HOME": str(home), "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert f"port {port} cannot be used" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_worker_that_dies_is_replaced(serving: subprocess.Popen[bytes]) -> None:
    wait_until(lambda: worker_of(serving.pid))
    first = worker_of(serving.pid)
    assert first
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: worker_of(serving.pid) not in {None, first})


def test_it_serves_and_a_gentle_end_leaves_nothing_running(serving: subprocess.Popen[bytes], home: Path) -> None:
    address = (home / "address").read_text()
    assert address.startswith("http://127.0.0.1:")
    assert httpx.get(f"{address}/readyz", timeout=30).status_code == 200
    wait_until(lambda: worker_of(serving.pid))
    family = children_of(serving.pid)
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(60) == 0
    assert not [pid for pid in family if words_of(pid)]


def test_a_kill_takes_workers_and_database_along(serving: subprocess.Popen[bytes], home: Path) -> None:
    wait_until(lambda: worker_of(serving.pid))
    family = children_of(serving.pid)
    assert len(family) == 2, "a worker and the database's guard"
    serving.kill()
    serving.wait()
    wait_until(lambda: not [pid for pid in family if words_of(pid)])
