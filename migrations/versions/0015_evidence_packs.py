"""Evidence packs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence_pack",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="asked", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("left_out", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("state_sha256", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("byte_count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("photo_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'making', 'ready', 'failed')", name=op.f("ck_evidence_pack_state")),
        sa.CheckConstraint(
            "(state = 'ready') = (sha256 IS NOT NULL) AND (state = 'ready') = (state_sha256 IS NOT NULL)",
            name=op.f("ck_evidence_pack_ready_has_hashes"),
        ),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_evidence_pack_pemilihan_id_pemilihan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_pack")),
    )
    op.create_index(
        "uq_evidence_pack_open",
        "evidence_pack",
        ["pemilihan_id", "kode"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'making')"),
    )
    op.create_index(
        "uq_evidence_pack_state_sha256",
        "evidence_pack",
        ["pemilihan_id", "kode", "state_sha256"],
        unique=True,
        postgresql_where=sa.text("state = 'ready'"),
    )


def downgrade() -> None:
    op.drop_table("evidence_pack")
