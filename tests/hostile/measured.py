"""Runs inside the reader's child process: look at a file, and tell what that cost."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from ocr.refusals import Refused
from ocr.split import count_pages, is_document, take_page
from tests.hostile.specimen import READ
from workers.look_at_photos import look_at_photos

_STATUS = Path("/proc/self/status")
_FORGET_PEAK = Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Look:
    """What the reader said to a file: `READ` or a refusal's code, the values read, and what it cost."""

    outcome: str
    detail: str
    values: dict[str, int | None]
    sure: frozenset[str]
    cpu_seconds: float
    peak_bytes: int


def look(data: bytes) -> dict[str, Any]:
    """Look at ``data`` as the jobs do: a document is counted, its first page taken out, and the page looked at.

    The fields of a `Look`: a child's answer holds no class that the service does not know.
    """
    _FORGET_PEAK.write_text("5")  # proc(5): the peak of resident memory begins anew
    started = time.process_time()
    try:
        if is_document(data):
            count_pages(data)
            data = take_page(data, 1).data
    except Refused as refused:
        reading: Mapping[str, Any] = {"refused": refused.code, "detail": refused.detail, "fields": {}}
    else:
        sight = look_at_photos([("foto", sha256(data).hexdigest(), data)])
        assert sight is not None
        (reading,) = sight.readings
    cpu = time.process_time() - started
    fields = reading["fields"]
    seen = Look(
        outcome=reading["refused"] or READ,
        detail=reading["detail"] or "",
        values={name: field["value"] for name, field in fields.items()},
        sure=frozenset(name for name, field in fields.items() if field["sure"]),
        cpu_seconds=cpu,
        peak_bytes=read_peak(),
    )
    return vars(seen)


def spend(seconds: float) -> None:
    """Spend that much processor time."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def measure(seconds: float) -> tuple[float, float]:
    """Do nothing for so long; when that began and ended, by the machine's clock."""
    began = time.monotonic()
    time.sleep(seconds)
    return began, time.monotonic()


def read_peak() -> int:
    """The most memory this process held since the peak was forgotten."""
    found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
    assert found is not None
    return int(found[1]) * 1024
