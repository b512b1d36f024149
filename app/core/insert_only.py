"""Tables whose rows never change, because the database says so, whoever asks.

The statements stand here once: ``metadata.create_all`` runs them after a table, the migration that makes the table runs
the same ones. Tables of which a row may change in some way bring a function of their own.
"""

from typing import Any

from sqlalchemy import DDL, Table, event

REFUSE = "refuse_change"
"""The function that refuses everything."""

FUNCTION = f"""
    CREATE OR REPLACE FUNCTION {REFUSE}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is insert-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
"""


def make_triggers(table: str, function: str = REFUSE) -> tuple[str, ...]:
    """Return the statements that let ``function`` decide about every change, removal and truncation of ``table``."""
    run = f"EXECUTE FUNCTION {function}()"
    return (
        f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {run}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}",
    )


def run_after_create(table: Table, statements: tuple[str, ...]) -> None:
    """Have ``metadata.create_all`` run ``statements`` after it has made ``table``."""
    for statement in statements:
        # DDL() fills in %-marks; PL/pgSQL's own must come through.
        event.listen(table, "after_create", DDL(statement.replace("%", "%%")))  # type: ignore[no-untyped-call]


def guard_model(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - a mapped class
    """Guard the table of ``model`` and return the statements for its migration."""
    statements = (FUNCTION, *make_triggers(model.__table__.name))
    run_after_create(model.__table__, statements)
    return statements
