"""Sections whose answers await the rule; their place in the queue, by urgency."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Twice it does no harm: the indexes are made outside of the transaction, and it may break off there. Sections that
    # are open now are given their places by the workers, a thousand a second.
    op.execute(
        """ALTER TABLE tps_section ADD COLUMN IF NOT EXISTS unsettled_since timestamptz,
           ADD COLUMN IF NOT EXISTS turn double precision DEFAULT 'infinity' NOT NULL"""
    )
    with op.get_context().autocommit_block():
        for name, columns, part in (
            ("ix_tps_section_turn", ["wanted", "turn"], "wanted IS NOT NULL"),
            ("ix_tps_section_unsettled", ["unsettled_since"], "unsettled_since IS NOT NULL"),
        ):
            op.drop_index(name, "tps_section", if_exists=True, postgresql_concurrently=True)
            op.create_index(name, "tps_section", columns, postgresql_where=sa.text(part), postgresql_concurrently=True)
        op.drop_index("ix_tps_section_wanted", "tps_section", if_exists=True, postgresql_concurrently=True)
    op.create_table(
        "queue_window",
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("turns", postgresql.ARRAY(sa.Float()), server_default="{}", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("wanted", name=op.f("pk_queue_window")),
    )
    op.execute("INSERT INTO queue_window (wanted) VALUES ('blind'), ('confirm'), ('review')")
    # Rows of these tables die by the hundred a second where dealers look: they are cleared away early.
    for table in ("tps_section", "task"):
        op.execute(f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.01, fillfactor = 85)")


def downgrade() -> None:
    # An earlier release settles within the answer: what is listed here it has to be told by its job.
    op.execute(
        """WITH listed AS (SELECT id FROM tps_section WHERE unsettled_since IS NOT NULL),
           queued AS (
             INSERT INTO pgqueuer (entrypoint, priority, payload, status)
             SELECT 'settle', 0, convert_to(json_build_object('section_id', id)::text, 'UTF8'), 'queued' FROM listed
             RETURNING id, entrypoint, priority)
           INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
           SELECT id, 'queued', entrypoint, priority FROM queued"""
    )
    op.drop_index(
        "ix_tps_section_unsettled", table_name="tps_section", postgresql_where=sa.text("unsettled_since IS NOT NULL")
    )
    op.drop_index("ix_tps_section_turn", table_name="tps_section", postgresql_where=sa.text("wanted IS NOT NULL"))
    op.create_index(
        "ix_tps_section_wanted", "tps_section", ["wanted", "dice"], postgresql_where=sa.text("wanted IS NOT NULL")
    )
    for table in ("tps_section", "task"):
        op.execute(f"ALTER TABLE {table} RESET (autovacuum_vacuum_scale_factor, fillfactor)")
    op.drop_table("queue_window")
    op.drop_column("tps_section", "turn")
    op.drop_column("tps_section", "unsettled_since")
