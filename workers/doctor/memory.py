"""Memory: the readers' share beside everything else."""

import os
from collections.abc import Iterator
from pathlib import Path

from app.core.config import Settings
from workers.doctor.finding import Finding, warn, well
from workers.process import count_readers

MB = 1024**2

SITE_BYTES = 700 * MB
"""Site, one worker and an embedded database at work."""

READER_BYTES = 450 * MB
"""What one reader process needs for a photograph of 12 to 50 megapixels."""

LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where a container's limit stands: control groups of the second and of the first kind."""


def find_memory() -> int:
    """Return the bytes of memory that this process may use: the machine's, or its control group's if that is less."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for name in LIMITS:
        try:
            total = min(total, int(Path(name).read_text()))
        except (OSError, ValueError):  # no such group, or "max"
            continue
    return total


def check_memory(_settings: Settings) -> Iterator[Finding]:
    """Look whether the readers have room beside the rest."""
    total, readers = find_memory(), count_readers()
    needed = SITE_BYTES + readers * READER_BYTES
    words = f"{total / MB:.0f} MB for {readers} readers at once"
    if total < needed:
        fitting = max(1, (total - SITE_BYTES) // READER_BYTES)
        yield warn(
            "memory",
            words,
            why=f"About {needed / MB:.0f} MB are wanted. When memory ends, the kernel kills a process of its choice.",
            remedy=f"Set RUNUT_READERS={fitting}, or give it more memory.",
        )
    else:
        yield well("memory", words)
