"""A row of official figures is found from the row that follows it: one index entry a change instead of one a row."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write down who follows whom; every other row is its TPS's current one."""
    op.create_index(
        "uq_official_row_followed",
        "official_row",
        ["pemilihan_id", "tps_kode", "previous_id"],
        unique=True,
        postgresql_where=sa.text("previous_id IS NOT NULL"),
    )
    op.drop_index("uq_official_row_tps_snapshot", table_name="official_row")
    # Both are copied from rows that have these keys; see the model.
    op.drop_constraint("fk_result_kelurahan_wilayah", "result", type_="foreignkey")
    op.drop_constraint("fk_result_pemilihan_id_pemilihan", "result", type_="foreignkey")


def downgrade() -> None:
    """Have every row in an index again, and the keys of results."""
    op.create_foreign_key("fk_result_pemilihan_id_pemilihan", "result", "pemilihan", ["pemilihan_id"], ["id"])
    op.create_foreign_key("fk_result_kelurahan_wilayah", "result", "wilayah", ["kelurahan"], ["kode"])
    op.create_index(
        "uq_official_row_tps_snapshot", "official_row", ["pemilihan_id", "tps_kode", "snapshot_id"], unique=True
    )
    op.drop_index("uq_official_row_followed", table_name="official_row")
