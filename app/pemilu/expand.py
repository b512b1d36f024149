"""From the shape of an election file to contests, with everything that must hold between their parts. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from app.pemilu.definition import Contest, DiscrepancyPolicy, Policy
from app.pemilu.file_shape import (
    DiscrepanciesShape,
    ElectionFileError,
    ElectionShape,
    PemilihanShape,
    PolicyShape,
)
from app.pemilu.form_parts import FormParts, describe_form
from app.pemilu.other_forms import find_crossing_sheets
from app.pemilu.policies import POLICIES
from app.wilayah.codes import KodeError, is_within, parse_kode

_SHOWN = 20
_PEOPLE = {2: "two", 3: "three"}
_T = TypeVar("_T")


def expand_election(shape: ElectionShape, layouts: Mapping[str, Mapping[str, Any]], name: str) -> tuple[Contest, ...]:
    """Return the contests of a file, complete and consistent; their ``id`` is 0 until they are stored.

    ``layouts``: the installed form layouts as plain JSON, by key.

    Raises:
        ElectionFileError: all that is wrong, each with its key path.
    """
    contests: list[Contest] = []
    wrong: list[str] = []
    for place, one in enumerate(shape.pemilihan, start=1):
        parts = describe_form(one, layouts)
        wrong.extend(f"pemilihan[{place}].{words}" for words in (*parts.wrong, *_check_contest(one, parts)))
        contests.append(_make_contest(shape, one, parts))
    wrong.extend(
        f"pemilihan: kode {kode!r} is given {count} times; each contest needs its own."
        for kode, count in _repeated(one.kode for one in shape.pemilihan)
    )
    if wrong:
        shown = "".join(f"\n  {line}" for line in wrong[:_SHOWN])
        more = f"\n  ... and {len(wrong) - _SHOWN} more." if len(wrong) > _SHOWN else ""
        raise ElectionFileError(f"{name}: nothing was imported.{shown}{more}\n", "See docs/election-file.md.")
    return tuple(contests)


def _make_contest(shape: ElectionShape, one: PemilihanShape, parts: FormParts) -> Contest:
    named = {choice.field: choice.kunci_resmi for choice in parts.choices if choice.kunci_resmi}
    return Contest(
        id=0,
        kode=one.kode,
        pemilu=shape.pemilu.kode,
        jenis=one.jenis,
        nama=one.nama,
        wilayah=tuple(one.wilayah),
        form=one.chief_layout or one.form or "",
        form_name=parts.form_name or one.form or "",
        sections=tuple(parts.sections),
        choices=tuple(parts.choices),
        identities=tuple(parts.identities),
        policy=_make_policy(one.policy),
        official_names={**named, **one.official_names},
        publish_not_before=one.publish_not_before,
        other_forms=tuple(parts.other_forms),
        discrepancies=_make_discrepancy_policy(one.discrepancies),
        second_round_of=one.second_round_of,
        poststratified_range=one.poststratified_range,
    )


def _make_discrepancy_policy(shape: DiscrepanciesShape) -> DiscrepancyPolicy:
    return DiscrepancyPolicy(**{**shape.model_dump(), "off": tuple(sorted(set(shape.off)))})


def _make_policy(shape: PolicyShape) -> Policy:
    """Return the named policy with the numbers that the file gives; with other numbers it has another name."""
    base = POLICIES[shape.base]
    own = replace(base, **shape.model_dump(exclude_none=True, exclude={"base"}))
    unnamed = shape.name is None and own != base
    return replace(own, name="own") if unnamed else own


def _check_contest(one: PemilihanShape, parts: FormParts) -> Iterator[str]:
    yield from _check_form(one, parts)
    yield from _check_regions(one.wilayah)
    yield from _check_other_forms(one, parts)
    yield from _check_sections(parts)
    yield from _check_choices(parts)
    yield from _check_identities(parts)
    yield from _check_official_names(one, parts)
    yield from _check_policy(_make_policy(one.policy))
    yield from _check_discrepancies(one.discrepancies)


def _check_form(one: PemilihanShape, parts: FormParts) -> Iterator[str]:
    chief = one.chief_layout
    if one.layout is not None and one.layouts is not None:
        yield "layout: stands beside layouts; keep one of them."
    if chief is None and one.form is None:
        yield "form: is missing; name the form (or a layout)."
    if chief is not None and one.form not in {None, chief}:
        yield f"form: is {one.form!r}, but the layout is {chief!r}; leave form out."
    if chief is not None and (one.section or one.partai or one.suara or one.identity):
        yield "layout: gives sections and identities already; remove section, identity, partai and suara, or layout."
    if chief is None and (one.required_sections is not None or one.section_names):
        yield "required_sections, section_names: are for a layout; write required and nama in each section instead."
    if not parts.sections and not parts.wrong:
        yield "section: the contest has none; name a layout, or write section or partai tables."


def _check_other_forms(one: PemilihanShape, parts: FormParts) -> Iterator[str]:
    for key, count in _repeated(one.layouts or ()):
        yield f"layouts: {key!r} stands {count} times; name each form once."
    # Two sheets that share a part and each show another one too could not be told apart in a person's task.
    names = [parts.form_name, *(form.nama for form in parts.other_forms)]
    for name, count in _repeated(names):
        if len(set(one.layouts or ())) == len(one.layouts or ()):
            yield f"layouts: {count} forms are called {name!r}; the reader tells forms apart by their names."
    yield from find_crossing_sheets(parts.sections, parts.other_forms)


def _check_regions(kodes: list[str]) -> Iterator[str]:
    for place, kode in enumerate(kodes, start=1):
        path = f"wilayah[{place}]"
        try:
            parsed = parse_kode(kode)
        except KodeError as error:
            yield f"{path}: {error.message} {error.remedy}"
            continue
        if parsed.text != kode or parsed.tingkat == "tps":
            yield f"{path}: write {kode!r} as 1 to 10 plain digits, a kelurahan or a region above it."
        # A region inside another would be expected twice in every sum above it.
        outer = [other for number, other in enumerate(kodes, start=1) if number != place and is_within(kode, other)]
        if outer:
            yield f"{path}: {kode} lies in {outer[0]}, which is listed too; remove one of them."


def _check_sections(parts: FormParts) -> Iterator[str]:
    for kode, count in _repeated(section.kode for section in parts.sections):
        yield f"section: {kode!r} stands {count} times (partai make sections too); give each its own kode."
    for name, count in _repeated(name for section in parts.sections for name in section.fields):
        yield f"section: field {name!r} stands {count} times; a field belongs to one page of one section."
    if parts.sections and not any(section.required for section in parts.sections):
        yield "section: none is required; a result would be accepted without any number."


def _check_choices(parts: FormParts) -> Iterator[str]:
    if not parts.choices:
        yield "pilihan: the contest has no choice; write pilihan or partai tables."
    known = _fields(parts)
    for choice in parts.choices:
        if known and choice.field not in known:
            yield f"pilihan: field {choice.field!r} of {choice.nama!r} is on no section; it has {_some(known)}."
    for name, count in _repeated(choice.field for choice in parts.choices):
        yield f"pilihan: field {name!r} is given to {count} choices; each needs its own."
    numbers = ((choice.partai, choice.field.endswith("_suara_partai"), choice.nomor_urut) for choice in parts.choices)
    for (partai, _, nomor), count in _repeated(numbers):
        where = f" in {partai}" if partai else ""
        yield f"pilihan: nomor_urut {nomor} is given {count} times{where}; number each once."


def _check_identities(parts: FormParts) -> Iterator[str]:
    known = _fields(parts)
    for identity in parts.identities:
        path = f"identity {identity.key!r}"
        for name in dict.fromkeys(identity.fields):
            if known and name not in known:
                yield f"{path}: field {name!r} is on no section; mend its name."
        if identity.total in identity.terms:
            yield f"{path}: the total {identity.total!r} stands among its terms; remove it there."
        if len(set(identity.terms)) != len(identity.terms):
            yield f"{path}: a term stands twice; name each once."
    for key, count in _repeated(identity.key for identity in parts.identities):
        yield f"identity: key {key!r} is given {count} times; each needs its own."


def _check_official_names(one: PemilihanShape, parts: FormParts) -> Iterator[str]:
    known = _fields(parts)
    named = {choice.field: choice.kunci_resmi for choice in parts.choices if choice.kunci_resmi}
    for name in one.official_names:
        if known and name not in known:
            yield f"official_names.{name}: no such field; mend its name."
        if name in named:
            yield f"official_names.{name}: the choice has kunci_resmi {named[name]!r} already; give one of them."
    paths = {**named, **one.official_names}
    for path, count in _repeated(paths.values()):
        yield f"official_names: {path!r} is given to {count} fields; each has its own place in the official JSON."
    for name, path in paths.items():
        if not all(path.split(".")):
            yield f"official_names.{name}: {path!r} is no path; write names joined by dots, like chart.100025."


def _check_policy(policy: Policy) -> Iterator[str]:
    people = policy.unsure_readers_needed
    error = max(policy.human_error_rate, policy.human_error_floor)
    reached = error**people * policy.same_error_share ** (people - 1)
    if reached > policy.wrong_bound:
        yield (
            f"policy: {_PEOPLE[people]} people who agree are wrong with probability {reached:.1e}, above wrong_bound "
            f"{policy.wrong_bound:.1e}: nothing could ever be accepted by people alone; raise the bound."
        )
    named = POLICIES.get(policy.name)
    if named is not None and named != policy:
        yield (
            f"policy.name: {policy.name!r} is the name of a policy with other numbers; write base = {policy.name!r}, "
            "or give yours a name of its own."
        )


def _check_discrepancies(shape: DiscrepanciesShape) -> Iterator[str]:
    if shape.large_from <= shape.medium_from:
        yield (
            f"discrepancies.large_from: is {shape.large_from}, not above medium_from ({shape.medium_from}); "
            "a large difference moves more votes than a medium one."
        )


def _fields(parts: FormParts) -> frozenset[str]:
    return frozenset(name for section in parts.sections for name in section.fields)


def _some(names: Iterable[str]) -> str:
    ordered = sorted(names)
    return ", ".join(ordered[:8]) + (" ..." if len(ordered) > 8 else "")  # noqa: PLR2004 - enough to recognise


def _repeated(found: Iterable[_T]) -> list[tuple[_T, int]]:
    return [(one, count) for one, count in Counter(found).items() if count > 1]
