"""The history of a case is insert-only because the database says so, whoever asks.

The statements stand here once; ``metadata.create_all`` runs them after the table, the migration runs the same ones.
"""

from sqlalchemy import DDL, event

from app.lapor.models import LaporHistory

HISTORY_STATEMENTS = (
    """
    CREATE OR REPLACE FUNCTION refuse_lapor_history_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is insert-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER lapor_history_insert_only BEFORE UPDATE OR DELETE ON lapor_history
        FOR EACH ROW EXECUTE FUNCTION refuse_lapor_history_change()
    """,
    """
    CREATE TRIGGER lapor_history_no_truncate BEFORE TRUNCATE ON lapor_history
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_lapor_history_change()
    """,
)

for _statement in HISTORY_STATEMENTS:
    # DDL() fills in %-marks; PL/pgSQL's own must come through.
    event.listen(LaporHistory.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
