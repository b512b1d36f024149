"""What the rule is given: readings, the form's sums, skips and the policy. Frozen; no database, no clock, no names."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["machine", "blind", "confirm", "review"]
Asked = Literal["blind", "confirm", "review"]
Source = Literal["volunteer", "official"]
SourceClass = Literal["one_uploader", "two_uploaders", "official_photo"]

READERS_NEEDED = 2
"""So many readers must agree, one of them human at least. Not a policy's number: no election may lower it."""

MACHINE_ERROR_FLOOR = 1e-4
"""No machine is believed to err less often than this a field, whatever its own calibration says."""

_MACHINE_ERROR_CEILING = 0.95
"""A machine that names a number says a little at least: at 1 the number it names could never be accepted."""


def machine_error_rate(confidence: float) -> float:
    """Return the error rate that the rule uses for a machine's confidence (0..1), between floor and ceiling."""
    return min(_MACHINE_ERROR_CEILING, max(MACHINE_ERROR_FLOOR, 1.0 - confidence))


@dataclass(frozen=True)
class ReadingInput:
    """One reader's claim of what one photo shows of one page.

    A photo of another form may show several pages (parts) of the chief form: then there is one of these for each.
    ``numbers``: field -> number, or None where the reader cannot tell. ``error_rates``: field -> probability that this
    reader's number is wrong (machine: 1 - confidence, at least :data:`MACHINE_ERROR_FLOOR`; human: the policy's).
    ``sure``: fields of which the machine says so. ``shown``: values that were on the screen, in confirm mode only.
    ``reader`` and ``uploader`` are names of one kind (``account/17``), so that they can be compared. ``group`` and
    ``uploader_group``: who they belong together with, where accounts were found to be linked; empty: nobody.
    ``newcomer``: the uploader's account was made by himself a short while before, and nobody vouches for him;
    ``new_reader``: the reader's account was, when he read.
    ``catch_rate``: P(this reader corrects a wrong value on his screen), frozen when he read; None: the policy's.
    """

    id: int
    reader: str
    kind: Literal["machine", "human"]
    mode: Mode
    photo_id: int
    page: int
    uploader: str
    numbers: Mapping[str, int | None]
    error_rates: Mapping[str, float]
    sure: frozenset[str] = frozenset()
    shown: Mapping[str, int] | None = None
    source: Source = "volunteer"
    catch_rate: float | None = None
    group: str = ""
    uploader_group: str = ""
    newcomer: bool = False
    new_reader: bool = False

    @property
    def party(self) -> str:
        """Return who counts as one reader with him: his group, or he alone."""
        return self.group or self.reader

    @property
    def uploader_party(self) -> str:
        """Return who counts as one source with the uploader."""
        return self.uploader_group or self.uploader

    def confirms(self, name: str) -> bool:
        """Tell whether the number of ``name`` was on the screen and was left as it stood."""
        return self.shown is not None and name in self.shown and self.shown[name] == self.numbers.get(name)


@dataclass(frozen=True)
class CheckInput:
    """A sum that the form must obey: ``total`` is the sum of ``terms``."""

    key: str
    total: str
    terms: tuple[str, ...]

    @property
    def fields(self) -> frozenset[str]:
        """All fields that take part."""
        return frozenset((self.total, *self.terms))

    def closes(self, numbers: Mapping[str, int | None]) -> bool | None:
        """Tell whether ``numbers`` obey the sum; None where one of them is not known."""
        total, terms = numbers.get(self.total), [numbers.get(term) for term in self.terms]
        if total is None or any(term is None for term in terms):
            return None
        return total == sum(term for term in terms if term is not None)


@dataclass(frozen=True)
class SkipInput:
    """A person was dealt these photos and said that they cannot be read (unreadable, wrong page, not a form).

    ``group``: who he belongs together with, as in :class:`ReadingInput`.
    """

    reader: str
    mode: Asked
    photo_ids: frozenset[int]
    group: str = ""


@dataclass(frozen=True)
class UnreadPhoto:
    """A photograph that no machine could read and of which a reviewer said which page it shows: people read it.

    ``source``, ``uploader_group`` and ``newcomer`` as in :class:`ReadingInput`.
    """

    photo_id: int
    page: int
    uploader: str
    source: Source = "volunteer"
    uploader_group: str = ""
    newcomer: bool = False

    @property
    def uploader_party(self) -> str:
        """Return who counts as one source with the uploader."""
        return self.uploader_group or self.uploader


@dataclass(frozen=True)
class OverrideInput:
    """A reviewer states that what he read with empty boxes is to stand: his readings, by number. See ``overriding``."""

    reader: str
    reading_ids: frozenset[int]


