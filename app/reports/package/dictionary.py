"""The data dictionary: what each column means, for people and programs, made of the tables themselves."""

from collections.abc import Sequence
from typing import Any

from app.pemilu.definition import Contest
from app.reports.columns import Column, Kind, Table

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.CODE: {"type": "string"},
    Kind.TEXT: {"type": "string"},
    Kind.LIST: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.TIME: {"type": "datetime", "format": MOMENT},
    Kind.FLAG: {"type": "boolean", "trueValues": ["true"], "falseValues": ["false"]},
}


def describe_schema(table: Table) -> dict[str, Any]:
    """Return the table's schema as Frictionless Table Schema."""
    return {
        "fields": [_describe_field(column) for column in table.columns],
        "primaryKey": list(table.key),
        "missingValues": [""],
    }


def _describe_field(column: Column) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if column.required else {}
    if column.words:
        constraints["enum"] = list(column.words)
    found = {
        "name": column.name,
        **_TYPES[column.kind],
        "description": column.meaning,
        "description_id": column.arti,
    }
    return found | ({"constraints": constraints} if constraints else {})


def describe_table(table: Table) -> dict[str, Any]:
    """Return the table as the dictionary tells it: names and meanings in two languages, and the schema."""
    return {
        "name": table.name,
        "title": table.title,
        "title_id": table.judul,
        "description": table.meaning,
        "description_id": table.arti,
        "schema": describe_schema(table),
    }


_INTRODUCTION = """\
Bukan hasil resmi. Sel kosong berarti tidak diketahui, bukan nol. Waktu dalam UTC. Teks yang dapat dijalankan sebagai
rumus diawali apostrof.

Not the official result. An empty cell means unknown, not zero. Times are UTC. Text that a spreadsheet would run as a
formula begins with an apostrophe."""


def write_words(tables: Sequence[Table], contest: Contest) -> str:
    """Return the dictionary as plain text (Markdown), Indonesian first."""
    lines = [f"# {contest.nama}", "", _INTRODUCTION]
    for table in tables:
        lines += ["", f"## {table.name}.csv: {table.judul} / {table.title}", "", table.arti, "", table.meaning, ""]
        lines += [f"- `{one.name}`: {one.arti} / {one.meaning}{_list_words(one)}" for one in table.columns]
    return "\n".join(lines) + "\n"


def _list_words(column: Column) -> str:
    return f" ({', '.join(f'`{word}`' for word in column.words)})" if column.words else ""
