"""Publication: which published files are current."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "publication",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("pointer", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_publication_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("pemilihan_id", name=op.f("pk_publication")),
    )
    op.create_table(
        "publication_volume",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_publication_volume_pemilihan_id_pemilihan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication_volume")),
        sa.UniqueConstraint("sha256", name=op.f("uq_publication_volume_sha256")),
    )
    op.create_index("ix_publication_volume_pemilihan_id", "publication_volume", ["pemilihan_id"])
    op.create_index(
        "ix_publication_volume_retired",
        "publication_volume",
        ["retired_at"],
        postgresql_where=sa.text("retired_at IS NOT NULL"),
    )
    op.create_table(
        "publication_file",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body_sha256", sa.String(), nullable=False),
        sa.Column("volume_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_publication_file_pemilihan_id_pemilihan")
        ),
        sa.ForeignKeyConstraint(
            ["volume_id"], ["publication_volume.id"], name=op.f("fk_publication_file_volume_id_publication_volume")
        ),
        sa.PrimaryKeyConstraint("pemilihan_id", "kode", name=op.f("pk_publication_file")),
    )
    op.create_index("ix_publication_file_volume_id", "publication_file", ["volume_id"])


def downgrade() -> None:
    op.drop_table("publication_file")
    op.drop_table("publication_volume")
    op.drop_table("publication")
