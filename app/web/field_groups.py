"""How a page with many numbers is laid out for whoever reads it: rows as on the form, men, women, together.

Made from the names of the fields, so that no form is known here. A page with a few large boxes needs none of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from app.web.words import spell_field

ENDINGS = {"l": "L", "p": "P", "j": "J"}
"""Laki-laki, perempuan, jumlah: the columns of the form."""

_STEM_WORDS = 2
"""Of names without such an ending, so many words tell the block of the form: ``surat_suara``."""


@dataclass(frozen=True)
class FieldGroup:
    """Fields that stand together on the form. ``names``: what each is called beside the others.

    ``columns``: they are one row of the form, its columns L, P and J.
    """

    title: str
    fields: tuple[str, ...]
    names: tuple[str, ...]
    columns: bool


def group_fields(fields: Sequence[str]) -> tuple[FieldGroup, ...]:
    """Return the groups of a page's fields, in the form's order; none for a page that has no rows of L, P and J."""
    if not any(_has_ending(field) for field in fields):
        return ()
    together = ((stem, tuple(members)) for stem, members in groupby(fields, key=_find_stem))
    return tuple(_make_group(stem, members) for stem, members in together)


def _has_ending(field: str) -> bool:
    return field.rpartition("_")[2] in ENDINGS


def _find_stem(field: str) -> str:
    return field.rpartition("_")[0] if _has_ending(field) else "_".join(field.split("_")[:_STEM_WORDS])


def _make_group(stem: str, fields: tuple[str, ...]) -> FieldGroup:
    names = tuple(field.removeprefix(stem).removeprefix("_") or field for field in fields)
    columns = all(name in ENDINGS for name in names)
    shown = tuple(ENDINGS.get(name, spell_field(name)) for name in names)
    return FieldGroup(spell_field(stem), fields, shown, columns)
