"""Bring a checked edition into the database: copied into temporary tables, then compared and applied as sets."""

from dataclasses import dataclass

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.wilayah.edition import Edition
from app.wilayah.edition_text import Complaints

_LOCK = 0x57494C  # "WIL": one import at a time

_TABLES = (
    """CREATE TEMPORARY TABLE edisi_wilayah (
        kode text PRIMARY KEY, tingkat text NOT NULL, nama text NOT NULL, induk text, tps_count bigint NOT NULL
    ) ON COMMIT DROP""",
    "CREATE TEMPORARY TABLE edisi_tps (kelurahan text NOT NULL, dari int NOT NULL, sampai int NOT NULL) ON COMMIT DROP",
    "CREATE TEMPORARY TABLE edisi_pengganti (kode_lama text, kode_baru text, baris int) ON COMMIT DROP",
)

_COUNT_CHANGES = text(
    """SELECT
        count(*) FILTER (WHERE w.kode IS NULL) AS added,
        count(*) FILTER (WHERE w.edisi_akhir IS NOT NULL) AS revived,
        count(*) FILTER (WHERE w.edisi_akhir IS NULL AND w.nama <> e.nama) AS renamed,
        count(*) FILTER (WHERE w.edisi_akhir IS NULL AND w.nama = e.nama AND w.tps_count <> e.tps_count) AS resized,
        (SELECT count(*) FROM wilayah o WHERE o.edisi_akhir IS NULL
            AND NOT EXISTS (SELECT FROM edisi_wilayah x WHERE x.kode = o.kode)) AS ended
       FROM edisi_wilayah e LEFT JOIN wilayah w USING (kode)"""
)

_UNKNOWN_OLD = text(
    """SELECT baris, kode_lama FROM edisi_pengganti e
       WHERE NOT EXISTS (SELECT FROM wilayah w WHERE w.kode = e.kode_lama) ORDER BY baris"""
)

_INSERT_EDITION = text(
    """INSERT INTO wilayah_edisi (nama, sha256, wilayah_count, tps_count)
       VALUES (:nama, :sha256, :wilayah_count, :tps_count) RETURNING id"""
)

# The order matters: parents and children are new in one statement (foreign keys are looked at when it ends), and a
# region must exist before its TPS and its successors do.
_INSERT_REGIONS = text(
    """INSERT INTO wilayah (kode, tingkat, nama, induk, tps_count, edisi_awal)
       SELECT e.kode, e.tingkat, e.nama, e.induk, e.tps_count, :edisi FROM edisi_wilayah e
       WHERE NOT EXISTS (SELECT FROM wilayah w WHERE w.kode = e.kode)"""
)
_UPDATE_REGIONS = text(
    """UPDATE wilayah w SET nama = e.nama, tps_count = e.tps_count, edisi_akhir = NULL
       FROM edisi_wilayah e WHERE e.kode = w.kode
         AND (w.nama, w.tps_count, w.edisi_akhir) IS DISTINCT FROM (e.nama, e.tps_count, NULL::bigint)"""
)
_END_REGIONS = text(
    """UPDATE wilayah w SET edisi_akhir = :edisi, tps_count = 0
       WHERE w.edisi_akhir IS NULL AND NOT EXISTS (SELECT FROM edisi_wilayah e WHERE e.kode = w.kode)"""
)
_REVIVE_TPS = text(
    """UPDATE tps t SET edisi_akhir = NULL FROM edisi_tps e
       WHERE t.edisi_akhir IS NOT NULL AND e.kelurahan = t.kelurahan AND t.nomor BETWEEN e.dari AND e.sampai"""
)
_END_TPS = text(
    """UPDATE tps t SET edisi_akhir = :edisi
       WHERE t.edisi_akhir IS NULL AND NOT EXISTS (
         SELECT FROM edisi_tps e WHERE e.kelurahan = t.kelurahan AND t.nomor BETWEEN e.dari AND e.sampai)"""
)
_INSERT_TPS = text(
    """INSERT INTO tps (kode, kelurahan, nomor, edisi_awal)
       SELECT e.kelurahan || lpad(n::text, 3, '0'), e.kelurahan, n, :edisi
       FROM edisi_tps e, generate_series(e.dari, e.sampai) AS n
       WHERE NOT EXISTS (SELECT FROM tps t WHERE t.kode = e.kelurahan || lpad(n::text, 3, '0'))"""
)
_FOREIGN_KEYS = text(
    """SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
       WHERE conrelid = 'tps'::regclass AND contype = 'f' ORDER BY conname"""
)
_PLAIN_INDEXES = text(
    """SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
       WHERE indrelid = 'tps'::regclass AND NOT indisprimary AND NOT indisunique"""
)
_INSERT_SUCCESSORS = text(
    """INSERT INTO wilayah_pengganti (kode_lama, kode_baru)
       SELECT kode_lama, kode_baru FROM edisi_pengganti ON CONFLICT DO NOTHING"""
)

