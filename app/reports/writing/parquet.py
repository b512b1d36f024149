"""Tables as Parquet: columns with their types, in row groups, compressed."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from app.reports.columns import Kind, Table

ROW_GROUP = 65_536
BLOCK = 4 * 1024 * 1024

_TYPES = {
    Kind.CODE: pa.string(),
    Kind.TEXT: pa.string(),
    Kind.LIST: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.TIME: pa.timestamp("s", tz="UTC"),
    Kind.FLAG: pa.bool_(),
}


def parquet_schema(table: Table) -> pa.Schema:
    """Return the columns with types and meanings. A list is one text, separated by blanks, as in every other format."""
    fields = [
        pa.field(one.name, _TYPES[one.kind], nullable=not one.required, metadata={"description": one.meaning})
        for one in table.columns
    ]
    return pa.schema(fields, metadata={"title": table.title, "description": table.meaning})


def write_parquet(table: Table, rows: Path, target: Path) -> None:
    """Write the file ``target`` out of ``rows`` (CSV without a header). Memory stays small."""
    schema = parquet_schema(table)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for group in _read_groups(table, rows, schema):
            writer.write_table(group, row_group_size=ROW_GROUP)


def _read_groups(table: Table, rows: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    if rows.stat().st_size == 0:  # the reader of CSV refuses an empty file
        return
    waiting: list[pa.RecordBatch] = []
    for batch in _open_rows(table, rows):
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= ROW_GROUP:
            yield pa.Table.from_batches(waiting).cast(schema)
            waiting = []
    if waiting:
        yield pa.Table.from_batches(waiting).cast(schema)


def _open_rows(table: Table, rows: Path) -> pyarrow.csv.CSVStreamingReader:
    return pyarrow.csv.open_csv(
        rows,
        read_options=pyarrow.csv.ReadOptions(
            column_names=[one.name for one in table.columns], block_size=BLOCK, use_threads=False
        ),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types={one.name: _TYPES[one.kind] for one in table.columns},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            timestamp_parsers=[pyarrow.csv.ISO8601],
        ),
    )
