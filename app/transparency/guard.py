"""The log is append-only because the database says so, whoever asks.

The statements stand here once; ``metadata.create_all`` runs them after the table, and the first migration runs the same
ones. An update may do one thing: give an entry its ``position`` in the signed log, once.
"""

from typing import cast

from sqlalchemy import Table

from app.core.insert_only import run_after_create
from app.transparency.models import LogEntry

GUARD_STATEMENTS = (
    """
    CREATE OR REPLACE FUNCTION refuse_log_entry_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.position IS NULL AND NEW.position IS NOT NULL
               AND (NEW.id, NEW.kind, NEW.subject, NEW.payload, NEW.payload_sha256, NEW.at)
                   IS NOT DISTINCT FROM (OLD.id, OLD.kind, OLD.subject, OLD.payload, OLD.payload_sha256, OLD.at)
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'log_entry is append-only: % refused', TG_OP USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER log_entry_append_only BEFORE UPDATE OR DELETE ON log_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_log_entry_change()
    """,
    """
    CREATE TRIGGER log_entry_no_truncate BEFORE TRUNCATE ON log_entry
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_entry_change()
    """,
)

run_after_create(cast("Table", LogEntry.__table__), GUARD_STATEMENTS)
