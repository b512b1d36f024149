"""What a hostile file is, and what has to become of it."""

from __future__ import annotations

from dataclasses import dataclass

READ = "read"
"""Harmless after all: the form in it must be read, and read right."""

TRUNCATED = frozenset({"truncated"})
NO_FORM = frozenset({"no_page_tag", "unknown_form"})
TOO_LARGE = frozenset({"too_many_pixels", "too_large"})
NOT_A_PICTURE = frozenset({"not_an_image", "unsupported_format", "unsupported_media_type"})


@dataclass(frozen=True)
class Specimen:
    """One file.

    ``outcomes``: every end that is right for it: the code of a 4xx answer at the door, the code of a refusal by the
    reader, or `READ`. ``sent_as``: the name and content type its sender claims.
    """

    name: str
    data: bytes
    outcomes: frozenset[str]
    sent_as: tuple[str, str] = ("foto.jpg", "image/jpeg")

    def __repr__(self) -> str:
        return f"<{self.name}, {len(self.data)} bytes>"


def specimen(name: str, data: bytes, *outcomes: str | frozenset[str]) -> Specimen:
    """A specimen; outcomes are codes and sets of codes."""
    codes: set[str] = set()
    for outcome in outcomes:
        codes |= {outcome} if isinstance(outcome, str) else outcome
    return Specimen(name, data, frozenset(codes))
