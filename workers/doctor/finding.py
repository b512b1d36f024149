"""What the doctor says about one thing."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only `missing` keeps Runut from working."""

    OK = "ok"
    WARNING = "warning"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and, unless all is well, why it matters and what to do."""

    subject: str
    level: Level
    found: str
    why: str = ""
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the line that `--json` prints."""
        return {
            "subject": self.subject,
            "level": str(self.level),
            "found": self.found,
            "why": self.why,
            "remedy": self.remedy,
        }


def well(subject: str, found: str) -> Finding:
    """Say that nothing is to be done."""
    return Finding(subject, Level.OK, found)


def warn(subject: str, found: str, *, why: str, remedy: str) -> Finding:
    """Say that Runut works, but not as well or as safely as it should."""
    return Finding(subject, Level.WARNING, found, why, remedy)


def lack(subject: str, found: str, *, why: str, remedy: str) -> Finding:
    """Say that something needed is not there."""
    return Finding(subject, Level.MISSING, found, why, remedy)
