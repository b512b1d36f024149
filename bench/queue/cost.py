"""What a run cost: processor time of this process, of its children and of PostgreSQL, as Linux counts it."""

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Seconds since some moment: on the clock, of processor time of this process and of the database's servers."""

    clock: float
    python: float
    postgres: float

    def since(self, before: "Cost") -> "Cost":
        """Return what was spent between ``before`` and now."""
        return Cost(self.clock - before.clock, self.python - before.python, self.postgres - before.postgres)


def measure_cost(database: str) -> Cost:
    """Return what was spent until now. Servers of ``database`` that have ended are no longer counted."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return Cost(time.perf_counter(), own.ru_utime + own.ru_stime, sum(_spent_by_servers(database)))


def _spent_by_servers(database: str) -> Iterator[float]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            title = (folder / "cmdline").read_bytes()
            words = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has just ended
        if title.startswith(b"postgres:") and database.encode() in title:
            yield (int(words[11]) + int(words[12])) / _TICKS
