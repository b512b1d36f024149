"""Our number against the official one, field by field, and what one side has and the other lacks."""

from collections.abc import Iterator

import numpy as np

from app.discrepancy.rules.figures import UNKNOWN, Figures
from app.discrepancy.rules.finding import Finding, Rule
from app.pemilu.definition import Contest


def find_differing(figures: Figures, contest: Contest) -> list[Finding]:
    """Every field that both sides state, with other numbers."""
    del contest
    differing = (figures.ours != figures.official) & (figures.ours != UNKNOWN) & (figures.official != UNKNOWN)
    return [
        Finding(figures.tps_kodes[tps], NUMBER.code, figures.fields[place], mine, theirs, theirs - mine)
        for tps, place in np.argwhere(differing).tolist()
        for mine, theirs in [(int(figures.ours[tps, place]), int(figures.official[tps, place]))]
    ]


def find_unpublished(figures: Figures, contest: Contest) -> list[Finding]:
    """TPS with accepted votes of which the authority has published none."""
    return list(_find_alone(figures, contest, UNPUBLISHED.code, ours=True))


def find_unphotographed(figures: Figures, contest: Contest) -> list[Finding]:
    """TPS with published votes of which there is no accepted photograph."""
    return list(_find_alone(figures, contest, UNPHOTOGRAPHED.code, ours=False))


def _find_alone(figures: Figures, contest: Contest, code: str, *, ours: bool) -> Iterator[Finding]:
    places = [figures.fields.index(one.field) for one in contest.choices if one.field in figures.fields]
    if not places:
        return
    here, there = (figures.ours, figures.official) if ours else (figures.official, figures.ours)
    votes = here[:, places]
    alone = (votes != UNKNOWN).all(axis=1) & (there[:, places] == UNKNOWN).all(axis=1)
    for tps in np.flatnonzero(alone).tolist():
        total = int(votes[tps].sum())
        stated = (total, None) if ours else (None, total)
        yield Finding(figures.tps_kodes[tps], code, "suara", stated[0], stated[1], -total if ours else total)


NUMBER = Rule(
    "number",
    (
        "Hitungan: keduanya menyalin satu formulir yang sama, C.HASIL (PKPU 25/2023).",
        "Arithmetic: both copy one and the same sheet, C.HASIL (KPU regulation 25/2023).",
    ),
    (
        "Angka resmi berbeda dari angka pada foto yang diterima.",
        "The official number is not the one accepted from the photograph.",
    ),
    find_differing,
)
UNPUBLISHED = Rule(
    "missing_official",
    (
        "Keberadaan: formulirnya sudah difoto, dan suaranya belum diterbitkan lembaga resmi.",
        "Presence: the sheet was photographed, and the authority has published no votes of it.",
    ),
    ("Belum ada suara pada data resmi.", "The official data hold no votes of this TPS yet."),
    find_unpublished,
    kept=False,
)
UNPHOTOGRAPHED = Rule(
    "missing_ours",
    (
        "Keberadaan: suaranya sudah diterbitkan lembaga resmi, dan belum ada foto yang diterima.",
        "Presence: the authority has published votes, and there is no accepted photograph.",
    ),
    ("Belum ada foto yang diterima.", "There is no accepted photograph of this TPS yet."),
    find_unphotographed,
    kept=False,
)
