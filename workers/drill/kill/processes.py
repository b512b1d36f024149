"""Processes of the drill: programs that are kept running, and what runs below them."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from workers.drill.kill.nursery import open_nursery, start_program

LOOK_EVERY = 0.1
RESTART_AFTER = 0.3
STOPPED_WITHIN = 30.0


@dataclass(frozen=True)
class Program:
    """A program: its name in the drill, its words after `python -m`, its environment."""

    name: str
    words: Sequence[str]
    environment: Mapping[str, str]


class Kept:
    """A program that is started again whenever it ends, as an operator's supervisor would. Owned by the drill."""

    def __init__(self, program: Program, folder: Path) -> None:
        """Start it; what it says goes to ``NAME.log`` in ``folder``."""
        self.name, self.starts = program.name, 0
        self._program, self._log, self._nursery = program, folder / f"{program.name}.log", open_nursery()
        self._process = self._start()

    def _start(self) -> ForkServerProcess:
        self.starts += 1
        return start_program(self._nursery, self._program.words, self._program.environment, self._log)

    @property
    def pid(self) -> int:
        """The present process."""
        assert self._process.pid is not None, "it was started"
        return self._process.pid

    def is_running(self) -> bool:
        """Tell whether the present process lives."""
        return self._process.is_alive()

    async def keep(self) -> None:
        """Start it again whenever it has ended; until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if not self.is_running():
                await asyncio.sleep(RESTART_AFTER)
                self._process = self._start()

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def stop(self) -> None:
        """End it for good, and wait until it has ended."""
        self.terminate()
        self._process.join(STOPPED_WITHIN)
        if self.is_running():
            self._process.kill()
            self._process.join()


def list_children(pid: int) -> list[int]:
    """Return the processes that ``pid`` started and that live."""
    return [child for child in _list_pids() if _parent_of(child) == pid]


def list_family(pid: int) -> list[int]:
    """Return ``pid`` and everything below it, the oldest first."""
    parents = {one: _parent_of(one) for one in _list_pids()}
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family


def read_command_line(pid: int) -> str:
    """Return the words of a process; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def kill_now(pid: int) -> bool:
    """Send SIGKILL; false when there is no such process any more."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pids: Sequence[int], within: float = 10.0) -> None:
    """Wait until none of ``pids`` lives: a killed process takes a moment to let go of what it held."""
    end = time.monotonic() + within
    while time.monotonic() < end and any(_parent_of(pid) is not None for pid in pids):
        time.sleep(0.01)


def _list_pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _parent_of(pid: int) -> int | None:
    """Return the parent of a living process; null for one that is gone or a zombie."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        # The name in brackets may hold blanks and brackets: the fields begin after the last one.
        state, parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
        return None if state in {"Z", "X"} else int(parent)
    return None
