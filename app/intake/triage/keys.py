"""By which keys copies of a photograph are found: pure, so that the same picture always has the same keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import combinations
from typing import Any

CONFIDENT = 0.9
"""What the machine named with less confidence is no key, and no proof that two pictures differ."""
PAIRS_OF_ALL = 6
"""Up to so many numbers on a page every two of them make a key; beyond, each with the two after it."""
_PAIR = 1 << 40
"""Keys of pairs lie above all bands of hashes."""


@dataclass(frozen=True)
class Mark:
    """What a photograph is to be found by, and what to look for to find those it may be a copy of.

    ``hash``: 32 bytes of the whole picture; ``keys``: kept with it; ``look_for``: a candidate has one of them;
    ``nearby``: the hashes it would have if it lay a little differently; ``named``: {field: number} with confidence.
    """

    hash: bytes
    keys: tuple[int, ...]
    look_for: tuple[int, ...]
    nearby: tuple[bytes, ...] = ()
    named: Mapping[str, int] = field(default_factory=dict)

    @property
    def locks(self) -> tuple[str, ...]:
        """Return what a writer holds so that two copies noted at once see one another; in order, three at most."""
        return tuple(f"picture/{key}" for key in sorted(key for key in self.keys if key >= _PAIR)[:3])


def name_confident(fields: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """Return {field: number} of what the machine named with confidence; ``fields`` as the reader prints them."""
    return {
        name: said["value"]
        for name, said in sorted(fields.items())
        if said.get("value") is not None and said.get("confidence", 0.0) >= CONFIDENT
    }


def pair_keys(form: str, page: int, named: Mapping[str, int]) -> tuple[int, ...]:
    """Return keys of two numbers each, from 2**40 up.

    One number is shared by thousands of forms, two by few, and one that is misread on a bad copy leaves the others.
    """
    numbers = sorted(named.items())
    if len(numbers) <= PAIRS_OF_ALL:
        pairs: Sequence[tuple[tuple[str, int], tuple[str, int]]] = list(combinations(numbers, 2))
    else:
        pairs = [(one, other) for at, one in enumerate(numbers) for other in numbers[at + 1 : at + 3]]
    return tuple(sorted({_hash_pair(f"{form}/{page}/{one}/{other}") for one, other in pairs}))


def _hash_pair(words: str) -> int:
    """From 2**40 to 2**62."""
    return _PAIR + int.from_bytes(sha256(words.encode()).digest()[:7]) % ((1 << 62) - _PAIR)


def differ(named: Mapping[str, int], other: Mapping[str, int]) -> tuple[str, ...]:
    """Return the fields of which two photographs show different numbers.

    Then one is no copy of the other, whatever the rest of the picture says: somebody may have painted a digit over.
    """
    return tuple(sorted(name for name in named.keys() & other.keys() if named[name] != other[name]))
