"""Photographs that no machine could read, placed by hand."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.intake.triage.guard import PLACEMENT_STATEMENTS

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KINDS = ("copy", "altered", "moved", "rejected", "restored", "chosen", "appealed", "answered")
_PLACED = ("placed", "unplaced")


def upgrade() -> None:
    op.create_table(
        "hand_placement",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("page", sa.SmallInteger(), nullable=False),
        sa.Column("quarter_turns", sa.SmallInteger(), nullable=False),
        sa.Column("cut", postgresql.ARRAY(sa.SmallInteger()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quarter_turns BETWEEN 0 AND 3", name=op.f("ck_hand_placement_quarter_turns")),
        sa.CheckConstraint(
            "array_length(cut, 1) = 4 AND 0 <= ALL (cut) AND 45 >= ALL (cut)", name=op.f("ck_hand_placement_cut")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_hand_placement_account_id_account")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_hand_placement_photo_id_photo")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_placement")),
    )
    op.create_index("ix_hand_placement_photo_id", "hand_placement", ["photo_id"])
    for statement in PLACEMENT_STATEMENTS:
        op.execute(statement)
    op.add_column("photo", sa.Column("placement_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("fk_photo_placement_id_hand_placement"), "photo", "hand_placement", ["placement_id"], ["id"]
    )
    _allow_kinds(*_KINDS, *_PLACED)


def downgrade() -> None:
    """Undo it. What was said of photographs by hand is lost; they are refused again, as they were before."""
    op.execute(
        """UPDATE photo SET state = CASE WHEN state IN ('received', 'read') THEN 'refused' ELSE state END,
                  form = NULL, page = NULL WHERE placement_id IS NOT NULL"""
    )
    op.drop_constraint(op.f("fk_photo_placement_id_hand_placement"), "photo", type_="foreignkey")
    op.drop_column("photo", "placement_id")
    op.drop_table("hand_placement")
    op.execute("ALTER TABLE photo_event DISABLE TRIGGER photo_event_insert_only")
    op.execute("DELETE FROM photo_event WHERE kind IN ('placed', 'unplaced')")
    op.execute("ALTER TABLE photo_event ENABLE TRIGGER photo_event_insert_only")
    _allow_kinds(*_KINDS)


def _allow_kinds(*kinds: str) -> None:
    named = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f("ck_photo_event_kind"), "photo_event", type_="check")
    op.create_check_constraint(op.f("ck_photo_event_kind"), "photo_event", f"kind IN ({named})")
