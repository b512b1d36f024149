"""When do reviewers override the rule? Pure; docs/review.md has it in words.

Two reviewers who are not linked, who each saw the picture before any number and wrote the same number into every box,
and who each state with a reason that this is to stand. What they state is what they read then: a statement names its
readings and cannot add a number to them. A reading that no longer counts (its reader or its photograph was taken out)
takes the statement with it. An override says what photographs show and who says so; it makes no number more certain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.verification.copies import Copies, name_carrier, name_source
from app.verification.evidence import READERS_NEEDED, Accept, CheckInput, ReadingInput, RulePolicy, SectionInput
from app.verification.page_verdict import PageVerdict
from app.verification.vouching import vouches


@dataclass(frozen=True)
class Stated:
    """What one reviewer states: his number of every field, and the photograph of each page that he read.

    ``party``: linked accounts are one, also those that were found to be linked later.
    """

    party: str
    numbers: Mapping[str, int]
    photos: Mapping[int, int]


def find_override(readings: Sequence[ReadingInput], section: SectionInput) -> Stated | None:
    """Return what two unlinked reviewers state alike, in the words of the first of them; None where they do not.

    ``readings`` are those that count. Should two such pairs differ, nothing stands: errs on the safe side.
    """
    stated = [one for one in (_state(each.reading_ids, readings, section) for each in section.overrides) if one]
    alike: dict[tuple[tuple[str, int], ...], list[Stated]] = {}
    for one in stated:
        alike.setdefault(tuple(sorted(one.numbers.items())), []).append(one)
    standing = [said for said in alike.values() if len({one.party for one in said}) >= READERS_NEEDED]
    return min(standing[0], key=lambda one: sorted(one.photos.items())) if len(standing) == 1 else None


def _state(ids: frozenset[int], readings: Sequence[ReadingInput], section: SectionInput) -> Stated | None:
    """Return what these readings state; None where one is missing, or they leave a needed page or a number open."""
    own = [one for one in readings if one.id in ids and one.mode == "review"]
    numbers = {name: value for one in own for name, value in one.numbers.items()}
    photos = {one.page: one.photo_id for one in own}
    if {one.id for one in own} != ids or None in numbers.values() or not section.needed_pages.issubset(photos):
        return None
    known = {name: value for name, value in numbers.items() if value is not None}
    return Stated(own[0].party, known, photos)


def accept_override(
    stated: Stated,
    pages: Mapping[int, Sequence[PageVerdict]],
    checks: Sequence[CheckInput],
    policy: RulePolicy,
    section: SectionInput,
) -> Accept:
    """Return the acceptance that an override is. ``posterior_wrong`` is told as the readings of the photos have it."""
    read = {page: _find_verdict(pages[page], photo) for page, photo in stated.photos.items()}
    wrong = {
        one.field: one.wrong if one.value == stated.numbers[one.field] else 1.0
        for verdict in read.values()
        for one in verdict.fields
        if one.field in stated.numbers
    }
    flags = {
        "incomplete": stated.photos.keys() != section.pages.keys(),
        "override": True,
        "paper": any(check.closes(stated.numbers) is False for check in checks),
        "reviewed": True,
    }
    return Accept(
        numbers=dict(stated.numbers),
        posterior_wrong=wrong,
        flags=tuple(sorted(name for name, holds in flags.items() if holds)),
        source_class=name_source(Copies({page: _list_carriers(pages[page], stated, policy) for page in stated.photos})),
        explanation=("by_override", *(name for name in ("paper", "incomplete") if flags[name])),
        photos=dict(stated.photos),
    )


def _find_verdict(verdicts: Sequence[PageVerdict], photo: int) -> PageVerdict:
    return next(one for one in verdicts if one.photo_id == photo)


def _list_carriers(verdicts: Sequence[PageVerdict], stated: Stated, policy: RulePolicy) -> frozenset[tuple[str, bool]]:
    """Return who sent photographs of a page on which somebody read, with empty boxes, exactly these numbers.

    Somebody who is known, or a reviewer: readers whose accounts are new make no photograph carry a number. All
    newcomers who sent one are one, as everywhere.
    """
    return frozenset(
        (verdict.uploader if policy.newcomers_vouch else name_carrier(verdict, verdicts, policy), verdict.official)
        for verdict in verdicts
        for one in verdict.readings
        if one.mode in {"blind", "review"}
        and all(stated.numbers.get(name) == n for name, n in one.numbers.items())
        and (policy.newcomers_vouch or vouches(one))
    )
