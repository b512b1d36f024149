"""What the publisher asks the database: which kelurahan changed, their TPS, rows of the tally, names.

PostgreSQL spells numbers as JSON itself: a nation has 23 million of them, and making Python objects of each would take
longer than all the rest.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from sys import intern

from app.core.statements import Statements
from app.publication.files import Name, Sums
from app.tally.counts import TPS_COUNTS
from app.wilayah.codes import ancestors, parent_of

_COUNTS = " || ',' || ".join(f"""'"{column}":' || t.{column}""" for column in TPS_COUNTS)
_SPELLED = f"""'"sums":' || array_to_json(t.sums)::text || ',"counts":{{' || {_COUNTS} || '}}'"""

_CHANGED = """
    SELECT t.kode FROM tally t JOIN wilayah w ON w.kode = t.kode AND w.tingkat = 'kelurahan'
    WHERE t.pemilihan_id = $1 AND t.version > $2 ORDER BY t.kode"""
_NEWEST = "SELECT coalesce(max(version), 0) AS version FROM tally WHERE pemilihan_id = $1"

# A result and its row of the change list are committed together: where none is pending, and no roller is at work, the
# tally row is the sum of exactly these TPS. One statement, so that both are seen at the same moment. TPS that a later
# edition ended are shown while results stand in them; they are in no index, and looked for only if there can be any.
# OFFSET 0 keeps the planner from reading all results of the nation for five hundred kelurahan.
_LEAVES = f"""
    WITH here AS MATERIALIZED (
      SELECT p.kode, p.kelurahan, p.nomor FROM tps p WHERE p.kelurahan = ANY($2) AND p.edisi_akhir IS NULL
      UNION ALL
      SELECT p.kode, p.kelurahan, p.nomor FROM result r JOIN tps p ON p.kode = r.tps_kode AND p.edisi_akhir IS NOT NULL
      WHERE (SELECT count(*) FROM wilayah_edisi) > 1
        AND r.pemilihan_id = $1 AND r.kelurahan = ANY($2) AND r.current),
    station AS (
      SELECT p.kelurahan,
             '{{"kode":"' || p.kode || '","nomor":' || p.nomor || ',"round":' || coalesce(r.round, 1)
             || ',"state":"' || coalesce(r.state, 'waiting') || '","source":'
             || coalesce('"' || r.source_class || '"', 'null') || ',"flags":'
             || CASE WHEN r.flags <> '{{}}' THEN array_to_json(r.flags)::text ELSE '[]' END
             || ',"flagged":' || coalesce(r.flagged, 0)
             || ',"photo":' || coalesce(r.has_photo, false)::text
             || ',"official":' || coalesce(r.has_official, false)::text
             || ',"numbers":' || CASE WHEN r.numbers IS NULL OR array_remove(r.numbers, NULL) = '{{}}' THEN 'null'
                                      ELSE translate(replace(r.numbers::text, 'NULL', 'null'), '{{}}', '[]') END
             || ',"photos":' || coalesce((
                  SELECT '["' || string_agg(s.sha256, '","' ORDER BY s.page, s.id) || '"]' FROM photo s
                  WHERE r.has_photo AND r.state = 'accepted' AND s.pemilihan_id = $1 AND s.tps_kode = p.kode
                    AND s.round = r.round AND s.state = 'read'), '[]') || '}}' AS spelled, p.nomor
      FROM here p
      LEFT JOIN (SELECT * FROM result WHERE pemilihan_id = $1 AND kelurahan = ANY($2) AND current OFFSET 0) r
        ON r.tps_kode = p.kode)
    SELECT t.kode, {_SPELLED} AS sums, coalesce(s.stations, '[]') AS stations,
           t.kode IN (SELECT c.kelurahan FROM tally_change c WHERE c.pemilihan_id = $1) AS pending
    FROM tally t
    LEFT JOIN (SELECT kelurahan, '[' || string_agg(spelled, ',' ORDER BY nomor) || ']' AS stations
               FROM station GROUP BY kelurahan) s ON s.kelurahan = t.kode
    WHERE t.pemilihan_id = $1 AND t.kode = ANY($2) ORDER BY t.kode"""  # noqa: S608 - made of this file's own names

_ROWS = f"""
    SELECT t.kode, t.induk, {_SPELLED} AS spelled FROM tally t
    WHERE t.pemilihan_id = $1 AND (t.kode = ANY($2) OR t.induk = ANY($2)) ORDER BY t.kode"""  # noqa: S608 - likewise
_ALL_ROWS = f"SELECT t.kode, t.induk, {_SPELLED} AS spelled FROM tally t WHERE t.pemilihan_id = $1 ORDER BY t.kode"  # noqa: S608
_NAMES = "SELECT kode, tingkat, nama FROM wilayah WHERE kode = ANY($1)"
_ALL_NAMES = "SELECT kode, tingkat, nama FROM wilayah"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A kelurahan with its TPS, spelled. ``pending``: results came since it was rolled; its sums are older."""

    kode: str
    sums: str
    stations: str
    pending: bool


async def list_changed(ask: Statements, *, pemilihan_id: int, after: int) -> list[str]:
    """Return the kelurahan whose tally rows are newer than version ``after``, by code."""
    return [row["kode"] for row in await ask.rows(_CHANGED, pemilihan_id, after)]


async def find_newest(ask: Statements, *, pemilihan_id: int) -> int:
    """Return the highest version of a contest's tally; 0 while none is laid."""
    row = await ask.row(_NEWEST, pemilihan_id)
    return 0 if row is None else int(row["version"])


async def read_leaves(ask: Statements, *, pemilihan_id: int, kodes: Sequence[str]) -> list[Leaf]:
    """Return these kelurahan with their TPS, by code; those without a tally row are left out."""
    return [Leaf(*row) for row in await ask.rows(_LEAVES, pemilihan_id, list(kodes))]


async def read_sums(ask: Statements, *, pemilihan_id: int, parents: Collection[str] | None) -> dict[str, Sums]:
    """Return the tally rows of ``parents`` and of what lies right below them; of all regions for None."""
    if parents is None:
        rows = await ask.rows(_ALL_ROWS, pemilihan_id)
    else:
        rows = await ask.rows(_ROWS, pemilihan_id, list(parents))
    above: dict[str | None, str | None] = {}  # neighbours have one text for the region above them
    return {kode: Sums(kode, above.setdefault(induk, induk), spelled) for kode, induk, spelled in rows}


async def read_names(ask: Statements, kodes: Collection[str] | None) -> Mapping[str, Name]:
    """Return regions by code, with those above them; all there are for None."""
    if kodes is None:
        rows = await ask.rows(_ALL_NAMES)
    else:
        above = {above for kode in kodes for above in ancestors(kode)}
        rows = await ask.rows(_NAMES, sorted(above | set(kodes)))
    paths: dict[str | None, tuple[str, ...]] = {}  # neighbours have one path: a nation's would be 30 MB of copies
    return {kode: Name(kode, nama, intern(tingkat), _share_path(paths, kode)) for kode, tingkat, nama in rows}


def _share_path(paths: dict[str | None, tuple[str, ...]], kode: str) -> tuple[str, ...]:
    above = parent_of(kode)
    if above not in paths:
        paths[above] = tuple(reversed(ancestors(kode)))
    return paths[above]
