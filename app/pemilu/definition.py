"""What a contest is, once its election file has been checked: fields, sections, choices, identities, policy. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from app.core.errors import NotFoundError


@dataclass(frozen=True)
class Policy:
    """The bounds of the acceptance rule and what the rule assumes of readers. Probabilities, 0..1.

    Every default errs towards asking one more person. ``policies.py`` has those with names.
    """

    name: str = "default"
    wrong_bound: float = 1e-4
    """A number is accepted when it is wrong with at most this probability (DESIGN §4, a vote field)."""
    blind_share: float = 0.10
    """Share of the sections the machine is sure of that are dealt blind all the same, to measure the machine."""
    human_error_rate: float = 0.01
    """Assumed rate at which a person errs on one field in blind entry, until his own is known."""
    confirm_catch_rate: float = 0.80
    """Assumed rate at which a person who is shown a wrong value corrects it."""
    paper_close_rate: float = 0.97
    """Share of papers whose vote sums close; Sirekap 2024: about 3 % do not."""
    same_error_share: float = 0.20
    """Assumed probability that two readers who both err on a field err to the same number (3 read as 8)."""
    human_error_floor: float = 0.005
    """Nobody is believed to err less often than this on one field, however well he reads."""
    catch_cap: float = 0.90
    """Nobody's confirmation weighs more than with this catch rate, however many planted errors he caught."""
    unsure_readers_needed: int = 2
    """So many readers must agree where the machine is not sure; the machine counts if it says the same."""
    machine_objects: float = 0.90
    """A machine that holds another number with this probability objects ..."""
    people_against_machine: int = 3
    """... and so many people must then agree."""
    plant_share: float = 0.05
    """Share of tasks that are planted, to measure how well people read."""
    suspend_catch_below: float = 0.50
    """A reader who certainly lets more wrong values stand is dealt no more tasks."""
    suspend_error_above: float = 0.10
    """Likewise one who certainly errs in more fields."""


@dataclass(frozen=True)
class DiscrepancyPolicy:
    """Which differences are looked for, and from where on they are large; the rules stand in docs/discrepancies.md."""

    off: tuple[str, ...] = ()
    """Codes of rules that are not run; what they had found is closed."""
    station_votes_max: int = 500
    """Votes above it are told. Law 7/2017, article 350 (1)."""
    identical_votes_min: int = 60
    """Equal votes of neighbouring TPS are told from so many votes on."""
    medium_from: int = 10
    """A difference that moves so many votes is of medium size ..."""
    large_from: int = 50
    """... and so many, large."""


@dataclass(frozen=True)
class Choice:
    """What votes are cast for: a paslon, a partai or a caleg. Its votes stand in ``field``.

    ``partai``: name of the party of a caleg, or of the party itself. ``kunci_resmi``: path of its votes in the official
    system's JSON.
    """

    field: str
    nomor_urut: int
    nama: str
    partai: str | None = None
    kunci_resmi: str | None = None


@dataclass(frozen=True)
class Identity:
    """``total`` is printed as the sum of ``terms``. ``section``: the one that holds all of them, or ``None``."""

    key: str
    total: str
    terms: tuple[str, ...]
    section: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field it speaks of, the total first."""
        return (self.total, *self.terms)


@dataclass(frozen=True)
class Section:
    """The unit of work: fields that are read and decided together.

    ``pages``: page number of the chief form to the fields on it, a *part* of the section; ``fields`` are those of all
    parts in that order. A result waits for ``required`` sections only.
    """

    kode: str
    nama: str
    pages: Mapping[int, tuple[str, ...]]
    required: bool = True

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The section's fields, page by page."""
        return tuple(field for number in sorted(self.pages) for field in self.pages[number])


@dataclass(frozen=True)
class OtherForm:
    """A paper beside the chief form that shows the same fields, e.g. the A4 copy. ``pages``: page to its fields.

    Each part of a section stands on one of its pages, whole; the import sees to it.
    """

    kode: str
    """Key of its layout."""
    nama: str
    """As printed, and as the reader calls it."""
    pages: Mapping[int, tuple[str, ...]]


