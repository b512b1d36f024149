"""Sections, choices and identities of a contest's form, from each of the three notations of an election file. Pure.

A form is described by a layout (``layout = "..."``), in longhand (``section`` and ``identity``), or, for forms with a
list of candidates a party, in compact notation (``partai`` and ``suara``); the last two may be mixed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.pemilu.definition import Choice, Identity, OtherForm, Section
from app.pemilu.file_shape import CalegShape, PartaiShape, PemilihanShape, SuaraShape
from app.pemilu.other_forms import take_other_form

SUARA_FIELDS = ("suara_sah", "suara_tidak_sah", "suara_total")


@dataclass
class FormParts:
    """What a form is made of, and what is wrong with it (``path: words`` lines)."""

    form_name: str = ""
    sections: list[Section] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    identities: list[Identity] = field(default_factory=list)
    other_forms: list[OtherForm] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def describe_form(shape: PemilihanShape, layouts: Mapping[str, Mapping[str, Any]]) -> FormParts:
    """Return the form of a contest; ``layouts`` are the installed layout files as plain JSON, by key."""
    parts = FormParts(form_name=shape.form_name or "")
    if shape.chief_layout is not None:
        _take_layout(shape, layouts, parts)
    _take_partai(shape.partai, parts)
    if shape.suara is not None:
        _take_suara(shape.suara, shape.partai, parts)
    _take_longhand(shape, parts)
    return parts


def _take_layout(shape: PemilihanShape, layouts: Mapping[str, Mapping[str, Any]], parts: FormParts) -> None:
    key = shape.chief_layout or ""
    layout = layouts.get(key)
    if layout is None:
        known = ", ".join(sorted(layouts)) or "none"
        path = "layouts[1]" if shape.layouts else "layout"
        parts.wrong.append(f"{path}: {key!r} is not installed; installed are: {known}.")
        return
    parts.form_name = parts.form_name or str(layout["form"])
    for kode in layout["sections"]:
        parts.sections.append(_layout_section(shape, layout, kode))
    for one in layout["identities"]:
        parts.identities.append(Identity(one["key"], one["total"], tuple(one["terms"]), one["section"]))
    unknown = {*(shape.required_sections or ()), *shape.section_names} - {one.kode for one in parts.sections}
    parts.wrong.extend(f"required_sections, section_names: layout {key} has no {one!r}." for one in unknown)
    _take_other_forms(shape, layouts, parts)


def _take_other_forms(shape: PemilihanShape, layouts: Mapping[str, Mapping[str, Any]], parts: FormParts) -> None:
    for place, key in enumerate((shape.layouts or ())[1:], start=2):
        form, wrong = take_other_form(key, layouts, parts.sections, parts.identities)
        parts.wrong.extend(f"layouts[{place}]: {words}" for words in wrong)
        if form is not None:
            parts.other_forms.append(form)


def _layout_section(shape: PemilihanShape, layout: Mapping[str, Any], kode: str) -> Section:
    pages = {
        int(number): tuple(name for name, one in page["fields"].items() if one["section"] == kode)
        for number, page in layout["pages"].items()
    }
    required = shape.required_sections is None or kode in shape.required_sections
    nama = shape.section_names.get(kode, kode.replace("_", " "))
    return Section(kode, nama, {number: fields for number, fields in sorted(pages.items()) if fields}, required)


def _take_partai(lists: list[PartaiShape], parts: FormParts) -> None:
    for party in lists:
        kode = f"partai_{party.nomor_urut:02d}"
        own = Choice(f"{kode}_suara_partai", party.nomor_urut, party.nama, party.nama, party.kunci_resmi)
        caleg = [_caleg_choice(kode, number, one, party) for number, one in enumerate(party.caleg, start=1)]
        votes = (own.field, *(one.field for one in caleg))
        total = f"{kode}_jumlah"
        parts.choices.extend([own, *caleg])
        parts.sections.append(Section(kode, party.nama, {party.page: (*votes, total)}))
        parts.identities.append(Identity(total, total, votes, kode))


def _caleg_choice(kode: str, number: int, one: str | CalegShape, party: PartaiShape) -> Choice:
    written = CalegShape(nama=one) if isinstance(one, str) else one
    return Choice(f"{kode}_caleg_{number:02d}", number, written.nama, party.nama, written.kunci_resmi)


def _take_suara(suara: SuaraShape, lists: list[PartaiShape], parts: FormParts) -> None:
    sah, tidak_sah, total = SUARA_FIELDS
    parts.sections.append(Section("suara", "Suara sah dan tidak sah", {suara.page: SUARA_FIELDS}))
    if lists:
        sums = tuple(f"partai_{party.nomor_urut:02d}_jumlah" for party in lists)
        parts.identities.append(Identity(sah, sah, sums))
    parts.identities.append(Identity(total, total, (sah, tidak_sah), "suara"))


def _take_longhand(shape: PemilihanShape, parts: FormParts) -> None:
    for place, one in enumerate(shape.section, start=1):
        pages = {}
        for number, fields in one.pages.items():
            if not (number.isascii() and number.isdigit() and int(number) > 0 and fields):
                parts.wrong.append(
                    f"section[{place}].pages: {number!r} is no page number with fields; write 2 = [...]."
                )
                continue
            pages[int(number)] = tuple(fields)
        parts.sections.append(Section(one.kode, one.nama, dict(sorted(pages.items())), one.required))
    homes = {name: section.kode for section in parts.sections for name in section.fields}
    for identity in shape.identity:
        within = {homes.get(name) for name in (identity.total, *identity.terms)}
        home = within.pop() if len(within) == 1 else None
        parts.identities.append(Identity(identity.key, identity.total, tuple(identity.terms), home))
    parts.choices.extend(
        Choice(one.field, one.nomor_urut, one.nama, one.partai, one.kunci_resmi) for one in shape.pilihan
    )
