"""Note which accounts are treated as one person, and forget signals whose time is over. Computed anew each time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.grouping import Group, Signal, Tie, find_ties, group_accounts
from app.accounts.signals import KEPT

_FORGET = text("DELETE FROM account_signal WHERE last_at < now() - CAST(:kept AS interval)")
_SIGNALS = text("SELECT account_id, kind, hash, first_at, last_at FROM account_signal")
# Staff invite whole regions: that ties nobody to anybody.
_INVITED = text(
    """SELECT a.invited_by, a.id FROM account a JOIN account by ON by.id = a.invited_by
       WHERE by.role = 'volunteer' ORDER BY a.id"""
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('accounts/links', 0))")
_WRITE = text(
    """WITH said AS (
         SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (account_id bigint, group_id bigint, why jsonb)),
       gone AS (DELETE FROM linked_account l WHERE NOT EXISTS (SELECT FROM said WHERE said.account_id = l.account_id)
                RETURNING l.account_id)
       INSERT INTO linked_account (account_id, group_id, why) SELECT * FROM said
       ON CONFLICT (account_id) DO UPDATE SET group_id = excluded.group_id, why = excluded.why, at = now()
       WHERE (linked_account.group_id, linked_account.why) IS DISTINCT FROM (excluded.group_id, excluded.why)"""
)
_LIST = text(
    """SELECT l.group_id, l.account_id, a.name, a.state, l.why, l.at
       FROM linked_account l JOIN account a ON a.id = l.account_id ORDER BY l.group_id, l.account_id"""
)


@dataclass(frozen=True)
class LinkedView:
    """An account in its group. ``why``: the ties it has, each ``{"kind", "with"}``."""

    group_id: int
    account_id: int
    name: str
    state: str
    why: tuple[Mapping[str, Any], ...]
    at: datetime


async def link_accounts(session: AsyncSession) -> tuple[tuple[int, ...], ...]:
    """Bring the groups up to date and return those that came to be or grew, as account numbers.

    Readings of two accounts that are now one count once: the caller lets the rule look at what both have read.
    """
    await session.execute(_ONE_AT_A_TIME)
    before = {row.account_id: row.group_id for row in await session.execute(_LIST)}
    await session.execute(_FORGET, {"kept": KEPT})
    signals = [Signal(*row) for row in await session.execute(_SIGNALS)]
    invited = [(row.invited_by, row.id) for row in await session.execute(_INVITED)]
    groups = group_accounts(find_ties(signals, invited))
    rows = [row for group in groups for row in _make_rows(group)]
    await session.execute(_WRITE, {"rows": orjson.dumps(rows).decode()})
    return tuple(group.members for group in groups if _has_grown(group, before))


async def list_linked(session: AsyncSession) -> tuple[LinkedView, ...]:
    """Return all linked accounts, group by group, with what links them."""
    rows = await session.execute(_LIST)
    return tuple(LinkedView(row.group_id, row.account_id, row.name, row.state, tuple(row.why), row.at) for row in rows)


def _make_rows(group: Group) -> list[dict[str, Any]]:
    return [
        {"account_id": account, "group_id": group.members[0], "why": _say_why(account, group.ties)}
        for account in group.members
    ]


def _say_why(account: int, ties: Sequence[Tie]) -> list[dict[str, Any]]:
    own = [tie for tie in ties if account in {tie.one, tie.other}]
    return [{"kind": tie.kind, "with": tie.other if tie.one == account else tie.one} for tie in own]


def _has_grown(group: Group, before: Mapping[int, int]) -> bool:
    """Tell whether two of its accounts were not in one group before."""
    return len({before.get(account, -account) for account in group.members}) > 1
