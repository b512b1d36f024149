"""Is what we cover like what we do not cover? Official votes of both kinds of TPS beside one another. Descriptive only.

TPS are not covered by chance: people photograph where people live who photograph. Where the authority has published
figures of both, the shares of each choice in covered and in uncovered TPS can simply be put side by side. A difference
says how far our sums would lean if the official figures were right; it says nothing about who counted rightly.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.tally.models import TallyBias

_WRITE = text(
    """WITH said AS (
         SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
           kode text, covered_tps int, uncovered_tps int, covered bigint[], uncovered bigint[])),
       dropped AS (
         DELETE FROM tally_bias b WHERE b.pemilihan_id = CAST(:pemilihan AS bigint)
           AND NOT EXISTS (SELECT FROM said WHERE said.kode = b.kode))
       INSERT INTO tally_bias (pemilihan_id, kode, covered_tps, uncovered_tps, covered, uncovered, version, computed_at)
       SELECT CAST(:pemilihan AS bigint), said.*, :version, now() FROM said ORDER BY kode
       ON CONFLICT (pemilihan_id, kode) DO UPDATE SET covered_tps = excluded.covered_tps,
         uncovered_tps = excluded.uncovered_tps, covered = excluded.covered, uncovered = excluded.uncovered,
         version = excluded.version, computed_at = excluded.computed_at"""
)


@dataclass(frozen=True)
class OfficialVotes:
    """Official votes of a group of TPS: how many TPS, and the votes of each choice in the contest's order."""

    tps: int
    votes: tuple[int, ...]

    def share(self, place: int) -> float | None:
        """Return the share of one choice in the votes of all, 0..1; none without votes."""
        total = sum(self.votes)
        return self.votes[place] / total if total else None


@dataclass(frozen=True)
class BiasView:
    """Official votes of the TPS that we have accepted results of, and of the others."""

    covered: OfficialVotes
    uncovered: OfficialVotes
    computed_at: datetime

    @property
    def is_telling(self) -> bool:
        """Tell whether both groups have votes."""
        return any(self.covered.votes) and any(self.uncovered.votes)

    def difference(self, place: int) -> float | None:
        """Return a choice's share in covered TPS minus that in uncovered ones, -1..1; none unless both have votes."""
        ours, others = self.covered.share(place), self.uncovered.share(place)
        return None if ours is None or others is None else ours - others


async def get_bias(session: AsyncSession, *, contest: Contest, kode: str) -> BiasView | None:
    """Return what was last computed of a region from kecamatan to nation; null while nothing was."""
    row = await session.get(TallyBias, (contest.id, kode), populate_existing=True)
    if row is None:
        return None
    covered = OfficialVotes(row.covered_tps, tuple(row.covered))
    return BiasView(covered, OfficialVotes(row.uncovered_tps, tuple(row.uncovered)), row.computed_at)


async def write_bias(
    session: AsyncSession,
    *,
    contest: Contest,
    regions: Mapping[str, tuple[OfficialVotes, OfficialVotes]],
    version: int,
) -> None:
    """Keep (covered, uncovered) of these regions in place of all that was kept of the contest.

    ``version``: of the newest tally row that was seen, so that nothing is computed again for nothing.
    """
    rows = [_make_row(kode, *both) for kode, both in sorted(regions.items())]
    values = {"pemilihan": contest.id, "version": version, "rows": orjson.dumps(rows).decode()}
    await session.execute(_WRITE, values)


def _make_row(kode: str, covered: OfficialVotes, uncovered: OfficialVotes) -> dict[str, str | int | Sequence[int]]:
    return {
        "kode": kode,
        "covered_tps": covered.tps,
        "uncovered_tps": uncovered.tps,
        "covered": covered.votes,
        "uncovered": uncovered.votes,
    }
