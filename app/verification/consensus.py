"""When is a number accepted? The rule, as one pure function a citizen may contest; docs/acceptance-rule.md explains it.

Same evidence, same answer: the order of the readings does not matter, the past does not matter, and a withdrawn reading
is as if it had never been. Errors of the assumptions are meant to fall on the side of asking one more person.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from app.verification.copies import Copies, compare_copies, name_source
from app.verification.evidence import (
    Accept,
    Asked,
    CheckInput,
    Dispute,
    NeedPhoto,
    NeedReading,
    Outcome,
    ReadingInput,
    RulePolicy,
    SectionInput,
)
from app.verification.overriding import accept_override, find_override
from app.verification.page_verdict import (
    PageVerdict,
    ask_for,
    judge_page,
    judge_unread,
    keep_countable,
    take_numbers,
)
from app.verification.posterior import Claim, believe_catch, weigh
from app.verification.sums import look_at_sums

RULE_VERSION = "3"
"""Versions 1 and 2 are this rule with the numbers of ``policies.EARLIER`` where theirs had none of that name: their
decisions are computed again by them."""


def decide(
    readings: Sequence[ReadingInput], checks: Sequence[CheckInput], policy: RulePolicy, section: SectionInput
) -> Outcome:
    """Return what the rule says of one section of one TPS. ``readings`` are those not withdrawn, of all its photos."""
    pages = _judge(readings, policy, section)
    if section.overrides and (stated := find_override(keep_countable(readings), section)) is not None:
        return accept_override(stated, pages, checks, policy, section)
    missing = tuple(sorted(section.needed_pages - pages.keys()))
    if missing:
        return NeedPhoto("page_missing", missing)
    chosen = _choose(pages, policy, section)
    return (
        _look_at_skips(chosen, policy, section)
        or _look_at_readings(pages, chosen, checks, policy, section)
        or look_at_sums(pages, chosen, checks, policy)
        or _accept(compare_copies(pages, chosen, policy, section), chosen, checks, section)
    )


def _judge(
    readings: Sequence[ReadingInput], policy: RulePolicy, section: SectionInput
) -> dict[int, tuple[PageVerdict, ...]]:
    """Return page -> verdicts on its photos, by photo id. Pages that are no part of the section are left out."""
    by_photo: dict[tuple[int, int], list[ReadingInput]] = defaultdict(list)
    for reading in keep_countable(readings):
        if reading.page in section.pages:
            by_photo[reading.page, reading.photo_id].append(reading)
    unread = {(one.page, one.photo_id): one for one in section.unread if one.page in section.pages}
    pages: dict[int, tuple[PageVerdict, ...]] = {}
    for place in sorted(by_photo.keys() | unread.keys()):
        fields = section.pages[place[0]]
        read = by_photo.get(place)
        verdict = judge_page(read, fields, policy) if read else judge_unread(unread[place], fields, policy)
        pages[place[0]] = (*pages.get(place[0], ()), verdict)
    return pages


def _choose(
    pages: Mapping[int, Sequence[PageVerdict]], policy: RulePolicy, section: SectionInput
) -> dict[int, PageVerdict]:
    """Return the photo of each page that is read first.

    In this order: settled; not in trouble (a reviewer is at his wits' end, or people skip it); read by most people;
    clearest to the machine; oldest. A photo that shows several pages has one rank for all of them, so that of two such
    photos one is chosen, not a page of each.
    """
    sheets: dict[int, list[PageVerdict]] = defaultdict(list)
    for verdicts in pages.values():
        for verdict in verdicts:
            sheets[verdict.photo_id].append(verdict)
    ranks = {photo: _rank(sheet, policy, section) for photo, sheet in sheets.items()}
    return {page: min(verdicts, key=lambda one: ranks[one.photo_id]) for page, verdicts in pages.items()}


def _rank(sheet: Sequence[PageVerdict], policy: RulePolicy, section: SectionInput) -> tuple[bool, bool, int, int, int]:
    photo = sheet[0].photo_id
    skipped = section.reviewer_skipped(photo) or len(section.skippers(photo)) >= policy.skips_before_review
    trouble = skipped or any(verdict.stuck_fields() for verdict in sheet)
    still_open = any(verdict.open_fields() for verdict in sheet)
    sure = sum(len(machine.sure) for verdict in sheet if (machine := verdict.machine()) is not None)
    people = frozenset[str]().union(*(verdict.people for verdict in sheet))
    return still_open, trouble, -len(people), -sure, photo


def _look_at_skips(
    chosen: Mapping[int, PageVerdict], policy: RulePolicy, section: SectionInput
) -> NeedReading | Dispute | None:
    """Photos that people cannot read go to a reviewer; when he cannot either, the section is disputed."""
    waiting = [verdict for verdict in chosen.values() if verdict.open_fields()]
    for verdict in waiting:
        if section.reviewer_skipped(verdict.photo_id):
            return Dispute("reviewer_cannot_read", verdict.open_fields())
    if _reviewed(chosen):
        return None
    if any(len(section.skippers(verdict.photo_id)) >= policy.skips_before_review for verdict in waiting):
        return ask_for("review", "skipped", chosen)
    return None


def _reviewed(chosen: Mapping[int, PageVerdict]) -> bool:
    return any(one.mode == "review" for verdict in chosen.values() for one in verdict.readings)


def _look_at_readings(
    pages: Mapping[int, Sequence[PageVerdict]],
    chosen: Mapping[int, PageVerdict],
    checks: Sequence[CheckInput],
    policy: RulePolicy,
    section: SectionInput,
) -> NeedReading | Dispute | None:
    """Return what is missing until every field of the chosen photos is settled; None when all are."""
    stuck = tuple(name for verdict in chosen.values() for name in verdict.stuck_fields())
    if stuck:
        return Dispute("reviewer_disagrees", stuck)
    if not any(verdict.people for verdict in chosen.values()) and not _reviewed(chosen):
        mixed = "mixed_forms" if _overlap(pages, chosen) else None
        why = mixed or _why_blind(chosen, checks, policy, section)
        return ask_for("confirm", "sure", chosen) if why is None else ask_for("blind", why, chosen)
    still_open = [verdict for verdict in chosen.values() if verdict.open_fields()]
    if not still_open:
        return None
    fields = tuple(name for verdict in still_open for name in verdict.open_fields())
    # A reviewer has read it, and the people who were to agree with him skip it one after another: it would never end.
    given_up = 2 * policy.skips_before_review
    if _reviewed(chosen) and any(len(section.skippers(one.photo_id)) >= given_up for one in still_open):
        return Dispute("others_cannot_read", fields)
    return ask_for(*ask_next(still_open, policy), chosen, fields)


def ask_next(verdicts: Sequence[PageVerdict], policy: RulePolicy) -> tuple[Asked, str]:
    """Return whom to ask about photos with open fields that somebody has read: a new person, or a reviewer."""
    fields = [one for verdict in verdicts for one in verdict.fields if not one.settled]
    if any(one.unreadable for one in fields):
        return "review", "unreadable"
    differing = any(len(one.values) > 1 for one in fields)
    if max(len(verdict.people) for verdict in verdicts) >= policy.humans_before_review:
        return "review", "still_differing"
    return "blind", "differing" if differing else "too_few"


def _overlap(pages: Mapping[int, Sequence[PageVerdict]], chosen: Mapping[int, PageVerdict]) -> bool:
    """Tell whether a chosen photo shows a page for which another was chosen: whose value would be on the screen?"""
    photos = {verdict.photo_id for verdict in chosen.values()}
    return any(
        verdict.photo_id in photos and verdict.photo_id != chosen[page].photo_id
        for page, verdicts in pages.items()
        for verdict in verdicts
    )


def _why_blind(
    chosen: Mapping[int, PageVerdict], checks: Sequence[CheckInput], policy: RulePolicy, section: SectionInput
) -> str | None:
    """Return why a confirmation of the first person will not do; None when the machine is sure and the sums close."""
    if chosen.keys() != section.pages.keys():
        return "page_without_sum"
    machines = [verdict.machine() for verdict in chosen.values()]
    numbers: dict[str, int | None] = {}
    for verdict, machine in zip(chosen.values(), machines, strict=True):
        if machine is None or any(not _one_confirmation_does(machine, one.field, policy) for one in verdict.fields):
            return "not_sure"
        numbers |= machine.numbers
    if any(check.closes(numbers) is False for check in checks):
        return "sums_open"
    summed = {name for check in checks if check.closes(numbers) for name in check.fields}
    if not summed.issuperset(numbers):
        return "page_without_sum"
    return "drawn_blind" if section.dice < policy.blind_share else None


def _one_confirmation_does(machine: ReadingInput, name: str, policy: RulePolicy) -> bool:
    """Tell whether the machine is sure of the field, and so sure that one confirmation reaches the bound."""
    value = machine.numbers.get(name)
    if value is None or name not in machine.sure:
        return False
    catch = believe_catch(None, policy)
    claims = [Claim(value, machine.error_rates[name]), Claim(value, policy.human_error_rate, True, catch)]
    weighed = weigh(claims, policy)
    return weighed is not None and weighed.wrong <= policy.wrong_bound


def _accept(
    copies: Copies | NeedReading | Dispute,
    chosen: Mapping[int, PageVerdict],
    checks: Sequence[CheckInput],
    section: SectionInput,
) -> Accept | NeedReading | Dispute:
    """Every field is settled: the copies have the last word."""
    if not isinstance(copies, Copies):
        return copies
    numbers = take_numbers(chosen)
    verdicts = [one for verdict in chosen.values() for one in verdict.fields]
    flags = {
        "incomplete": chosen.keys() != section.pages.keys(),
        "paper": any(check.closes(numbers) is False for check in checks),
        "reviewed": any(one.ruled for one in verdicts),
    }
    return Accept(
        numbers=numbers,
        posterior_wrong={one.field: one.wrong for one in verdicts},
        flags=tuple(sorted(name for name, holds in flags.items() if holds)),
        source_class=name_source(copies),
        explanation=_explain(chosen, flags, copies),
        photos={page: verdict.photo_id for page, verdict in chosen.items()},
    )


def _explain(chosen: Mapping[int, PageVerdict], flags: Mapping[str, bool], copies: Copies) -> tuple[str, ...]:
    """Return the sentences of this acceptance, as codes; ``sentences.py`` has them in words."""
    readings = [one for verdict in chosen.values() for one in verdict.readings]
    confirmed = any(one.mode == "confirm" for one in readings)
    blind = {one.party for one in readings if one.mode in {"blind", "review"}}
    way = "by_confirmation" if confirmed and not blind else "by_blind_people" if len(blind) > 1 else "by_blind_person"
    said = [way, *(name for name in ("paper", "incomplete", "reviewed") if flags[name])]
    return (*said, "copies_agree") if copies.more_than_one else tuple(said)
