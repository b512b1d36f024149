"""How often somebody may do something: counted in PostgreSQL, so that all processes of an installation count together.

Windows are fixed: an hour begins at the full hour of the database's clock. Somebody who comes at its end may do twice
as much within minutes, which is the price of counting with one row and one statement. The rows are unlogged: they cost
no wait for the disk, a crash forgets them, and nothing else depends on them. Who is counted is kept as a hash only.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Index, LargeBinary, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Sessions
from app.core.errors import TooManyRequestsError
from app.core.statements import look


class RateLimit(Base):
    """How often something was done in the window that ends at ``ends_at``. Written by :func:`count_use` alone."""

    __tablename__ = "rate_limit"
    __table_args__ = (Index("ix_rate_limit_ends_at", "ends_at"), {"prefixes": ["UNLOGGED"]})

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    ends_at: Mapped[datetime]
    count: Mapped[int]


@dataclass(frozen=True)
class Limit:
    """At most ``most`` times in a window of ``seconds`` may ``who`` do what ``name`` says; 0 means no limit.

    ``who``: an account's number as text, or the keyed hash of an address. Only a hash of both is kept.
    """

    name: str
    who: str | bytes
    most: int
    seconds: int

    @property
    def key(self) -> bytes:
        """Return what the count is kept under."""
        who = self.who.encode() if isinstance(self.who, str) else self.who
        return sha256(self.name.encode() + b"\0" + str(self.seconds).encode() + b"\0" + who).digest()


@dataclass(frozen=True)
class Use:
    """So often this was done in its window, this time included, and so many seconds the window still lasts."""

    count: int
    seconds: int


# Sorted by key: two requests that share two rows must not wait for one another in a circle.
_COUNT = """
WITH said AS (
    SELECT key, to_timestamp((floor(extract(epoch FROM now()) / seconds) + 1) * seconds) AS ends_at
    FROM unnest($1::bytea[], $2::bigint[]) AS one (key, seconds) ORDER BY key
), counted AS (
    INSERT INTO rate_limit AS known (key, ends_at, count) SELECT key, ends_at, 1 FROM said
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN known.ends_at = excluded.ends_at THEN known.count + 1 ELSE 1 END, ends_at = excluded.ends_at
    RETURNING key, count, extract(epoch FROM ends_at - now()) AS seconds
)
SELECT array_agg(key) AS keys, array_agg(count) AS counts, array_agg(seconds::float8) AS seconds FROM counted"""
_PRUNE = text("DELETE FROM rate_limit WHERE ends_at < now()")


async def count_use(sessions: Sessions, limits: Sequence[Limit]) -> tuple[Use, ...]:
    """Count one more use under each of the limits, committed at once, and return how often each was used.

    In no transaction of the caller's: a refusal must not undo the counting, and nobody is to wait for its row.
    """
    keys = [limit.key for limit in limits]
    if not keys:
        return ()
    async with look(sessions) as statements:
        row = await statements.row(_COUNT, keys, [limit.seconds for limit in limits])
    assert row is not None, "an aggregate is a row"
    found = zip(row["keys"], row["counts"], row["seconds"], strict=True)
    uses = {bytes(key): Use(count, max(1, math.ceil(seconds))) for key, count, seconds in found}
    return tuple(uses[key] for key in keys)


async def require_seldom(sessions: Sessions, limits: Sequence[Limit]) -> tuple[int, int, int] | None:
    """Count one more use under each of the limits that are one.

    Returns:
        Of the tightest: at most, left, seconds until the count begins anew. Null where nothing is limited.

    Raises:
        TooManyRequestsError: one is exceeded; it says after how many seconds to come again.
    """
    own = [limit for limit in limits if limit.most > 0]
    counted = list(zip(own, await count_use(sessions, own), strict=True))
    for limit, use in counted:
        if use.count > limit.most:
            raise too_often(limit.most, limit.seconds, use.seconds)
    return min(
        ((limit.most, limit.most - use.count, use.seconds) for limit, use in counted),
        key=lambda rate: rate[1],
        default=None,
    )


def too_often(most: int, seconds: int, wait: int) -> TooManyRequestsError:
    """Return the error of whoever did something more than ``most`` times in ``seconds``; ``wait``: how long yet."""
    span, english = ("sehari", "a day") if seconds >= 86_400 else ("sejam", "an hour")  # noqa: PLR2004 - a day
    if seconds < 3600:  # noqa: PLR2004 - an hour
        span, english = f"{seconds // 60} menit", f"{seconds // 60} minutes"
    minutes = math.ceil(wait / 60)
    return TooManyRequestsError(
        f"Paling banyak {most} kali dalam {span}. (At most {most} times in {english}.)",
        f"Coba lagi {minutes} menit lagi. (Try again in {minutes} minutes.)",
        retry_after=wait,
    )


async def prune_limits(session: AsyncSession) -> None:
    """Forget windows that are over."""
    await session.execute(_PRUNE)
