"""What page 1 of the demonstration's papers says: voters on the list, voters who came, ballot papers, all closing."""

from typing import NamedTuple

import numpy as np

PAGE = 1
FIELDS = (
    *(f"{kind}_{sex}" for kind in ("pemilih_dpt", "pengguna_dpt", "pengguna_dptb", "pengguna_dpk") for sex in "lpj"),
    *(f"pengguna_total_{sex}" for sex in "lpj"),
    "surat_suara_diterima",
    "surat_suara_digunakan",
    "surat_suara_dikembalikan",
    "surat_suara_tidak_digunakan",
    *(f"disabilitas_{sex}" for sex in "lpj"),
)
"""In the form's order."""

_MEN = 0.49
_RESERVE = 0.02
_SIREKAP_NAMES = {"dpk": "non_dpt"}
_UNPUBLISHED = ("surat_suara", "disabilitas")


class _Count(NamedTuple):
    """People of one row: men, women."""

    men: int
    women: int


def write_administration(used: int, rng: np.random.Generator) -> dict[str, int]:
    """Return page 1 of a polling station where ``used`` ballot papers were used: field to number, every sum kept."""
    added, special = (min(int(rng.poisson(mean)), used // 4) for mean in (1.5, 3.0))
    came = _split(used - added - special, rng)
    absent = _split(int(rng.integers(10, 60)), rng)
    rows = {
        "pemilih_dpt": _Count(came.men + absent.men, came.women + absent.women),
        "pengguna_dpt": came,
        "pengguna_dptb": _split(added, rng),
        "pengguna_dpk": _split(special, rng),
        "disabilitas": _split(int(rng.poisson(1.2)), rng),
    }
    users = [rows[name] for name in ("pengguna_dpt", "pengguna_dptb", "pengguna_dpk")]
    rows["pengguna_total"] = _Count(sum(one.men for one in users), sum(one.women for one in users))
    listed = sum(rows["pemilih_dpt"])
    returned = int(rng.integers(0, 3))
    delivered = max(listed + round(listed * _RESERVE), used + returned)
    numbers = {
        "surat_suara_diterima": delivered,
        "surat_suara_digunakan": used,
        "surat_suara_dikembalikan": returned,
        "surat_suara_tidak_digunakan": delivered - used - returned,
    }
    for name, row in rows.items():
        numbers |= {f"{name}_l": row.men, f"{name}_p": row.women, f"{name}_j": sum(row)}
    return {field: numbers[field] for field in FIELDS}


def _split(people: int, rng: np.random.Generator) -> _Count:
    men = int(rng.binomial(people, _MEN))
    return _Count(men, people - men)


def name_in_sirekap(field: str) -> str | None:
    """Return what Sirekap calls a field of page 1; None for one that it never published."""
    if field.startswith(_UNPUBLISHED):
        return None
    for ours, theirs in _SIREKAP_NAMES.items():
        field = field.replace(f"_{ours}_", f"_{theirs}_")
    return field
