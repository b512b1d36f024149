"""The reviewers' history is insert-only because the database says so; see ``app.verification.guard``."""

from sqlalchemy import DDL, Table, event

from app.verification.guard import guard_table
from app.verification.review.models import OverrideEnd, OverrideStatement, ReviewEvent

_TABLES: tuple[Table, ...] = tuple(model.__table__ for model in (ReviewEvent, OverrideStatement, OverrideEnd))  # type: ignore[misc]

REVIEW_STATEMENTS = tuple(statement for table in _TABLES for statement in guard_table(table.name))

for _table in _TABLES:
    for _statement in guard_table(_table.name):
        event.listen(_table, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]
