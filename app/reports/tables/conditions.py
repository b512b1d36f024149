"""From conditions that a service states to the text that COPY wants, with values apart."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, true
from sqlalchemy.dialects.postgresql.asyncpg import dialect as make_dialect

from app.reports.columns import Piece

_DIALECT = make_dialect()  # type: ignore[no-untyped-call]


def compile_conditions(conditions: Sequence[ColumnElement[bool]]) -> tuple[str, tuple[object, ...]]:
    """Return the conditions as SQL with ``$1``, ``$2`` ..., and the values in that order.

    Tables go by their own names, so the statement around must not give them others.
    """
    compiled = and_(true(), *conditions).compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    order = compiled.positiontup or []
    return str(compiled), tuple(compiled.params[name] for name in order)


def within(column: str, piece: Piece) -> str:
    """Return the condition that a code lies in a piece. Its bounds are digits of our own, never somebody's words."""
    assert (piece.low + piece.high).replace(":", "").isdigit() or piece.low + piece.high == ":", "codes only"
    return f"{column} >= '{piece.low}' AND {column} < '{piece.high}'"