@dataclass(frozen=True)
class Contest:
    """One contest. The order of ``fields`` is the order of every array of its numbers and never changes."""

    id: int
    kode: str
    pemilu: str
    jenis: str
    nama: str
    wilayah: tuple[str, ...]
    """Regions whose TPS vote in it; ``("0",)`` is the nation."""
    form: str
    """Key of the form's layout, e.g. ``c_hasil_ppwp_2024``."""
    form_name: str
    """As printed, e.g. ``C.HASIL-PPWP 2024``."""
    sections: tuple[Section, ...]
    choices: tuple[Choice, ...]
    identities: tuple[Identity, ...]
    policy: Policy
    official_names: Mapping[str, str]
    """Field to its path in the official system's JSON, e.g. ``administrasi.suara_sah``; a field it lacks is absent."""
    publish_not_before: datetime | None = None
    """Numbers are not published before this moment (voting has to end everywhere first)."""
    other_forms: tuple[OtherForm, ...] = ()
    """Accepted beside the chief form; see docs/adr/0019."""
    discrepancies: DiscrepancyPolicy = DiscrepancyPolicy()
    second_round_of: str | None = None
    """Code of the contest whose second round this is."""
    poststratified_range: bool = False
    """Whether a range around each choice's share is computed from what is covered; see ``tally.poststratify``."""

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """All fields, section by section."""
        return tuple(field for section in self.sections for field in section.fields)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Field to its place (from 0) in the arrays of numbers."""
        return {field: place for place, field in enumerate(self.fields)}

    @cached_property
    def form_names(self) -> tuple[str, ...]:
        """Names of all forms that are accepted, the chief first."""
        return (self.form_name, *(form.nama for form in self.other_forms))

    @cached_property
    def required_fields(self) -> tuple[str, ...]:
        """Fields of the sections that a result waits for."""
        return tuple(field for section in self.sections if section.required for field in section.fields)

    def section(self, kode: str) -> Section:
        """Return the section ``kode``.

        Raises:
            NotFoundError: the contest has no such section.
        """
        for section in self.sections:
            if section.kode == kode:
                return section
        known = ", ".join(section.kode for section in self.sections)
        raise NotFoundError(f"Contest {self.kode} has no section {kode!r}.", f"It has: {known}.")

    def parts_on(self, section: Section, *, form: str | None, page: int) -> tuple[int, ...]:
        """Return the parts of ``section`` that page ``page`` of the form of this name shows, in order.

        A part is named by its page of the chief form. A photograph without a form is one of the chief form.
        """
        other = next((one for one in self.other_forms if one.nama == form), None)
        if other is None:
            return (page,) if page in section.pages else ()
        there = frozenset(other.pages.get(page, ()))
        return tuple(part for part, fields in sorted(section.pages.items()) if there.issuperset(fields))

    def fields_on(self, section: Section, *, form: str | None, page: int) -> tuple[str, ...]:
        """Return the fields of ``section`` on this page of this form."""
        return tuple(name for part in self.parts_on(section, form=form, page=page) for name in section.pages[part])

    def sections_of_page(self, page: int, *, form: str | None) -> tuple[Section, ...]:
        """Return the sections that have fields on this page of this form; none for a page without numbers."""
        return tuple(section for section in self.sections if self.parts_on(section, form=form, page=page))

    def pages_of(self, form: str, *, required: bool) -> tuple[int, ...]:
        """Return the pages of a form that hold numbers; ``required``: only of sections that a result waits for."""
        other = next((one for one in self.other_forms if one.nama == form), None)
        pages = other.pages if other is not None else {page for one in self.sections for page in one.pages}
        found = ((page, self.sections_of_page(page, form=form)) for page in sorted(pages))
        return tuple(page for page, sections in found if any(one.required or not required for one in sections))
