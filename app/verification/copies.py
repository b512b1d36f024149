"""Several photographs of one page: they are read apart, then compared. Two that differ make a dispute, no overwrite."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.verification.evidence import Dispute, NeedReading, RulePolicy, SectionInput, SourceClass
from app.verification.page_verdict import PageVerdict, objects

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
        found.extend(said for one in others if (said := _compare(one, own, policy, section)) is not None)
    for said in found:
        if isinstance(said, Dispute):
            return said
    return found[0] if found else Copies({page: _carriers(pages[page], own, policy) for page, own in chosen.items()})


def _set_aside(copy: PageVerdict, section: SectionInput) -> bool:
    """Tell whether a reviewer could not read the photo: what nobody can read speaks against nothing."""
    return section.reviewer_skipped(copy.photo_id) or copy.reviewer_could_not_tell()


def _compare(
    copy: PageVerdict, chosen: PageVerdict, policy: RulePolicy, section: SectionInput
) -> NeedReading | Dispute | None:
    """Return None where ``copy`` does not speak against ``chosen``."""
    numbers = chosen.numbers()
    settled = {one.field: one.value for one in copy.fields if one.settled}
    otherwise = tuple(name for name, value in settled.items() if value != numbers[name])
    if otherwise:
        return Dispute("photos_differ", otherwise)
    against = tuple(one.field for one in copy.fields if one.values - {numbers[one.field]} and one.field not in settled)
    if not against:
        unread = _find_unread(copy, chosen, policy, section)
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


def _ask(copy: PageVerdict, against: tuple[str, ...], policy: RulePolicy, section: SectionInput) -> NeedReading:
    unreadable = any(one.unreadable for one in copy.fields if one.field in against)
    skipped = len(section.skippers(copy.photo_id)) >= policy.skips_before_review
    reviewer = unreadable or skipped or len(copy.people) >= policy.humans_before_review
    return NeedReading("review" if reviewer else "blind", "copy_differs", against, {copy.page: copy.photo_id})


def _read_alike(copy: PageVerdict, chosen: PageVerdict, policy: RulePolicy) -> bool:
    """Tell whether one person at least read on ``copy``, with empty boxes, exactly the numbers of ``chosen``.

    One person's word does not outweigh a machine that objects: a genuine photo that differs would be talked away.
    """
    numbers = chosen.numbers()
    machine = copy.machine()
    if machine is not None and any(
        machine.numbers.get(name) != value and objects(machine, name, policy) for name, value in numbers.items()
    ):
        return False
    return any(
        one.mode in {"blind", "review"} and all(one.numbers.get(name) == value for name, value in numbers.items())
        for one in copy.readings
    )


def _carriers(verdicts: Sequence[PageVerdict], chosen: PageVerdict, policy: RulePolicy) -> frozenset[tuple[str, bool]]:
    return frozenset(
        (NEWCOMERS if verdict.newcomer else verdict.uploader, verdict.official)
        for verdict in verdicts
        if _carries(verdict, chosen, policy)
    )


def _carries(copy: PageVerdict, chosen: PageVerdict, policy: RulePolicy) -> bool:
    """Tell whether ``copy`` shows the numbers of ``chosen``: settled, read so by a person, or the machine is sure."""
    numbers = chosen.numbers()
    if copy is chosen or _read_alike(copy, chosen, policy):
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
