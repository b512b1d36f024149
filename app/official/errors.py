"""What can be wrong with a file of official figures, said so that the person who has it can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.errors import InvalidInputError, TooLargeError, UnsupportedFormatError

SHOWN = 20
"""How many problems a message lists; reading stops there."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: in which file (or line), and what."""

    place: str
    what: str

    def __str__(self) -> str:
        """Return one line for a list. The place comes from the file, so unprintable characters are shown escaped."""
        place = self.place if self.place.isprintable() else ascii(self.place)
        return f"{place}: {self.what}"


class OfficialFileError(InvalidInputError):
    """Figures in the file cannot be taken as they are; nothing of it was imported."""

    code = "official_file_invalid"

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        """List the first problems of file ``name``."""
        self.problems = tuple(problems)
        lines = "\n".join(f"  {problem}" for problem in self.problems[:SHOWN])
        more = "\n  (reading stopped here)" if len(self.problems) >= SHOWN else ""
        super().__init__(
            f"{name} has figures that cannot be taken:\n{lines}{more}\n",
            "Nothing was imported. Mend or leave out what is named, then import again.",
        )


class BrokenArchiveError(InvalidInputError):
    """The archive ends early or is damaged."""

    code = "official_file_broken"

    def __init__(self, name: str, what: str) -> None:
        """Say of file ``name`` what stopped its reading."""
        super().__init__(f"{name} is damaged or incomplete ({what}).", "Nothing was imported. Fetch the file again.")


class OfficialFileTooLargeError(TooLargeError):
    """More than an import takes in one piece."""

    code = "official_file_too_large"


class UnknownOfficialFormatError(UnsupportedFormatError):
    """Neither a folder, a tar, a JSON nor a CSV of figures."""

    code = "official_format_unknown"
