"""Several photographs of one page: they are read apart, then compared. Two that differ make a dispute, no overwrite."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.verification.evidence import Dispute, NeedReading, RulePolicy, SectionInput, SourceClass
from app.verification.page_verdict import PageVerdict, ask_for, objects
from app.verification.vouching import find_unvouched, vouches

NEWCOMERS = "newcomers"
"""The party of every uploader whose account anybody may have made tonight."""


@dataclass(frozen=True)
class Copies:
    """Photos that carry the accepted numbers: page -> (uploading party, official) of each; others are left out."""

    carriers: Mapping[int, frozenset[tuple[str, bool]]]

    @property
    def more_than_one(self) -> bool:
        """Tell whether a page is carried by two uploaders."""
        return any(len({uploader for uploader, _ in carriers}) > 1 for carriers in self.carriers.values())


def compare_copies(
    pages: Mapping[int, Sequence[PageVerdict]],
    chosen: Mapping[int, PageVerdict],
    policy: RulePolicy,
    section: SectionInput,
) -> Copies | NeedReading | Dispute:
    """Compare every photo with the chosen one of its page, whose fields are all settled.

    A dispute goes before a question: one pair that differs for certain is enough.
    """
    found: list[NeedReading | Dispute] = []
    for page, own in chosen.items():
        others = (one for one in pages[page] if one is not own and not _set_aside(one, section))
        found.extend(said for one in others if (said := _compare(one, pages[page], own, policy, section)) is not None)
    found.extend(_look_at_vouchers(pages, chosen, policy, section))
    for said in found:
        if isinstance(said, Dispute):
            return said
    if found:
        return found[0]
    return Copies({page: _carriers(pages[page], own, policy, section) for page, own in chosen.items()})


def _set_aside(copy: PageVerdict, section: SectionInput) -> bool:
    """Tell whether a reviewer could not read the photo: what nobody can read speaks against nothing."""
    return section.reviewer_skipped(copy.photo_id) or copy.reviewer_could_not_tell()


def _look_at_vouchers(
    pages: Mapping[int, Sequence[PageVerdict]],
    chosen: Mapping[int, PageVerdict],
    policy: RulePolicy,
    section: SectionInput,
) -> Iterator[NeedReading | Dispute]:
    """Yield what is missing where new readers alone say what a chosen photo shows, and somebody else sent one, too.

    Without this, forgers who are dealt the genuine photograph first would have theirs agree with it.
    """
    bare = {page: _find_bare(pages[page], own, own, policy, section) for page, own in chosen.items()}
    asked = {
        page: own
        for page, own in chosen.items()
        if bare[page] and any(one.uploader != own.uploader and not _set_aside(one, section) for one in pages[page])
    }
    fields = tuple(name for page in asked for name in bare[page])
    if any(section.reviewer_skipped(own.photo_id) for own in asked.values()):
        yield Dispute("reviewer_cannot_read", fields)
    elif asked:
        review = any(_wants_reviewer(own, fields, policy, section) for own in asked.values())
        yield ask_for("review" if review else "blind", "newcomers_alone", asked, fields)


def _compare(
    copy: PageVerdict,
    verdicts: Sequence[PageVerdict],
    chosen: PageVerdict,
    policy: RulePolicy,
    section: SectionInput,
) -> NeedReading | Dispute | None:
    """Return None where ``copy`` does not speak against ``chosen``. ``verdicts``: of all photos of the page."""
    numbers = chosen.numbers()
    settled = {one.field: one.value for one in copy.fields if one.settled}
    otherwise = tuple(name for name, value in settled.items() if value != numbers[name])
    if otherwise:
        return Dispute("photos_differ", otherwise)
    against = tuple(one.field for one in copy.fields if one.values - {numbers[one.field]} and one.field not in settled)
    if not against:
        unread = _find_unread(copy, chosen, policy, section)
        if copy.uploader != chosen.uploader:
            unread += _find_bare(verdicts, copy, chosen, policy, section)
        return _ask(copy, unread, policy, section) if unread else None
    # Before anybody's agreement: one reviewer who reads a genuine copy otherwise must not talk it away.
    stuck = copy.stuck_fields()
    if stuck and policy.stuck_copy_differs:
        return Dispute("photos_differ", stuck)
    if _read_alike(copy, chosen, policy):
        return None
    return Dispute("photos_differ", stuck) if stuck else _ask(copy, against, policy, section)


def _find_unread(copy: PageVerdict, chosen: PageVerdict, policy: RulePolicy, section: SectionInput) -> tuple[str, ...]:
    """Return the fields of somebody else's photograph, in a section with votes, that nobody has stated a number of.

    A forged sheet that differs from the genuine one in just what the machine left open there would stand unopposed.
    """
    if not policy.unread_copy_asked or not section.vote_fields or copy.uploader == chosen.uploader:
        return ()
    return tuple(one.field for one in copy.fields if not one.values)


def _find_bare(
    verdicts: Sequence[PageVerdict],
    photo: PageVerdict,
    chosen: PageVerdict,
    policy: RulePolicy,
    section: SectionInput,
) -> tuple[str, ...]:
    """Return the fields of which new readers alone say that the sender of ``photo`` shows the chosen photo's number."""
    if policy.newcomers_vouch or not section.vote_fields:
        return ()
    return find_unvouched([one for one in verdicts if one.uploader == photo.uploader], chosen.numbers())


