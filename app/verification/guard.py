"""Evidence is insert-only because the database says so, whoever asks.

A reading and a withdrawal never change. A decision changes once: from current to superseded or withdrawn, and when.
The statements stand here once; ``metadata.create_all`` runs them after the tables, the migration runs the same ones.
"""

from sqlalchemy import DDL, Table, event

from app.verification.models import Decision, Reading, ReadingWithdrawal

_FUNCTION = """
    CREATE OR REPLACE FUNCTION refuse_evidence_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'decision' THEN
            IF OLD.state = 'current' AND NEW.state <> 'current' AND NEW.ended_at IS NOT NULL
               AND to_jsonb(NEW) - 'state' - 'ended_at' = to_jsonb(OLD) - 'state' - 'ended_at'
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is insert-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
"""


def guard_table(table: str) -> tuple[str, str]:
    """Return the statements that guard ``table``."""
    run = "EXECUTE FUNCTION refuse_evidence_change()"
    return (
        f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {run}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}",
    )


_TABLES: tuple[Table, ...] = tuple(model.__table__ for model in (Reading, ReadingWithdrawal, Decision))  # type: ignore[misc]

EVIDENCE_STATEMENTS = (_FUNCTION, *(statement for table in _TABLES for statement in guard_table(table.name)))

for _table in _TABLES:
    for _statement in (_FUNCTION, *guard_table(_table.name)):
        # DDL() fills in %-marks; PL/pgSQL's own must come through.
        event.listen(_table, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
