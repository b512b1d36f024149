"""Tally at full size: discrepancies counted per region, versions of tally rows."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("result", sa.Column("flagged", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("tally", sa.Column("tps_flagged", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("CREATE SEQUENCE tally_version")
    # Every row that is there gets a number: whoever follows versions begins with all of them.
    op.add_column(
        "tally",
        sa.Column("version", sa.BigInteger(), server_default=sa.text("nextval('tally_version')"), nullable=False),
    )
    op.create_index("ix_tally_version", "tally", ["pemilihan_id", "version"])


def downgrade() -> None:
    op.drop_index("ix_tally_version", table_name="tally")
    op.drop_column("tally", "version")
    op.execute("DROP SEQUENCE tally_version")
    op.drop_column("tally", "tps_flagged")
    op.drop_column("result", "flagged")