def _ask(copy: PageVerdict, against: tuple[str, ...], policy: RulePolicy, section: SectionInput) -> NeedReading:
    reviewer = _wants_reviewer(copy, against, policy, section)
    return NeedReading("review" if reviewer else "blind", "copy_differs", against, {copy.page: copy.photo_id})


def _wants_reviewer(photo: PageVerdict, fields: Sequence[str], policy: RulePolicy, section: SectionInput) -> bool:
    """Tell whether one more person would not do to read these fields of a photo."""
    unreadable = any(one.unreadable for one in photo.fields if one.field in fields)
    skipped = len(section.skippers(photo.photo_id)) >= policy.skips_before_review
    return unreadable or skipped or len(photo.people) >= policy.humans_before_review


def _read_alike(copy: PageVerdict, chosen: PageVerdict, policy: RulePolicy) -> bool:
    """Tell whether one person at least read on ``copy``, with empty boxes, exactly the numbers of ``chosen``.

    One person's word outweighs neither a machine that objects nor another person, and a new reader's outweighs nothing:
    a genuine photo that differs would be talked away.
    """
    numbers = chosen.numbers()
    machine = copy.machine()
    if machine is not None and any(
        machine.numbers.get(name) != value and objects(machine, name, policy) for name, value in numbers.items()
    ):
        return False
    if policy.copy_heeds_people and _read_otherwise(copy, numbers):
        return False
    return any(
        one.mode in {"blind", "review"}
        and all(one.numbers.get(name) == value for name, value in numbers.items())
        and (policy.newcomers_vouch or vouches(one))
        for one in copy.readings
    )


def _read_otherwise(copy: PageVerdict, numbers: Mapping[str, int | None]) -> bool:
    """Tell whether a person states another number of a field that is not settled since."""
    still_open = set(copy.open_fields())
    return any(
        one.kind == "human" and name in still_open and value not in {None, numbers.get(name)}
        for one in copy.readings
        for name, value in one.numbers.items()
    )


def _carriers(
    verdicts: Sequence[PageVerdict], chosen: PageVerdict, policy: RulePolicy, section: SectionInput
) -> frozenset[tuple[str, bool]]:
    return frozenset(
        (name_carrier(verdict, verdicts, policy), verdict.official)
        for verdict in verdicts
        if (verdict is chosen or _carries(verdict, chosen, policy)) and not _is_bare(verdict, verdicts, policy, section)
    )


def name_carrier(verdict: PageVerdict, verdicts: Sequence[PageVerdict], policy: RulePolicy) -> str:
    """Return whose source a photo is: its sender's, and of all newcomers together.

    But for a newcomer who is linked to somebody known who sent one of ``verdicts``, or is he himself some days later:
    else one person would be two sources, as the newcomer that he was and as the acquaintance that he is.
    """
    known = not policy.newcomers_vouch and any(
        one.uploader == verdict.uploader and not one.newcomer for one in verdicts
    )
    return NEWCOMERS if verdict.newcomer and not known else verdict.uploader


def _is_bare(verdict: PageVerdict, verdicts: Sequence[PageVerdict], policy: RulePolicy, section: SectionInput) -> bool:
    """Tell whether the photo carries nothing by itself: a reviewer could not read it, or new readers alone did."""
    if policy.newcomers_vouch:
        return False
    own = [one for one in verdicts if one.uploader == verdict.uploader]
    return _set_aside(verdict, section) or bool(find_unvouched(own, verdict.numbers()))


def _carries(copy: PageVerdict, chosen: PageVerdict, policy: RulePolicy) -> bool:
    """Tell whether ``copy`` shows the numbers of ``chosen``: settled, read so by a person, or the machine is sure."""
    numbers = chosen.numbers()
    if _read_alike(copy, chosen, policy):
        return True
    if copy.numbers() == numbers and not copy.open_fields():
        return True
    machine = copy.machine()
    return machine is not None and all(
        name in machine.sure and machine.numbers.get(name) == value for name, value in numbers.items()
    )


def name_source(copies: Copies) -> SourceClass:
    """Return who carries the numbers. A page carried by one uploader only makes the whole section one-source.

    Linked uploaders are one, and so are all newcomers: two hundred accounts made tonight do not confirm one another.
    ``official_photo`` needs a volunteer's photo beside the official one: the authority does not confirm itself.
    """
    pages = list(copies.carriers.values())
    if all({official for _, official in carriers} == {True, False} for carriers in pages):
        return "official_photo"
    if all(len({uploader for uploader, _ in carriers}) > 1 for carriers in pages):
        return "two_uploaders"
    return "one_uploader"
