"""A run that looks at its own results: seconds by stage, figures, and what is not as it must be."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CheckedRun:
    """What came out. Owned by the run. ``seconds`` by stage; ``wrong`` says what is not as it must be."""

    seconds: dict[str, float] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Note how long a stage takes."""
        began = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - began, 1)

    def expect(self, what: str, seen: object, wanted: object) -> None:
        """Note a figure, and that it is wrong if it is."""
        self.figures[what] = seen
        if seen != wanted:
            self.wrong.append(f"{what}: {seen}, not {wanted}")
