"""Sections whose answers await the rule."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tps_section", sa.Column("unsettled_since", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_tps_section_unsettled_is_not_dealt"), "tps_section", "wanted IS NULL OR unsettled_since IS NULL"
    )
    op.create_index(
        "ix_tps_section_unsettled",
        "tps_section",
        ["unsettled_since"],
        postgresql_where=sa.text("unsettled_since IS NOT NULL"),
    )


def downgrade() -> None:
    # An earlier release settles within the answer: what still waits here is left to its job.
    op.drop_index("ix_tps_section_unsettled", "tps_section", postgresql_where=sa.text("unsettled_since IS NOT NULL"))
    op.drop_constraint(op.f("ck_tps_section_unsettled_is_not_dealt"), "tps_section")
    op.drop_column("tps_section", "unsettled_since")
