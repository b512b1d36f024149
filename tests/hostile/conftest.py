"""Ground of the hostile tests: places to upload to, and one reader child for a module."""

from collections.abc import Iterator

import pytest

from tests.intake.conftest import database, election, election_template
from workers.reader_process import Limits, ReaderProcess

__all__ = ["database", "election", "election_template"]

CPU_SECONDS = 3
"""Far less than a worker's reader gets, so that a file that wants more is seen soon."""


@pytest.fixture
def reader() -> Iterator[ReaderProcess]:
    """A real reader child with real limits, only less patient."""
    process = ReaderProcess(Limits(cpu_seconds=CPU_SECONDS))
    yield process
    process.close()
