"""What a downloadable table is made of: columns with a meaning, and the SQL that their values come from.

One definition serves every format, the data dictionary and the schema of the data package, so that none of them can say
something that another does not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What stands in a column."""

    CODE = "code"
    """Words of our own making: codes, hashes, states, addresses. They begin with a letter or a digit, always."""
    TEXT = "text"
    """Words that somebody else chose, and may have chosen to be run as a formula."""
    INTEGER = "integer"
    TIME = "time"
    """A moment; written in UTC, to the second: ``2024-02-15T06:00:00Z``."""
    LIST = "list"
    """Words of our own making, several; in a cell separated by a blank."""
    FLAG = "flag"
    """``true`` or ``false``."""


class Spelling(StrEnum):
    """For whom values are spelled."""

    SHEET = "sheet"
    """CSV that may be opened in a spreadsheet: text that would be run as a formula has an apostrophe in front."""
    PLAIN = "plain"
    """CSV that only our own writers read: text as it is."""
    JSON = "json"
    """One JSON object a row."""


@dataclass(frozen=True)
class Column:
    """One column: ``sql`` is the expression of its value inside the table's statement.

    ``meaning`` and ``arti`` say in English and Indonesian what it is, units included; ``words`` lists the values that a
    code can take, where they are few. ``spelled``: the statement has spelled the text already.
    """

    name: str
    kind: Kind
    sql: str
    meaning: str
    arti: str
    words: tuple[str, ...] = ()
    required: bool = False
    spelled: bool = False


@dataclass(frozen=True)
class Piece:
    """A part of a table that is read with one statement: TPS (or regions) from ``low`` up to, without, ``high``."""

    low: str
    high: str


WHOLE = Piece("", ":")
"""Everything: a colon comes after all digits."""


@dataclass(frozen=True)
class Table:
    """One downloadable table.

    ``source`` gives what follows the select list for one piece (``FROM ... WHERE ... ORDER BY``) and its values, named
    ``$1``, ``$2``; ``before`` is put in front of ``SELECT``. ``key`` names the columns that tell rows apart.
    """

    name: str
    title: str
    judul: str
    meaning: str
    arti: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    source: Callable[[Piece, Spelling], "Source"]
    pieces: tuple[Piece, ...] = (WHOLE,)


@dataclass(frozen=True)
class Source:
    """The part of a statement that says which rows; see :class:`Table`."""

    sql: str
    values: tuple[object, ...] = ()
    before: str = ""


def disarm_sql(expression: str) -> str:
    """Return SQL for the text with an apostrophe in front when a spreadsheet would take it for a formula.

    The same characters as ``cells.FORMULA_STARTS`` (OWASP, "CSV Injection").
    """
    starts = r"'=', '+', '-', '@', E'\t', E'\r', E'\n'"
    return f"CASE WHEN left({expression}, 1) IN ({starts}) THEN '''' || {expression} ELSE {expression} END"


def spell_text(expression: str, spelling: Spelling) -> str:
    """Return SQL for text that somebody else chose."""
    return disarm_sql(expression) if spelling is Spelling.SHEET else expression


def spell_moment(expression: str) -> str:
    """Return SQL for a moment as text: ISO 8601 in UTC, to the second, cut and not rounded."""
    return f"""to_char({expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""


def spell_column(column: Column, spelling: Spelling) -> str:
    """Return the column's expression as this spelling wants it."""
    if column.kind is Kind.TIME:
        return spell_moment(column.sql)
    if spelling is Spelling.JSON:
        return column.sql
    if column.kind is Kind.TEXT and not column.spelled:
        return spell_text(column.sql, spelling)
    if column.kind is Kind.LIST:
        return f"array_to_string({column.sql}, ' ')"
    if column.kind is Kind.FLAG:
        return f"CASE {column.sql} WHEN true THEN 'true' WHEN false THEN 'false' END"
    return column.sql


def make_statement(table: Table, piece: Piece, spelling: Spelling) -> Source:
    """Return the whole ``SELECT`` of one piece as ``sql``, with its values."""
    source = table.source(piece, spelling)
    chosen = ", ".join(f'{spell_column(one, spelling)} AS "{one.name}"' for one in table.columns)
    rows = f"{source.before} SELECT {chosen} {source.sql}"
    if spelling is Spelling.JSON:
        rows = f"SELECT row_to_json(one)::text FROM ({rows}) one"  # noqa: S608 - our own statement
    return Source(rows, source.values)
