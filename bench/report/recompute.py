"""The discrepancy report computed once more, by other means: whole tables into polars, joined and spelled there."""

import csv
import io

import polars as pl

from app.core.database import Sessions
from app.core.statements import open_driver

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_TABLES = {
    "discrepancy": """SELECT id, pemilihan_id, tps_kode, kind, side, field, ours, official, difference, votes, severity,
                             state, life, opened_at, closed_at, closed_reason, official_row_id, opened_entry_id,
                             closed_entry_id FROM discrepancy""",
    "pemilihan": "SELECT id, kode FROM pemilihan",
    "official_row": "SELECT id, snapshot_id, published_at FROM official_row",
    "official_snapshot": "SELECT id, sha256 FROM official_snapshot",
    "result": "SELECT pemilihan_id, tps_kode, source_class FROM result WHERE current",
    "wilayah": "SELECT kode, nama FROM wilayah",
}
_NUMBERS = (
    "id",
    "pemilihan_id",
    "ours",
    "official",
    "difference",
    "votes",
    "official_row_id",
    "opened_entry_id",
    "closed_entry_id",
    "snapshot_id",
)
_TIMES = ("opened_at", "closed_at", "published_at")
NAMES = {"provinsi": 2, "kabupaten_kota": 4, "kecamatan": 6, "kelurahan": 10}


async def load_frames(sessions: Sessions) -> dict[str, pl.DataFrame]:
    """Return the tables that the report is made of, as they are."""
    frames = {}
    async with sessions.begin() as session:
        driver = await open_driver(session)
        await driver.execute("SET LOCAL TIME ZONE 'UTC'")
        for name, statement in _TABLES.items():
            blocks = io.BytesIO()
            await driver.copy_from_query(statement, output=blocks, format="csv", header=True)
            frames[name] = _read_table(blocks.getvalue())
    return frames


def _read_table(content: bytes) -> pl.DataFrame:
    """Return a table out of CSV: text, but for what is known to be a number or a moment."""
    frame = pl.read_csv(content, infer_schema=False)
    numbers = [pl.col(name).cast(pl.Int64) for name in _NUMBERS if name in frame.columns]
    # What PostgreSQL writes with milliseconds is cut to the second, as the report does.
    times = [
        pl.col(name).str.slice(0, 19).str.to_datetime("%Y-%m-%d %H:%M:%S") for name in _TIMES if name in frame.columns
    ]
    return frame.with_columns(*numbers, *times)


def recompute_report(frames: dict[str, pl.DataFrame], *, site: str) -> pl.DataFrame:
    """Return the whole report, by place and number."""
    found = (
        frames["discrepancy"]
        .join(frames["pemilihan"].rename({"id": "pemilihan_id", "kode": "pemilihan"}), on="pemilihan_id")
        .join(frames["official_row"].rename({"id": "official_row_id"}), on="official_row_id", how="left")
        .join(frames["official_snapshot"].rename({"id": "snapshot_id"}), on="snapshot_id", how="left")
        .join(frames["result"].cast({"pemilihan_id": pl.Int64}), on=["pemilihan_id", "tps_kode"], how="left")
    )
    for name, digits in NAMES.items():
        names = frames["wilayah"].filter(pl.col("kode").str.len_chars() == digits)
        found = found.with_columns(pl.col("tps_kode").str.slice(0, digits).alias("above")).join(
            names.rename({"kode": "above", "nama": name}), on="above", how="left"
        )
    return found.sort("tps_kode", "id").select(_spell(site))


def _spell(site: str) -> list[pl.Expr]:
    difference = pl.col("difference")
    return [
        *(pl.col(name) for name in ("id", "pemilihan", "tps_kode", *NAMES)),
        pl.col("tps_kode").str.slice(10).cast(pl.Int64).alias("tps"),
        pl.lit("difference").alias("list"),
        *(pl.col(name) for name in ("kind", "side", "field", "ours", "official", "difference")),
        pl.when(difference > 0).then(pl.lit("more")).otherwise(pl.lit("less")).alias("direction"),
        *(pl.col(name) for name in ("votes", "severity", "state", "life")),
        *(pl.col(name).dt.strftime(_MOMENT) for name in ("opened_at", "closed_at")),
        pl.col("closed_reason"),
        pl.col("published_at").dt.strftime(_MOMENT).alias("official_published_at"),
        pl.col("sha256").alias("official_snapshot_sha256"),
        pl.col("opened_entry_id").alias("opened_entry"),
        pl.col("closed_entry_id").alias("closed_entry"),
        pl.col("source_class"),
        pl.format(f"{site}/tps/{{}}/{{}}", "pemilihan", "tps_kode").alias("page"),
    ]


def parse_csv(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV as a spreadsheet's import sees them."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def as_cells(rows: list[dict[str, object]]) -> list[dict[str, str]]:
    """Return rows as their cells read: nothing is an empty one."""
    return [{name: "" if value is None else str(value) for name, value in row.items()} for row in rows]
