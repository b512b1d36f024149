"""What counts as a difference. Pure: the same figures always give the same differences.

Two kinds, both plain arithmetic over published figures:

``number``
    The official figure of a field is not the accepted number of the same field. Source: arithmetic; both are meant to
    copy one and the same sheet, C.HASIL (Peraturan KPU 25/2023 on voting and counting). A difference says that the two
    copies are to be checked, not which one is right.
``official_sum``
    The official figures contradict an identity that the form itself prints (such as: valid votes = the sum of the
    candidates' votes). Source: the form C.HASIL of the contest, whose identities stand in its layout file. The sheet
    itself may be wrong in the same way: 3 % to 15 % of real sheets do not add up.

A missing figure is no difference: whoever has not published yet has not contradicted anybody. So the list errs towards
too few differences, never towards one that is not there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.pemilu.definition import Contest, Identity


class Kind(StrEnum):
    """The kinds of difference. Each is defined in this module's own text."""

    NUMBER = "number"
    OFFICIAL_SUM = "official_sum"


@dataclass(frozen=True)
class Difference:
    """One difference of one TPS.

    ``field`` is a field of the contest, or the key of an identity for ``official_sum``. ``difference`` = ``official`` -
    ``ours``; for ``official_sum`` there is no ``ours`` and it is the written total minus the sum of its terms.
    """

    kind: Kind
    field: str
    ours: int | None
    official: int
    difference: int


def diff(
    ours: Sequence[int | None] | None, official: Sequence[int | None] | None, contest: Contest
) -> tuple[Difference, ...]:
    """Return the differences of one TPS, in the order of the contest's fields, then of its identities.

    ``ours`` are accepted numbers, ``official`` the authority's, both in the order of ``contest.fields``; None (whole or
    in a place) means unknown.
    """
    if official is None:
        return ()
    numbers = _diff_numbers(ours, official, contest.fields) if ours is not None else ()
    return (*numbers, *_diff_sums(official, contest))


def _diff_numbers(
    ours: Sequence[int | None], official: Sequence[int | None], fields: Sequence[str]
) -> Iterator[Difference]:
    for field, mine, theirs in zip(fields, ours, official, strict=True):
        if mine is not None and theirs is not None and mine != theirs:
            yield Difference(Kind.NUMBER, field, mine, theirs, theirs - mine)


def _diff_sums(official: Sequence[int | None], contest: Contest) -> Iterator[Difference]:
    known = {field: number for field, number in zip(contest.fields, official, strict=True) if number is not None}
    for identity in contest.identities:
        gap = _measure_gap(identity, known)
        if gap:
            yield Difference(Kind.OFFICIAL_SUM, identity.key, None, known[identity.total], gap)


def _measure_gap(identity: Identity, known: Mapping[str, int]) -> int:
    """Return the written total minus the sum of its terms; 0 also when any of them is unknown."""
    if identity.total not in known or any(term not in known for term in identity.terms):
        return 0
    return known[identity.total] - sum(known[term] for term in identity.terms)
