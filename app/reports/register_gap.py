"""The register of TPS against the authority's own system and against ours: how many each knows, by region, and which.

The register is the hierarchy as it was imported (the decree's list of TPS). A TPS that only the authority's system
knows is no error: its figures are kept, counted here and listed, and are in no sum of ours. One of which the authority
never published anything is no error either; it is told so that somebody may ask.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.reports.missing import count_one_sided
from app.reports.regions import TpsPlace
from app.reports.tps_lists import PIECE, divide_region, page_through, read_list, spell_in_scope, stream_lists
from app.tally.service import TallyView

# A TPS is in the register now when it is current and votes in the contest. Both sides are bounded: joined they are read
# once each, where looking every official TPS up took twice as long for the nation.
_OFFICIAL = text(
    f"""SELECT left(c.tps_kode, :width) AS region, count(*) AS official,
               count(*) FILTER (WHERE t.kode IS NULL) AS only_official
        FROM official_current c
        LEFT JOIN tps t ON t.kode = c.tps_kode AND t.kode BETWEEN :first AND :last AND t.edisi_akhir IS NULL
          AND {spell_in_scope("t.kode")}
        WHERE c.pemilihan_id = :pemilihan AND c.tps_kode BETWEEN :first AND :last GROUP BY 1"""  # noqa: S608 - fixed text
)
_HAS_FIGURES = "cardinality(array_remove(o.numbers, NULL)) > 0"


class GapKind(StrEnum):
    """Which side knows a TPS that the other lacks."""

    ONLY_OFFICIAL = "only_official"
    """The authority's system knows it; the register does not."""
    NEVER_LISTED = "never_listed"
    """The register knows it; the authority's system never said anything of it."""
    WITHOUT_FIGURES = "without_figures"
    """Both know it; the authority has published no figure."""


_LISTED = {
    GapKind.ONLY_OFFICIAL: f"""
        SELECT c.tps_kode, {_HAS_FIGURES} AS figures,
               CASE WHEN t.kode IS NULL AND w.kode IS NULL THEN 'kelurahan' WHEN t.kode IS NULL THEN 'number'
                    WHEN t.edisi_akhir IS NOT NULL THEN 'ended' ELSE 'outside' END AS why
        FROM official_current c JOIN official_row o ON o.id = c.row_id
        LEFT JOIN tps t ON t.kode = c.tps_kode
        LEFT JOIN wilayah w ON w.kode = left(c.tps_kode, 10)
        WHERE c.pemilihan_id = :pemilihan
          AND (t.kode IS NULL OR t.edisi_akhir IS NOT NULL OR NOT {spell_in_scope("c.tps_kode")})""",  # noqa: S608 - fixed text
    GapKind.NEVER_LISTED: f"""
        SELECT t.kode AS tps_kode, false AS figures, '' AS why FROM tps t
        WHERE t.edisi_akhir IS NULL AND {spell_in_scope("t.kode")}
          AND NOT EXISTS (SELECT FROM official_current c WHERE c.pemilihan_id = :pemilihan AND c.tps_kode = t.kode)""",  # noqa: S608 - fixed text
    GapKind.WITHOUT_FIGURES: f"""
        SELECT c.tps_kode, false AS figures, '' AS why
        FROM official_current c JOIN official_row o ON o.id = c.row_id
        JOIN tps t ON t.kode = c.tps_kode AND t.edisi_akhir IS NULL
        WHERE c.pemilihan_id = :pemilihan AND {spell_in_scope("c.tps_kode")} AND NOT {_HAS_FIGURES}""",  # noqa: S608 - fixed text
}
_ACCEPTED = """
    EXISTS (SELECT FROM result r WHERE r.pemilihan_id = :pemilihan AND r.tps_kode = l.tps_kode AND r.current
              AND r.state = 'accepted')"""
_LISTS = {
    kind: page_through(f"SELECT l.*, {_ACCEPTED} AS accepted FROM ({listed}) l")  # noqa: S608 - fixed text
    for kind, listed in _LISTED.items()
}


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


@dataclass(frozen=True)
class GapTps:
    """One TPS. ``accepted``: its numbers are accepted here.

    ``why``: what the register lacks: its ``kelurahan``, its ``number``; that it ``ended`` there, or lies ``outside``
    the contest's regions; empty for the other kinds.
    """

    tps_kode: str
    place: TpsPlace
    why: str
    official_figures: bool
    accepted: bool

    @property
    def facts(self) -> tuple[str, int, int]:
        """Return the cells of the CSV behind the place."""
        return (self.why, int(self.official_figures), int(self.accepted))


async def compare_registers(session: AsyncSession, *, contest: Contest, kode: str) -> RegisterGapPage:
    """Return the counts of a region and of the regions right below it; of a kelurahan its own only.

    Raises:
        As :func:`divide_region`.
    """
    division = await divide_region(session, contest=contest, kode=kode)
    rows = await session.execute(_OFFICIAL, division.bounds)
    official = {row.region: (row.official, row.only_official) for row in rows}
    unpublished = {region: count for region, (_, count) in (await count_one_sided(session, division)).items()}
    known = {one.kode: one for one in division.children}
    # What only the authority knows may lie in regions of its own.
    kodes = sorted({*known, *official}) if known else []
    children = tuple(_join(kode, known.get(kode), official.get(kode), unpublished.get(kode, 0)) for kode in kodes)
    total = (sum(one[0] for one in official.values()), sum(one[1] for one in official.values()))
    return RegisterGapPage(_join(division.own.kode, division.own, total, sum(unpublished.values())), children)


async def list_gap(
    session: AsyncSession, *, contest: Contest, kode: str, kind: GapKind, after: str = "", limit: int = 200
) -> tuple[GapTps, ...]:
    """Return TPS of one kind in a region, by code, behind the code ``after``."""
    rows = await read_list(session, _LISTS[kind], contest=contest, kode=kode, after=after, limit=limit)
    return tuple(GapTps(row.tps_kode, place, row.why, row.figures, row.accepted) for row, place in rows)


def stream_gap(
    sessions: Sessions, *, contest: Contest, kode: str, kinds: Sequence[GapKind] = tuple(GapKind)
) -> AsyncGenerator[bytes, None]:
    """Return the CSV in pieces, kind by kind."""
    lists = {kind.value: partial(list_gap, contest=contest, kode=kode, kind=kind, limit=PIECE) for kind in kinds}
    columns = ("kind", "why", "official_figures", "accepted")
    return stream_lists(sessions, contest=contest, columns=columns, lists=lists)


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