@dataclass(frozen=True)
class SectionInput:
    """What the section is. ``pages``: page -> its fields; ``dice``: the section's draw, 0..1, fixed for ever.

    ``unread``: its photographs that were placed by hand, whether people have read them since or not.
    """

    pages: Mapping[int, tuple[str, ...]]
    vote_fields: frozenset[str]
    dice: float
    skips: tuple[SkipInput, ...] = ()
    overrides: tuple[OverrideInput, ...] = ()
    unread: tuple[UnreadPhoto, ...] = ()

    def skippers(self, photo_id: int) -> frozenset[str]:
        """Return the people, reviewers apart, who said that the photo cannot be read; linked accounts are one."""
        return frozenset(
            one.group or one.reader for one in self.skips if photo_id in one.photo_ids and one.mode != "review"
        )

    def reviewer_skipped(self, photo_id: int) -> bool:
        """Tell whether a reviewer said that the photo cannot be read."""
        return any(one.mode == "review" and photo_id in one.photo_ids for one in self.skips)

    @property
    def needed_pages(self) -> frozenset[int]:
        """Pages without which there is nothing to accept: those with votes, or all where the section has no votes."""
        voted = frozenset(page for page, fields in self.pages.items() if self.vote_fields.intersection(fields))
        return voted or frozenset(self.pages)


@dataclass(frozen=True)
class RulePolicy:
    """The numbers of the rule. Every one is public; docs/acceptance-rule.md says where each comes from.

    ``wrong_bound``: largest accepted probability that a field is wrong. ``human_error_rate``: of blind entry, a field,
    on average. ``human_error_floor``: no person is believed to err less often. ``confirm_catch_rate``: P(a wrong value
    on the screen is corrected), on average. ``catch_cap``: nobody's confirmation weighs more than with this catch rate:
    whoever knows a planted item when he sees one shall not gain by it. ``false_alarm_rate``: P(a right value on the
    screen is changed). ``collision``: P(a wrong reading shows one given plausible wrong number); larger asks for more
    readings, so it errs on the safe side. ``like_digits``: how much digits that are taken for one another count beside
    it (``confusion.collide``; 0: not at all).
    ``rates_in_steps``: people's rates are believed in coarse steps, on the careful side.
    ``unsure_readers_needed``: readers (the machine may be one) who must agree on a field of which the machine is not
    sure. ``machine_objects``: a machine that holds another number with this probability objects;
    ``people_against_machine``: so many people must then agree. Against a machine that is *sure* only a reviewer
    decides, where ``sure_needs_review``.
    ``stuck_copy_differs``: a copy on which a reviewer agrees with nobody differs, whoever else reads it alike.
    ``unread_copy_asked``: somebody else's photograph is read, in a section with votes, where it has numbers that nobody
    has stated. ``copy_heeds_people``: where a person reads a copy otherwise, another who reads it alike is not enough.
    ``newcomers_vouch``: readers whose accounts are new may alone make one photograph agree with another (``vouching``).
    ``paper_readers_needed``: readers (the machine may be one) who must agree on every number of a paper whose sums do
    not close; ``heed_closing_rivals``: where a number that somebody else read would make them close, a reviewer is
    asked.
    ``blind_share``: part of the sections the machine is sure of that is dealt blind all the same.

    The rest concerns trust in readers, not decisions, and is not stored with them. ``plant_share``: part of the tasks
    that are planted. ``newcomer_*`` and ``*_strength``: what is assumed of a newcomer, worse than the average, and as
    if counted on so many fields or plants. ``suspend_*``: a reader is suspended when it is as good as certain that he
    catches less, errs more or changes more right values than this.
    """

    wrong_bound: float = 1e-4
    blind_share: float = 0.10
    human_error_rate: float = 0.01
    confirm_catch_rate: float = 0.80
    false_alarm_rate: float = 0.02
    collision: float = 0.20
    humans_before_review: int = 3
    skips_before_review: int = 2
    human_error_floor: float = 0.005
    catch_cap: float = 0.90
    like_digits: float = 2.0
    unsure_readers_needed: int = 2
    machine_objects: float = 0.90
    people_against_machine: int = 3
    sure_needs_review: bool = True
    stuck_copy_differs: bool = True
    unread_copy_asked: bool = True
    copy_heeds_people: bool = True
    newcomers_vouch: bool = False
    rates_in_steps: bool = True
    paper_readers_needed: int = 3
    heed_closing_rivals: bool = True
    plant_share: float = 0.05
    newcomer_error_rate: float = 0.02
    newcomer_catch_rate: float = 0.70
    error_strength: float = 50.0
    catch_strength: float = 10.0
    suspend_catch_below: float = 0.50
    suspend_error_above: float = 0.10
    suspend_alarm_above: float = 0.30


@dataclass(frozen=True)
class Accept:
    """The numbers are accepted. ``numbers`` holds the fields of the pages that are there, and no others."""

    numbers: Mapping[str, int]
    posterior_wrong: Mapping[str, float]
    flags: tuple[str, ...]
    source_class: SourceClass
    explanation: tuple[str, ...]
    photos: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class NeedReading:
    """One more person is asked to read ``photos`` (page -> photo); ``fields`` are those that are still open."""

    mode: Asked
    why: str
    fields: tuple[str, ...]
    photos: Mapping[int, int]


@dataclass(frozen=True)
class NeedPhoto:
    """There is nothing that a person could read: ``pages`` are missing, or no photo of them could be read."""

    why: str
    pages: tuple[int, ...]


@dataclass(frozen=True)
class Dispute:
    """People and photos do not agree, and asking one more will not settle it."""

    why: str
    fields: tuple[str, ...]


Outcome = Accept | NeedReading | NeedPhoto | Dispute
