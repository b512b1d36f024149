"""What the tests of the embedded server share: a folder, a start in another process, and looks at its processes."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from app.core.config import PROJECT
from app.core.postgres import server as server_module
from app.core.postgres.databases import plain_dsn
from app.core.postgres.postmaster import read_postmaster
from tests.quick_folder import quick_folder

START = """
import os, sys, time
from pathlib import Path
from app.core.postgres import EmbeddedPostgres
if sys.argv[2]:
    os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(), flush=True)
if sys.argv[3] == "fork" and os.fork() == 0:
    os.close(1)
    time.sleep(60)  # a child that holds the guard's pipe
    os._exit(0)
if sys.argv[3] == "stop":
    server.stop()
else:
    time.sleep(60)
"""


@pytest.fixture
def ground() -> Iterator[Path]:
    """A short folder that the server's user can pass through, unlike pytest's own."""
    with quick_folder("runut pg'") as folder:  # a blank and a quote on purpose
        yield folder


@pytest.fixture(autouse=True)
def quick_initdb(monkeypatch: pytest.MonkeyPatch) -> None:
    """New folders need not survive a power cut here; what is killed in these tests is processes."""
    monkeypatch.setattr(server_module, "INITDB", (*server_module.INITDB, "--no-sync"))


def start_elsewhere(folder: Path, *, uid: int | None = None, then: str = "wait") -> tuple[subprocess.Popen[str], str]:
    """Start the server in a process of its own; return the process and the address."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(folder), "" if uid is None else str(uid), then],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def kill(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    process.kill()
    process.wait()
    process.stdout.close()


def wait_until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not come to pass in time"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def run_sql(address: str, statement: str) -> list[asyncpg.Record]:
    async def run() -> list[asyncpg.Record]:
        connection = await asyncpg.connect(plain_dsn(address))
        try:
            return list(await connection.fetch(statement))
        finally:
            await connection.close()

    return asyncio.run(run())


def postmaster_of(folder: Path) -> int:
    found = read_postmaster(folder / "data")
    assert found is not None
    return found.pid


def guard_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
