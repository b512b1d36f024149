"""What was done to a photograph is insert-only because the database says so, whoever asks.

The statements stand here once; ``metadata.create_all`` runs them after the table, the migration runs the same ones.
"""

from sqlalchemy import DDL, event

from app.intake.triage.models import PhotoEvent

EVENT_STATEMENTS = (
    """
    CREATE OR REPLACE FUNCTION refuse_photo_event_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is insert-only: % refused', TG_TABLE_NAME, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER photo_event_insert_only BEFORE UPDATE OR DELETE ON photo_event
        FOR EACH ROW EXECUTE FUNCTION refuse_photo_event_change()
    """,
    """
    CREATE TRIGGER photo_event_no_truncate BEFORE TRUNCATE ON photo_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_photo_event_change()
    """,
)

for _statement in EVENT_STATEMENTS:
    # DDL() fills in %-marks; PL/pgSQL's own must come through.
    event.listen(PhotoEvent.__table__, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
