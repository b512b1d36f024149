"""The TPS behind the counts of the register gap, one row each, for pages and as a download."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.reports.cells import write_rows
from app.reports.regions import find_places
from app.reports.register_gap import make_bounds

CHUNK = 2_000
COLUMNS = (
    "kind",
    "pemilihan",
    "tps_kode",
    "provinsi",
    "kabupaten_kota",
    "kecamatan",
    "kelurahan",
    "tps",
    "why",
    "official_figures",
    "accepted",
)


class GapKind(StrEnum):
    """Which side knows a TPS that the other lacks."""

    ONLY_OFFICIAL = "only_official"
    """The authority's system knows it; the register does not."""
    NEVER_LISTED = "never_listed"
    """The register knows it; the authority's system never said anything of it."""
    WITHOUT_FIGURES = "without_figures"
    """Both know it; the authority has published no figure."""


@dataclass(frozen=True)
class GapRow:
    """One TPS. ``accepted``: its numbers are accepted here.

    ``why``: what the register lacks: its ``kelurahan``, its ``number``; that it ``ended`` there, or lies ``outside``
    the contest's regions; empty for the other kinds.
    """

    kind: GapKind
    tps_kode: str
    why: str
    official_figures: bool
    accepted: bool


_ACCEPTED = """
EXISTS (SELECT FROM result r WHERE r.pemilihan_id = :pemilihan AND r.tps_kode = {tps} AND r.current
          AND r.state = 'accepted') AS accepted"""
_FIGURES = "cardinality(array_remove(o.numbers, NULL)) > 0"
_IN_SCOPE = """('0' = ANY(CAST(:scope AS text[]))
  OR EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) s WHERE starts_with({tps}, s)))"""
_NEXT = "{tps} > :after AND {tps} BETWEEN :first AND :last ORDER BY 1 LIMIT :limit"


def _fill(sql: str, tps: str) -> str:
    for name, part in (("accepted", _ACCEPTED), ("scope", _IN_SCOPE), ("next", _NEXT)):
        sql = sql.replace(f"<{name}>", part.replace("{tps}", tps))
    return sql.replace("<figures>", _FIGURES)


_LISTS = {
    GapKind.ONLY_OFFICIAL: text(
        _fill(
            """SELECT c.tps_kode, <figures> AS figures, <accepted>,
                      CASE WHEN t.kode IS NULL AND w.kode IS NULL THEN 'kelurahan' WHEN t.kode IS NULL THEN 'number'
                           WHEN t.edisi_akhir IS NOT NULL THEN 'ended' ELSE 'outside' END AS why
               FROM official_current c JOIN official_row o ON o.id = c.row_id
               LEFT JOIN tps t ON t.kode = c.tps_kode
               LEFT JOIN wilayah w ON w.kode = left(c.tps_kode, 10)
               WHERE c.pemilihan_id = :pemilihan
                 AND (t.kode IS NULL OR t.edisi_akhir IS NOT NULL OR NOT <scope>) AND <next>""",
            "c.tps_kode",
        )
    ),
    GapKind.NEVER_LISTED: text(
        _fill(
            """SELECT t.kode AS tps_kode, false AS figures, <accepted>, '' AS why FROM tps t
               WHERE t.edisi_akhir IS NULL AND <scope>
                 AND NOT EXISTS (SELECT FROM official_current c
                                 WHERE c.pemilihan_id = :pemilihan AND c.tps_kode = t.kode)
                 AND <next>""",
            "t.kode",
        )
    ),
    GapKind.WITHOUT_FIGURES: text(
        _fill(
            """SELECT c.tps_kode, false AS figures, <accepted>, '' AS why
               FROM official_current c JOIN official_row o ON o.id = c.row_id
               JOIN tps t ON t.kode = c.tps_kode AND t.edisi_akhir IS NULL
               WHERE c.pemilihan_id = :pemilihan AND <scope> AND NOT <figures> AND <next>""",
            "c.tps_kode",
        )
    ),
}


async def list_gap(
    session: AsyncSession, *, contest: Contest, kode: str, kind: GapKind, after: str = "", limit: int = 200
) -> tuple[GapRow, ...]:
    """Return TPS of one kind in a region, by code, behind the code ``after``."""
    values = make_bounds(contest, kode) | {"after": after, "limit": limit}
    rows = await session.execute(_LISTS[kind], values)
    return tuple(GapRow(kind, row.tps_kode, row.why, row.figures, row.accepted) for row in rows)


async def stream_gap(
    sessions: Sessions, *, contest: Contest, kode: str, kinds: Sequence[GapKind] = tuple(GapKind)
) -> AsyncIterator[str]:
    """Yield the CSV in pieces, kind by kind, by code; each piece is read in a short transaction of its own."""
    yield write_rows([COLUMNS])
    for kind in kinds:
        after = ""
        while True:
            async with sessions.begin() as session:
                found = await list_gap(session, contest=contest, kode=kode, kind=kind, after=after, limit=CHUNK)
                places = await find_places(session, (row.tps_kode for row in found))
            if not found:
                break
            yield write_rows(
                (
                    row.kind,
                    contest.kode,
                    row.tps_kode,
                    places[row.tps_kode].provinsi,
                    places[row.tps_kode].kabupaten_kota,
                    places[row.tps_kode].kecamatan,
                    places[row.tps_kode].kelurahan,
                    places[row.tps_kode].nomor,
                    row.why,
                    int(row.official_figures),
                    int(row.accepted),
                )
                for row in found
            )
            after = found[-1].tps_kode
