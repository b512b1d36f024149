"""Which accounts are treated as one person: the rule, pure. docs/trust.md has it in words.

It errs towards leaving apart on addresses, which a telephone company lends to thousands, and towards joining on a
device, which is in one hand. No tie makes a group larger than its limit: an enthusiast who invites a village must not
make one reader of it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal

ADDRESS_MAX = 8
"""An address that more accounts came from is a network's, not a household's: it says nothing."""

DEVICE_MAX = 30
"""A device that more accounts were used on is a public one; an admin sees it in the list."""

NEAR = timedelta(days=1)
"""Two accounts used the same kind of browser from the same address within this time of one another."""

GROUP_MAX: Mapping["TieKind", int] = {"device": 200, "place": 30, "invite": 30}

TieKind = Literal["device", "place", "invite"]
_ORDER: tuple[TieKind, ...] = ("device", "place", "invite")


@dataclass(frozen=True)
class Signal:
    """That an account was used with this device, from this address, or with this browser from this address."""

    account_id: int
    kind: Literal["device", "address", "place"]
    hash: bytes
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Tie:
    """A reason to treat two accounts as one person; ``one`` is the smaller number."""

    one: int
    other: int
    kind: TieKind


@dataclass(frozen=True)
class Group:
    """Accounts treated as one person and the ties that made it."""

    members: tuple[int, ...]
    ties: tuple[Tie, ...]


def find_ties(signals: Sequence[Signal], invited: Sequence[tuple[int, int]]) -> tuple[Tie, ...]:
    """Return the ties, strongest kind first. ``invited``: (inviter, invited), of volunteers who invited only."""
    ties = {*_tie_devices(signals), *_tie_places(signals)}
    ties |= {_tie(one, other, "invite") for one, other in invited if one != other}
    return tuple(sorted(ties, key=lambda tie: (_ORDER.index(tie.kind), tie.one, tie.other)))


def group_accounts(ties: Sequence[Tie]) -> tuple[Group, ...]:
    """Return the groups of two and more that the ties make, in the given order, none beyond its kind's limit."""
    members: dict[int, set[int]] = {}
    used: dict[int, list[Tie]] = defaultdict(list)
    for tie in ties:
        one = members.setdefault(tie.one, {tie.one})
        other = members.setdefault(tie.other, {tie.other})
        if one is not other and len(one) + len(other) > GROUP_MAX[tie.kind]:
            continue
        if one is not other:
            one |= other
            members.update(dict.fromkeys(other, one))
        used[tie.one].append(tie)
    whole = {min(group): group for group in members.values() if len(group) > 1}
    return tuple(
        Group(tuple(sorted(group)), tuple(tie for account in sorted(group) for tie in used[account]))
        for _, group in sorted(whole.items())
    )


def _tie(one: int, other: int, kind: TieKind) -> Tie:
    return Tie(min(one, other), max(one, other), kind)


def _tie_devices(signals: Sequence[Signal]) -> set[Tie]:
    found = set()
    for users in _gather(signals, "device").values():
        accounts = sorted({one.account_id for one in users})
        if len(accounts) <= DEVICE_MAX:
            found |= {_tie(accounts[0], other, "device") for other in accounts[1:]}
    return found


def _tie_places(signals: Sequence[Signal]) -> set[Tie]:
    quiet: dict[int, set[bytes]] = defaultdict(set)
    for address, users in _gather(signals, "address").items():
        if len({one.account_id for one in users}) <= ADDRESS_MAX:
            for one in users:
                quiet[one.account_id].add(address)
    found = set()
    for users in _gather(signals, "place").values():
        near = [one for one in users if quiet[one.account_id]]
        if len(near) <= ADDRESS_MAX:
            found |= {
                _tie(one.account_id, other.account_id, "place")
                for one, other in combinations(near, 2)
                if quiet[one.account_id] & quiet[other.account_id] and _are_near(one, other)
            }
    return found


def _are_near(one: Signal, other: Signal) -> bool:
    """Tell whether the times of use overlap or are less than :data:`NEAR` apart."""
    return max(one.first_at, other.first_at) - min(one.last_at, other.last_at) <= NEAR


def _gather(signals: Sequence[Signal], kind: str) -> Mapping[bytes, list[Signal]]:
    found: dict[bytes, list[Signal]] = defaultdict(list)
    for one in signals:
        if one.kind == kind:
            found[one.hash].append(one)
    return found
