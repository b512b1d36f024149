"""Forms beside the chief one: what they must have in common with it, and what is said when they have not. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from app.pemilu.definition import Identity, OtherForm, Section

_SHOWN = 6


def take_other_form(
    key: str, layouts: Mapping[str, Mapping[str, Any]], sections: Sequence[Section], identities: Sequence[Identity]
) -> tuple[OtherForm | None, tuple[str, ...]]:
    """Return the form of the layout ``key`` and what is wrong with it; ``sections`` are those of the chief form.

    ``layouts``: the installed layout files as plain JSON, by key. No form where the layout is not installed.
    """
    layout = layouts.get(key)
    if layout is None:
        return None, (f"{key!r} is not installed; installed are: {', '.join(sorted(layouts)) or 'none'}.",)
    pages = {int(number): tuple(page["fields"]) for number, page in sorted(layout["pages"].items())}
    form = OtherForm(key, str(layout["form"]), {number: fields for number, fields in pages.items() if fields})
    wrong = (*_check_fields(form, sections), *_check_identities(form, layout, identities))
    return form, wrong


def _check_fields(form: OtherForm, sections: Sequence[Section]) -> Iterator[str]:
    own = {name for fields in form.pages.values() for name in fields}
    chief = {name for section in sections for name in section.fields}
    if missing := chief - own:
        yield f"{form.kode} lacks {_some(missing)}; every form of a contest holds all its fields: leave it out."
        return
    if more := own - chief:
        yield f"{form.kode} has {_some(more)}, which the first layout lacks; leave it out, or give it a contest."
    for section in sections:
        for page, fields in section.pages.items():
            if not any(set(there).issuperset(fields) for there in form.pages.values()):
                yield (
                    f"{form.kode} spreads page {page} of the first layout ({section.kode}) over several pages; "
                    "name the form with the finer pages first."
                )


def _check_identities(form: OtherForm, layout: Mapping[str, Any], identities: Sequence[Identity]) -> Iterator[str]:
    own = {_spell(one["total"], one["terms"]) for one in layout["identities"]}
    chief = {_spell(one.total, one.terms) for one in identities}
    for words in sorted(own ^ chief):
        where = f"{form.kode} has" if words in own else f"{form.kode} lacks"
        yield f"{where} the identity {words}, unlike the first layout; mend the layout's identities."


def _spell(total: str, terms: Sequence[str]) -> str:
    return f"{total} = {' + '.join(sorted(terms))}"


def find_crossing_sheets(sections: Sequence[Section], forms: Sequence[OtherForm]) -> Iterator[str]:
    """Say which pages of two forms share a part of a section although neither holds all parts of the other.

    A person who is shown two such pages could not be told on which of them to read the shared part.
    """
    for section in sections:
        sheets = [
            (form.kode, page, frozenset(part for part, own in section.pages.items() if {*fields}.issuperset(own)))
            for form in forms
            for page, fields in form.pages.items()
        ]
        for (one, page, parts), (other, page_2, parts_2) in combinations(sheets, 2):
            if parts & parts_2 and not (parts <= parts_2 or parts_2 <= parts):
                yield (
                    f"layouts: page {page} of {one} and page {page_2} of {other} share some of {section.kode}, and "
                    "each holds more; leave one of these forms out."
                )


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:_SHOWN]) + (" ..." if len(names) > _SHOWN else "")
