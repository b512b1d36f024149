"""The differences once more, by polars from the collection's own columns: none of Runut's code is asked."""

from pathlib import Path

import polars as pl

from bench.kawalpemilu2019.collection import FIELDS

SHAPE = {"tps_kode": pl.String, "field": pl.String, "ours": pl.Int64, "official": pl.Int64, "difference": pl.Int64}
"""Columns of a list of differences, in both ways of finding them."""


def recompute_differences(table: pl.DataFrame) -> pl.DataFrame:
    """Return one row a field that both sides state with other numbers, by TPS and field."""
    found = [
        table.select(
            tps_kode=pl.col("kode_tps"),
            field=pl.lit(field),
            ours=pl.col(f"kp_{name}").cast(pl.Int64),
            official=pl.col(f"kpu_{name}").cast(pl.Int64),
        ).filter(pl.col("ours") != pl.col("official"))
        for field, name in FIELDS.items()
    ]
    listed = pl.concat(found).with_columns(difference=pl.col("official") - pl.col("ours"))
    return listed.cast(SHAPE).sort("tps_kode", "field")  # type: ignore[arg-type]  # polars' stubs want their own mapping


def read_report(path: Path) -> pl.DataFrame:
    """Return the differences of numbers that our own report lists, in the same shape."""
    report = pl.read_csv(path, columns=["kind", *SHAPE], schema_overrides=SHAPE)
    return report.filter(pl.col("kind") == "number").select(*SHAPE).sort("tps_kode", "field")


def count_vote_differences(listed: pl.DataFrame) -> int:
    """Return how many TPS have another number of votes for a paslon."""
    return listed.filter(pl.col("field").is_in(["suara_01", "suara_02"]))["tps_kode"].n_unique()


def add_up(table: pl.DataFrame, side: str) -> tuple[int, int]:
    """Return the national sums of both paslon as the file's columns add up; ``side`` is ``kpu`` or ``kp``."""
    first, second = table.select(pl.col(f"{side}_pas1").sum(), pl.col(f"{side}_pas2").sum()).row(0)
    return first, second
