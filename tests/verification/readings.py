"""Readings for the tests of the rule: a PPWP vote section, one line a reading."""

import itertools
from collections.abc import Mapping
from typing import Any

from app.verification.evidence import CheckInput, Mode, ReadingInput, SectionInput

PAGE2 = ("suara_01", "suara_02", "suara_03")
PAGE3 = ("suara_sah", "suara_tidak_sah", "suara_total")
PAGES = {2: PAGE2, 3: PAGE3}
CHECKS = (CheckInput("suara_sah", "suara_sah", PAGE2), CheckInput("suara_total", "suara_total", PAGE3[:2]))
TRUTH = {"suara_01": 123, "suara_02": 274, "suara_03": 32, "suara_sah": 429, "suara_tidak_sah": 8, "suara_total": 437}
PAGE1_TRUTH = {
    "pemilih_dpt_l": 247, "pemilih_dpt_p": 251, "pemilih_dpt_j": 498,
    "pengguna_dpt_l": 214, "pengguna_dpt_p": 217, "pengguna_dpt_j": 431,
    "pengguna_dptb_l": 1, "pengguna_dptb_p": 2, "pengguna_dptb_j": 3,
    "pengguna_dpk_l": 3, "pengguna_dpk_p": 0, "pengguna_dpk_j": 3,
    "pengguna_total_l": 218, "pengguna_total_p": 219, "pengguna_total_j": 437,
    "surat_suara_diterima": 508, "surat_suara_digunakan": 437, "surat_suara_dikembalikan": 1,
    "surat_suara_tidak_digunakan": 70,
    "disabilitas_l": 0, "disabilitas_p": 1, "disabilitas_j": 1,
}  # fmt: skip
"""Page 1, in the form's order; it belongs to the votes of :data:`TRUTH`."""
_ids = itertools.count(1)


def section(dice: float = 0.5, **rest: Any) -> SectionInput:
    return SectionInput(PAGES, frozenset(PAGE2), dice, **rest)


def machine(
    page: int,
    numbers: Mapping[str, int | None] = TRUTH,
    *,
    error: float = 1e-4,
    uploader: str = "account/1",
    **rest: Any,
) -> ReadingInput:
    own = {name: numbers[name] for name in PAGES[page]}
    sure = frozenset(name for name, value in own.items() if value is not None) if error <= 1e-3 else frozenset[str]()
    return ReadingInput(
        id=next(_ids), reader="machine", kind="machine", mode="machine", photo_id=rest.pop("photo", page), page=page,
        uploader=uploader, numbers=own, error_rates=dict.fromkeys(own, error), sure=rest.pop("sure", sure), **rest,
    )  # fmt: skip


def human(
    who: int,
    page: int,
    numbers: Mapping[str, int | None] = TRUTH,
    *,
    mode: Mode = "blind",
    uploader: str = "account/1",
    **rest: Any,
) -> ReadingInput:
    own = {name: numbers[name] for name in PAGES[page]}
    if mode == "confirm":
        rest.setdefault("shown", {name: TRUTH[name] for name in own})
    return ReadingInput(
        id=next(_ids), reader=f"account/{who}", kind="human", mode=mode, photo_id=rest.pop("photo", page), page=page,
        uploader=uploader, numbers=own, error_rates=dict.fromkeys(own, 0.01), **rest,
    )  # fmt: skip


def machines(**rest: Any) -> list[ReadingInput]:
    return [machine(2, **rest), machine(3, **rest)]


def humans(who: int, numbers: Mapping[str, int | None] = TRUTH, **rest: Any) -> list[ReadingInput]:
    return [human(who, 2, numbers, **rest), human(who, 3, numbers, **rest)]


def changed(**numbers: int | None) -> dict[str, int | None]:
    return {**TRUTH, **numbers}
