"""Evidence is insert-only because the database says so, whoever asks.

A reading and a withdrawal never change. A decision changes once: from current to superseded or withdrawn, and when.
The statements stand here once; ``metadata.create_all`` runs them after the tables, the migration runs the same ones.
"""

from sqlalchemy import Table

from app.core.insert_only import make_triggers, run_after_create
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

_TABLES: tuple[Table, ...] = tuple(model.__table__ for model in (Reading, ReadingWithdrawal, Decision))  # type: ignore[misc]


def _guard(table: str) -> tuple[str, ...]:
    return make_triggers(table, "refuse_evidence_change")


EVIDENCE_STATEMENTS = (_FUNCTION, *(statement for table in _TABLES for statement in _guard(table.name)))

for _table in _TABLES:
    run_after_create(_table, (_FUNCTION, *_guard(_table.name)))
