"""The register of TPS against the authority's own system and against ours: how many each knows, region by region.

The register is the hierarchy as it was imported (the decree's list of TPS). A TPS that only the authority's system
knows is no error: its figures are kept, counted here and listed, and are in no sum of ours. One of which the authority
never published anything is no error either; it is told so that somebody may ask.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.pemilu.publication import check_public
from app.tally.service import TallyView, get_tally, list_tally
from app.wilayah.codes import NATION, digits_below

_DIGITS = 13

# Which official TPS are in the register now: current, and voting in the contest.
_REGISTERED = """
EXISTS (SELECT FROM tps t WHERE t.kode = c.tps_kode AND t.edisi_akhir IS NULL
          AND ('0' = ANY(CAST(:scope AS text[]))
               OR EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) s WHERE starts_with(t.kode, s))))"""
_OFFICIAL = text(
    f"""SELECT left(c.tps_kode, :width) AS region, count(*) AS official,
               count(*) FILTER (WHERE NOT {_REGISTERED}) AS only_official
        FROM official_current c
        WHERE c.pemilihan_id = :pemilihan AND c.tps_kode BETWEEN :first AND :last GROUP BY 1"""  # noqa: S608 - fixed text
)
_UNPUBLISHED = text(
    """SELECT left(r.tps_kode, :width) AS region, count(*) AS accepted FROM result r
       WHERE r.pemilihan_id = :pemilihan AND r.current AND r.state = 'accepted' AND NOT r.has_official
         AND r.tps_kode BETWEEN :first AND :last GROUP BY 1"""
)


@dataclass(frozen=True)
class RegisterGap:
    """Counts of TPS in one region. ``nama`` is empty where the region itself is not in the hierarchy.

    ``register``: in the hierarchy; ``official``: known to the authority's system; ``with_figures``: of the register's,
    those with published figures; ``only_official``: of ``official``, not in the register; ``never_listed``: in the
    register, unknown to the authority's system; ``without_figures``: in both, and no figure was published;
    ``accepted``: with numbers accepted here; ``accepted_unpublished``: of those, without official figures.
    """

    kode: str
    nama: str
    register: int
    official: int
    with_figures: int
    only_official: int
    accepted: int
    accepted_unpublished: int

    @property
    def never_listed(self) -> int:
        return self.register - (self.official - self.only_official)

    @property
    def without_figures(self) -> int:
        return self.official - self.only_official - self.with_figures


@dataclass(frozen=True)
class RegisterGapPage:
    """A region and the regions in it."""

    own: RegisterGap
    children: tuple[RegisterGap, ...]


async def compare_registers(session: AsyncSession, *, contest: Contest, kode: str) -> RegisterGapPage:
    """Return the counts of a region and of the regions right below it; of a kelurahan its own only.

    Raises:
        NotYetPublicError: the contest's numbers are held back.
        KodeError, NotFoundError, OutsideContestError: no such region, or nobody there votes in the contest.
    """
    check_public(contest)
    own = await get_tally(session, contest=contest, kode=kode)
    width = digits_below(own.kode) or _DIGITS
    children = await list_tally(session, contest=contest, induk=own.kode) if width < _DIGITS else ()
    official, unpublished = await _count(session, contest, own.kode, width if children else len(own.kode))
    known = {one.kode: one for one in children}
    # What only the authority knows may lie in regions of its own.
    kodes = sorted({*known, *official}) if children else []
    rows = tuple(_join(kode, known.get(kode), official.get(kode), unpublished.get(kode, 0)) for kode in kodes)
    total = (sum(one[0] for one in official.values()), sum(one[1] for one in official.values()))
    return RegisterGapPage(_join(own.kode, own, total, sum(unpublished.values())), rows)


async def _count(
    session: AsyncSession, contest: Contest, kode: str, width: int
) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """Return by region: (TPS the authority knows, those of them not in the register); accepted without figures."""
    values = make_bounds(contest, kode) | {"width": width}
    official = {row.region: (row.official, row.only_official) for row in await session.execute(_OFFICIAL, values)}
    del values["scope"]
    unpublished = {row.region: row.accepted for row in await session.execute(_UNPUBLISHED, values)}
    return official, unpublished


def make_bounds(contest: Contest, kode: str) -> dict[str, Any]:
    """Return what a statement about the TPS of a region is asked with."""
    prefix = "" if kode == NATION else kode
    return {
        "pemilihan": contest.id,
        "scope": list(contest.wilayah),
        "first": prefix.ljust(_DIGITS, "0"),
        "last": prefix.ljust(_DIGITS, "9"),
    }


def _join(kode: str, tally: TallyView | None, official: tuple[int, int] | None, unpublished: int) -> RegisterGap:
    known, only = official or (0, 0)
    return RegisterGap(
        kode=kode,
        nama=tally.nama if tally else "",
        register=tally.tps_expected if tally else 0,
        official=known,
        with_figures=tally.tps_official if tally else 0,
        only_official=only,
        accepted=tally.tps_accepted if tally else 0,
        accepted_unpublished=unpublished,
    )
