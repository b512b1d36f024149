"""TPS that only one side has figures of are found without reading the results of all others."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NAME = "ix_result_one_sided"
_ONE_SIDED = "current AND (has_official AND state <> 'accepted' OR state = 'accepted' AND NOT has_official)"


def upgrade() -> None:
    """Build the index while results come in; what broke off half-way begins anew."""
    with op.get_context().autocommit_block():
        op.drop_index(_NAME, "result", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            _NAME,
            "result",
            ["pemilihan_id", "has_official", "tps_kode"],
            postgresql_where=sa.text(_ONE_SIDED),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Drop it."""
    op.drop_index(_NAME, table_name="result")
