"""The discrepancy report computed once more, by other means: whole tables into polars, joined and spelled there."""

import csv
import io

import polars as pl
from sqlalchemy import text

from app.core.database import Sessions

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_TABLES = {
    "discrepancy": "SELECT * FROM discrepancy",
    "pemilihan": "SELECT id, kode FROM pemilihan",
    "official_row": "SELECT id, snapshot_id, published_at FROM official_row",
    "official_snapshot": "SELECT id, sha256 FROM official_snapshot",
    "result": "SELECT pemilihan_id, tps_kode, source_class FROM result WHERE current",
    "wilayah": "SELECT kode, nama FROM wilayah",
}
NAMES = {"provinsi": 2, "kabupaten_kota": 4, "kecamatan": 6, "kelurahan": 10}


async def load_frames(sessions: Sessions) -> dict[str, pl.DataFrame]:
    """Return the tables that the report is made of, as they are."""
    frames = {}
    async with sessions.begin() as session:
        for name, statement in _TABLES.items():
            rows = (await session.execute(text(statement))).mappings().all()
            frames[name] = pl.DataFrame([dict(row) for row in rows], infer_schema_length=None)
    return frames


def recompute_report(frames: dict[str, pl.DataFrame], *, site: str) -> list[dict[str, object]]:
    """Return the rows of the whole report, by place and number."""
    found = (
        frames["discrepancy"]
        .join(frames["pemilihan"].rename({"id": "pemilihan_id", "kode": "pemilihan"}), on="pemilihan_id")
        .join(frames["official_row"].rename({"id": "official_row_id"}), on="official_row_id", how="left")
        .join(frames["official_snapshot"].rename({"id": "snapshot_id"}), on="snapshot_id", how="left")
        .join(frames["result"], on=["pemilihan_id", "tps_kode"], how="left")
    )
    for name, digits in NAMES.items():
        names = frames["wilayah"].filter(pl.col("kode").str.len_chars() == digits)
        found = found.with_columns(pl.col("tps_kode").str.slice(0, digits).alias("above")).join(
            names.rename({"kode": "above", "nama": name}), on="above", how="left"
        )
    return found.sort("tps_kode", "id").select(_spell(site)).to_dicts()


def _spell(site: str) -> list[pl.Expr]:
    difference = pl.col("difference")
    moments = {"opened_at": "opened_at", "closed_at": "closed_at", "official_published_at": "published_at"}
    return [
        *(pl.col(name) for name in ("id", "pemilihan", "tps_kode", *NAMES)),
        pl.col("tps_kode").str.slice(10).cast(pl.Int64).alias("tps"),
        pl.lit("difference").alias("list"),
        *(pl.col(name) for name in ("kind", "side", "field", "ours", "official", "difference")),
        pl.when(difference > 0).then(pl.lit("more")).otherwise(pl.lit("less")).alias("direction"),
        *(pl.col(name) for name in ("votes", "severity", "state", "life")),
        *(
            pl.col(of).dt.convert_time_zone("UTC").dt.strftime(_MOMENT).alias(name) if of else pl.lit(None)
            for name, of in moments.items()
        ),
        pl.col("closed_reason"),
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
