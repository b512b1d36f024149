"""Numbers of a polling station that belong together: all 28 fields of C.HASIL-PPWP 2024, every identity kept."""

from __future__ import annotations

import numpy as np

_LARGEST_DPT = 300
_RESERVE = 0.02


def draw_votes(rng: np.random.Generator) -> dict[str, int]:
    """A polling station of at most 300 voters on the list, as in 2024; shares of the candidates at random."""
    registered = int(np.clip(rng.normal(235, 50), 12, _LARGEST_DPT))
    values = _split("pemilih_dpt", registered, rng)
    came = int(rng.binomial(registered, np.clip(rng.normal(0.81, 0.1), 0.2, 0.99)))
    values |= _split_below("pengguna_dpt", came, values, rng)
    values |= _split("pengguna_dptb", int(rng.geometric(0.3)) - 1, rng)
    values |= _split("pengguna_dpk", int(rng.geometric(0.2)) - 1, rng)
    for sex in "lpj":
        values[f"pengguna_total_{sex}"] = sum(values[f"pengguna_{kind}_{sex}"] for kind in ("dpt", "dptb", "dpk"))
    values |= _disabled(values, rng)
    used = values["pengguna_total_j"]
    return values | _ballots(registered, used, rng) | _results(used, rng)


def _split(name: str, total: int, rng: np.random.Generator) -> dict[str, int]:
    men = int(rng.binomial(total, 0.49))
    return {f"{name}_l": men, f"{name}_p": total - men, f"{name}_j": total}


def _split_below(name: str, total: int, listed: dict[str, int], rng: np.random.Generator) -> dict[str, int]:
    """So many of the listed men and women, never more than there are."""
    men = int(rng.hypergeometric(listed["pemilih_dpt_l"], listed["pemilih_dpt_p"], total))
    return {f"{name}_l": men, f"{name}_p": total - men, f"{name}_j": total}


def _disabled(values: dict[str, int], rng: np.random.Generator) -> dict[str, int]:
    men, women = (min(int(rng.poisson(0.7)), values[f"pengguna_total_{sex}"]) for sex in "lp")
    return {"disabilitas_l": men, "disabilitas_p": women, "disabilitas_j": men + women}


def _ballots(registered: int, used: int, rng: np.random.Generator) -> dict[str, int]:
    """Delivered: the list and 2 % reserve; never fewer than were used and returned."""
    returned = int(rng.random() < 0.15) * int(rng.geometric(0.6))
    delivered = max(registered + int(np.ceil(registered * _RESERVE)), used + returned)
    return {
        "surat_suara_diterima": delivered,
        "surat_suara_digunakan": used,
        "surat_suara_dikembalikan": returned,
        "surat_suara_tidak_digunakan": delivered - used - returned,
    }


def _results(used: int, rng: np.random.Generator) -> dict[str, int]:
    invalid = int(rng.binomial(used, float(rng.beta(1.2, 40))))
    first, second, third = (int(votes) for votes in rng.multinomial(used - invalid, rng.dirichlet((1.4, 2.4, 1.0))))
    return {
        "suara_01": first,
        "suara_02": second,
        "suara_03": third,
        "suara_sah": used - invalid,
        "suara_tidak_sah": invalid,
        "suara_total": used,
    }
