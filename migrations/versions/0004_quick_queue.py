"""A contest's definition carries its hash, and tasks are found by their lease and by their reader."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Dealing goes on meanwhile. One that was broken off leaves an invalid index behind, hence the dropping.
        op.drop_index("ix_task_leased", "task", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            "ix_task_leased",
            "task",
            ["leased_until"],
            postgresql_where=sa.text("state = 'leased' AND answered_at IS NULL"),
            postgresql_concurrently=True,
        )
        op.drop_index("ix_task_account", "task", if_exists=True, postgresql_concurrently=True)
        op.create_index("ix_task_account", "task", ["account_id", "answered_at"], postgresql_concurrently=True)
    op.add_column(
        "pemilihan",
        sa.Column("definisi_md5", sa.String(), sa.Computed("md5((definisi)::text)", persisted=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("pemilihan", "definisi_md5")
    op.drop_index("ix_task_account", "task")
    op.drop_index("ix_task_leased", "task", postgresql_where=sa.text("state = 'leased' AND answered_at IS NULL"))
