"""The reviewers' list: cases by state, kind and contest, open ones first come first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.verification.review.models import KINDS

STATES = ("open", "looked_at", "resolved", "rejected")
PAGE = 50

# A proposal waits for its second reviewer: whoever opens the list sees it, and no number of it.
_LIST = """
    SELECT c.id, c.kind, c.subject, c.section_id, c.photo_id, c.state, c.reason, c.assigned_to, c.at, c.closed_at,
           e.kode AS pemilihan, s.section, left(c.tps_kode, 4) AS wilayah,
           CASE WHEN c.section_id IS NULL OR EXISTS (
             SELECT FROM task t WHERE t.section_id = c.section_id AND t.account_id = :account AND t.mode = 'review'
             AND t.state IN ('answered', 'skipped')) THEN c.tps_kode END AS tps_kode,
           EXISTS (SELECT FROM override_statement o WHERE o.section_id = c.section_id
                   AND NOT EXISTS (SELECT FROM override_end ended WHERE ended.statement_id = o.id)) AS proposed
    FROM review_case c LEFT JOIN pemilihan e ON e.id = c.pemilihan_id LEFT JOIN tps_section s ON s.id = c.section_id
    WHERE c.state = ANY(CAST(:states AS text[])) AND c.kind = ANY(CAST(:kinds AS text[]))
      AND (CAST(:pemilihan AS text) IS NULL OR e.kode = CAST(:pemilihan AS text))
      AND (CAST(:mine AS bigint) IS NULL OR c.assigned_to = CAST(:mine AS bigint))
      AND c.id {after} :after
    ORDER BY c.id {order} LIMIT :limit"""
_OLDEST_FIRST = text(_LIST.format(after=">", order="ASC"))
_NEWEST_FIRST = text(_LIST.format(after="<", order="DESC"))
_COUNT = text(
    "SELECT kind, count(*) AS cases FROM review_case WHERE state IN ('open', 'looked_at') GROUP BY kind ORDER BY kind"
)


@dataclass(frozen=True)
class CaseLine:
    """One case in the list; none of its numbers. ``proposed``: a reviewer proposes an override, a second is wanted.

    ``wilayah``: the regency; which TPS it is is told to those who have looked, so that nobody picks one.
    """

    id: int
    kind: str
    subject: str
    section_id: int | None
    photo_id: int | None
    pemilihan: str | None
    section: str | None
    wilayah: str | None
    tps_kode: str | None
    state: str
    reason: str
    assigned_to: int | None
    proposed: bool
    at: datetime
    closed_at: datetime | None


async def list_cases(
    session: AsyncSession,
    *,
    account_id: int,
    closed: bool = False,
    kind: str | None = None,
    pemilihan: str | None = None,
    assigned_to: int | None = None,
    after: int | None = None,
    limit: int = PAGE,
) -> tuple[CaseLine, ...]:
    """Return cases as this reviewer may see them: open ones, oldest first; or, ``closed``, closed ones, newest first.

    ``after`` is the number of the case that the last page ended with.
    """
    values: dict[str, object] = {
        "account": account_id,
        "states": list(STATES[2:] if closed else STATES[:2]),
        "kinds": list(KINDS) if kind is None else [kind],
        "pemilihan": pemilihan,
        "mine": assigned_to,
        "after": after if after is not None else (2**62 if closed else 0),
        "limit": limit,
    }
    rows = await session.execute(_NEWEST_FIRST if closed else _OLDEST_FIRST, values)
    return tuple(make_line(row) for row in rows)


def make_line(row: Row[tuple[object, ...]]) -> CaseLine:
    """Return a row of the list."""
    said = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    return CaseLine(**{name: said[name] for name in CaseLine.__annotations__})


async def count_open(session: AsyncSession) -> Mapping[str, int]:
    """Return how many cases of each kind are open; kinds without any are missing."""
    return {row.kind: row.cases for row in await session.execute(_COUNT)}
