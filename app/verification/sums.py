"""Numbers that people agree on, of a paper whose own sums do not close with them. Pure.

A paper is taken as written; sums overwrite nothing. But they may cast doubt: 3 papers of 100 really do not close, and
ink that misleads two people alike makes a paper look so that does close. Then more readers are asked, and where a
number that somebody read would make the sums close, a reviewer. If he reads it as not closing while a person read it as
closing, it is a dispute: neither outweighs the other; two reviewers with reasons may decide (``overriding``).
"""

from collections.abc import Iterator, Mapping, Sequence

from app.verification.evidence import READERS_NEEDED, Asked, CheckInput, Dispute, NeedReading, ReadingInput, RulePolicy
from app.verification.page_verdict import PageVerdict, ask_for, take_numbers


def look_at_sums(
    pages: Mapping[int, Sequence[PageVerdict]],
    chosen: Mapping[int, PageVerdict],
    checks: Sequence[CheckInput],
    policy: RulePolicy,
) -> NeedReading | Dispute | None:
    """Return what is missing before numbers that do not close are taken as written; None where nothing is."""
    numbers = take_numbers(chosen)
    if _closes(checks, numbers):
        return None
    thin = tuple(name for name, value in numbers.items() if _is_thin(pages, name, value, policy))
    if thin:
        return ask_for(_whom_to_ask(chosen, thin, policy), "paper", chosen, thin)
    if not policy.heed_closing_rivals:
        return None
    rivals = [rival for verdict in chosen.values() for rival in _find_closing_rivals(verdict, numbers, checks)]
    unseen = tuple(dict.fromkeys(name for name, _ in rivals if not _reviewed(chosen, name)))
    if unseen:
        return ask_for(_whom_to_ask(chosen, unseen, policy), "paper_or_misread", chosen, unseen)
    by_people = tuple(dict.fromkeys(name for name, rival in rivals if rival.kind == "human"))
    return Dispute("paper_or_misread", by_people) if by_people else None


def _whom_to_ask(chosen: Mapping[int, PageVerdict], fields: Sequence[str], policy: RulePolicy) -> Asked:
    """Return a reviewer where enough people have read each page with these fields; what few have read, people can read.

    A page that was read and taken before the other one came has fewer readers than that.
    """
    people = [len(one.people) for one in chosen.values() if any(each.field in fields for each in one.fields)]
    return "review" if min(people) >= policy.humans_before_review else "blind"


def _closes(checks: Sequence[CheckInput], numbers: Mapping[str, int]) -> bool:
    return all(check.closes(numbers) is not False for check in checks)


def _is_thin(pages: Mapping[int, Sequence[PageVerdict]], name: str, value: int, policy: RulePolicy) -> bool:
    """Tell whether too few read ``value`` with empty boxes, on any photo of the page, the machine beside them."""
    stating = [one for one in _readings_of(pages) if one.numbers.get(name) == value]
    blind = {one.party for one in stating if one.mode in {"blind", "review"}}
    machine = any(one.kind == "machine" for one in stating)
    needed = max(READERS_NEEDED, policy.unsure_readers_needed)
    return len(blind) < needed or len(blind) + machine < policy.paper_readers_needed


def _readings_of(pages: Mapping[int, Sequence[PageVerdict]]) -> Iterator[ReadingInput]:
    return (one for verdicts in pages.values() for verdict in verdicts for one in verdict.readings)


def _find_closing_rivals(
    verdict: PageVerdict, numbers: Mapping[str, int], checks: Sequence[CheckInput]
) -> Iterator[tuple[str, ReadingInput]]:
    """Yield a field and a reading of it with another number, with which alone every sum would close."""
    for one in verdict.readings:
        for name, value in one.numbers.items():
            if value is not None and value != numbers.get(name) and _closes(checks, {**numbers, name: value}):
                yield name, one


def _reviewed(chosen: Mapping[int, PageVerdict], name: str) -> bool:
    return any(
        one.mode == "review" and one.numbers.get(name) is not None
        for verdict in chosen.values()
        for one in verdict.readings
    )