# A name that one region of the level lost and exactly one won in the same edition; never stored, a person decides.
_SUGGEST = text(
    """SELECT old.kode, min(new.kode), old.nama FROM wilayah old
       JOIN wilayah new ON new.edisi_awal = old.edisi_akhir AND new.tingkat = old.tingkat AND new.nama = old.nama
       WHERE old.edisi_akhir = :edisi
         AND NOT EXISTS (SELECT FROM wilayah_pengganti p WHERE p.kode_lama = old.kode)
         AND (SELECT count(*) FROM wilayah o WHERE o.edisi_akhir = :edisi AND o.tingkat = old.tingkat
                AND o.nama = old.nama) = 1
       GROUP BY old.kode, old.nama HAVING count(*) = 1 ORDER BY old.kode"""
)


@dataclass(frozen=True)
class Suggestion:
    """A guess at what replaces an ended code: the only new region of its level with its name."""

    kode_lama: str
    kode_baru: str
    nama: str


@dataclass(frozen=True)
class ImportReport:
    """What an import changed. ``resized``: regions whose number of TPS alone changed; ``tps_*`` count TPS."""

    edition: int
    added: int
    ended: int
    revived: int
    changed: int
    resized: int
    unchanged: int
    tps_added: int
    tps_ended: int
    tps_total: int
    suggestions: tuple[Suggestion, ...] = ()

    @property
    def rows_changed(self) -> int:
        """Database rows of regions and TPS that are not as before."""
        regions = self.added + self.ended + self.revived + self.changed + self.resized
        return regions + self.tps_added + self.tps_ended


async def lock_geography(session: AsyncSession) -> None:
    """Let one import run at a time, until the transaction ends; two at once would both insert the same codes."""
    await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def find_same_edition(session: AsyncSession, sha256: str) -> ImportReport | None:
    """Return a report of no changes when the current edition came from these very bytes."""
    current = text("SELECT id, sha256, wilayah_count, tps_count FROM wilayah_edisi ORDER BY id DESC LIMIT 1")
    row = (await session.execute(current)).one_or_none()
    if row is None or row.sha256 != sha256:
        return None
    return ImportReport(row.id, 0, 0, 0, 0, 0, row.wilayah_count, 0, 0, row.tps_count)


async def copy_edition(session: AsyncSession, edition: Edition) -> None:
    """Copy the edition into temporary tables; :func:`drop_copy`, or the end of the transaction, ends them."""
    for statement in _TABLES:
        await session.execute(text(statement))
    # SQLAlchemy opens the transaction with its first statement; a COPY through the raw connection before that would
    # commit by itself. The statements above have opened it.
    raw = (await (await session.connection()).get_raw_connection()).driver_connection
    assert raw is not None
    regions = [(one.kode, one.tingkat, one.nama, one.induk, one.tps_count) for one in edition.regions]
    replaced = [(old, one.kode, one.line) for one in edition.regions for old in one.replaces]
    await raw.copy_records_to_table("edisi_wilayah", records=regions)
    await raw.copy_records_to_table("edisi_tps", records=edition.ranges)
    await raw.copy_records_to_table("edisi_pengganti", records=replaced)
    for statement in ("CREATE INDEX ON edisi_tps (kelurahan)", "ANALYZE edisi_wilayah", "ANALYZE edisi_tps"):
        await session.execute(text(statement))


