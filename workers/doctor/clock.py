"""The clock: receipts, log entries and leases carry its time."""

import ctypes
import datetime as dt
import time
from collections.abc import Iterator

from app.core.config import Settings
from workers.doctor.finding import Finding, lack, warn, well

EARLIEST = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
_TIMEX_BYTES = 256
_STATUS_AT = 40
"""Where the kernel's `struct timex` has its status, on 64-bit Linux."""
_UNSYNCHRONISED = 0x40

WHY = "Receipts and the public log carry the time; two machines that differ tell stories that do not fit together."


def is_kept_right() -> bool | None:
    """Tell whether the kernel knows that somebody (NTP) sets its clock right; None where it does not tell."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "adjtimex") or ctypes.sizeof(ctypes.c_void_p) != 8:  # noqa: PLR2004 (64 bits)
        return None
    answer = ctypes.create_string_buffer(_TIMEX_BYTES)  # all zeros: read, change nothing
    if libc.adjtimex(answer) < 0:
        return None
    return not int.from_bytes(answer.raw[_STATUS_AT : _STATUS_AT + 4], "little") & _UNSYNCHRONISED


def check_clock(_settings: Settings) -> Iterator[Finding]:
    """Look whether the time can be right, and whether anybody keeps it so."""
    now = dt.datetime.now(dt.UTC)
    words = f"{now:%Y-%m-%d %H:%M} UTC (zone here: {time.strftime('%Z')})"
    if now < EARLIEST:
        yield lack("clock", words, why=WHY, remedy="Set it: date -u -s '2029-02-14 07:00', then start an NTP client")
        return
    kept = is_kept_right()
    if kept is False:
        yield warn(
            "clock",
            f"{words}; the kernel says that nobody sets it right",
            why=WHY,
            remedy="apt install systemd-timesyncd && timedatectl set-ntp true (a container: on its host)",
        )
    else:
        yield well("clock", words + ("; kept right" if kept else ""))
