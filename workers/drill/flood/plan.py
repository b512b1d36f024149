"""What is sent in the flood, by whom, for which TPS: fixed by the seed before anything is drawn."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

ATTACKERS, HONEST = 60, 200
PAGES = (2, 3)
FORMS_OF_TEN = 8
"""Of ten pictures that are sent again and again so many are forms; the others are no forms."""
EXACT_SHARE = 0.05
"""Of the copies so many are sent byte for byte."""
TPS_EACH = 50
"""TPS in a kelurahan."""

Kind = Literal["copy", "genuine", "other"]


@dataclass(frozen=True)
class Size:
    """How large a flood. ``find_copies``: off for the control that must fail."""

    copies: int
    pictures: int
    genuine: int
    others: int
    seed: int
    workers: int = 1
    find_copies: bool = True
    minutes: float = math.inf
    """Nothing more is sent after this time; what was sent is judged."""

    @property
    def stations(self) -> int:
        """Return how many TPS there are: each genuine one sends both pages."""
        return max(2, self.genuine // len(PAGES))


@dataclass(frozen=True)
class Sending:
    """One upload: what is in it, who sends it for which TPS (by their places in the lists).

    ``picture``: which of the pictures it is a copy of, else which form or other picture; ``number``: of the sending.
    """

    number: int
    kind: Kind
    picture: int
    sender: int
    station: int


def plan_sendings(size: Size) -> list[Sending]:
    """Return all uploads in the order in which they are sent: everything mixed, as in a night."""
    chance = random.Random(size.seed)
    planned: list[tuple[Kind, int, int, int]] = [
        *(
            ("copy", place % size.pictures, chance.randrange(ATTACKERS), chance.randrange(size.stations))
            for place in range(size.copies)
        ),
        *(
            ("genuine", place, HONEST_AT + place // len(PAGES) % HONEST, place // len(PAGES) % size.stations)
            for place in range(size.genuine)
        ),
        *(
            ("other", place, chance.randrange(ATTACKERS), chance.randrange(size.stations))
            for place in range(size.others)
        ),
    ]
    chance.shuffle(planned)
    return [Sending(number, *one) for number, one in enumerate(planned)]


HONEST_AT = ATTACKERS
"""Honest people stand behind the attackers in the list of accounts."""


def name_places(size: Size) -> Iterator[str]:
    """Return the lines of an edition with so many TPS."""
    yield "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir"
    yield "31,provinsi,WILAYAH 31,,,"
    yield "3171,kabupaten_kota,WILAYAH 3171,,,"
    yield "317101,kecamatan,WILAYAH 317101,,,"
    for place, first in enumerate(range(0, size.stations, TPS_EACH)):
        kode = f"317101{1001 + place}"
        yield f"{kode},kelurahan,WILAYAH {kode},{min(TPS_EACH, size.stations - first)},,"


def code_of(station: int) -> str:
    """Return the code of a TPS by its place."""
    return f"317101{1001 + station // TPS_EACH}{station % TPS_EACH + 1:03d}"