async def drop_copy(session: AsyncSession) -> None:
    """Drop the temporary tables, so that one transaction may import twice."""
    await session.execute(text("DROP TABLE edisi_wilayah, edisi_tps, edisi_pengganti"))


async def check_old_codes(session: AsyncSession, name: str) -> None:
    """Refuse successors of codes that no edition ever knew.

    Raises:
        WilayahFileError: names the lines.
    """
    complaints = Complaints()
    for line, old in await session.execute(_UNKNOWN_OLD):
        complaints.add(line, f"kode_lama {old} was never imported; mend it or leave it empty.")
    complaints.raise_if_any(name)


async def apply_regions(session: AsyncSession, edition: Edition, name: str) -> ImportReport:
    """Make the copied edition the current one: begin, rename, revive and end regions, and note their successors."""
    counts = (await session.execute(_COUNT_CHANGES)).one()
    number = await _insert_edition(session, edition, name)
    await session.execute(_INSERT_REGIONS, {"edisi": number})
    await session.execute(_UPDATE_REGIONS)
    await session.execute(_END_REGIONS, {"edisi": number})
    await session.execute(_INSERT_SUCCESSORS)
    unchanged = len(edition.regions) - counts.added - counts.revived - counts.renamed - counts.resized
    return ImportReport(
        edition=number,
        added=counts.added,
        ended=counts.ended,
        revived=counts.revived,
        changed=counts.renamed,
        resized=counts.resized,
        unchanged=unchanged,
        tps_added=0,
        tps_ended=0,
        tps_total=edition.tps_count,
    )


async def _insert_edition(session: AsyncSession, edition: Edition, name: str) -> int:
    values = {
        "nama": name,
        "sha256": edition.sha256,
        "wilayah_count": len(edition.regions),
        "tps_count": edition.tps_count,
    }
    number: int = (await session.execute(_INSERT_EDITION, values)).scalar_one()
    return number


async def apply_tps(session: AsyncSession, number: int) -> tuple[int, int]:
    """Begin, revive and end TPS of the copied edition; return how many (begun or revived, ended)."""
    revived = await _count_rows(session, _REVIVE_TPS, {})
    ended = await _count_rows(session, _END_TPS, {"edisi": number})
    first = (await session.execute(text("SELECT NOT EXISTS (SELECT FROM tps)"))).scalar_one()
    begun = await (_fill_empty_tps if first else _insert_tps)(session, number)
    await session.execute(text("ANALYZE wilayah"))
    await session.execute(text("ANALYZE tps"))
    return begun + revived, ended


async def _insert_tps(session: AsyncSession, number: int) -> int:
    return await _count_rows(session, _INSERT_TPS, {"edisi": number})


async def _fill_empty_tps(session: AsyncSession, number: int) -> int:
    """Insert the first edition's TPS with foreign keys and index set aside and put back, which halves the time.

    ALTER TABLE shuts everybody out of ``tps`` until the transaction ends. Only an empty table may be treated so: nobody
    can be working with it. Should anything fail, the rollback brings keys and index back.
    """
    keys = (await session.execute(_FOREIGN_KEYS)).all()
    indexes = (await session.execute(_PLAIN_INDEXES)).all()
    for name, _ in keys:
        await session.execute(text(f"ALTER TABLE tps DROP CONSTRAINT {name}"))
    for name, _ in indexes:
        await session.execute(text(f"DROP INDEX {name}"))
    begun = await _insert_tps(session, number)
    for _, definition in indexes:
        await session.execute(text(definition))
    for name, definition in keys:
        await session.execute(text(f"ALTER TABLE tps ADD CONSTRAINT {name} {definition}"))
    return begun


async def _count_rows(session: AsyncSession, statement: TextClause, values: dict[str, int]) -> int:
    """Run a writing statement and return how many rows it touched."""
    touched = await session.execute(statement, values)
    assert isinstance(touched, CursorResult)
    return touched.rowcount


async def suggest_successors(session: AsyncSession, number: int) -> tuple[Suggestion, ...]:
    """Return guesses for codes that this edition ended without naming what replaces them."""
    return tuple(Suggestion(*row) for row in await session.execute(_SUGGEST, {"edisi": number}))
