"""Planted items, what is known of readers, linked accounts, invitations, exercises."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A constant: no row is written again. Who was here before is no newcomer.
    op.add_column(
        "account",
        sa.Column("own_source_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.execute("UPDATE account SET own_source_from = at")
    op.create_table(
        "account_signal",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('device', 'address', 'place')", name=op.f("ck_account_signal_kind")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_signal_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", "hash", name=op.f("pk_account_signal")),
    )
    op.create_index("ix_account_signal_kind_hash", "account_signal", ["kind", "hash"], unique=False)
    op.create_index("ix_account_signal_last_at", "account_signal", ["last_at"], unique=False)
    op.create_table(
        "invite",
        sa.Column("code_sha256", sa.String(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("uses_left", sa.SmallInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("uses_left >= 0", name=op.f("ck_invite_uses_left")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_invite_made_by_account")),
        sa.PrimaryKeyConstraint("code_sha256", name=op.f("pk_invite")),
    )
    op.create_index("ix_invite_made_by", "invite", ["made_by"], unique=False)
    op.create_table(
        "linked_account",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_linked_account_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_linked_account")),
    )
    op.create_index("ix_linked_account_group_id", "linked_account", ["group_id"], unique=False)
    op.create_table(
        "reader_pause",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("objection", sa.String(), nullable=True),
        sa.Column("objected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("ended_at IS NULL OR answer IS NOT NULL", name=op.f("ck_reader_pause_answer")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reader_pause_account_id_account")),
        sa.ForeignKeyConstraint(["ended_by"], ["account.id"], name=op.f("fk_reader_pause_ended_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_pause")),
    )
    op.create_index("ix_reader_pause_account", "reader_pause", ["account_id"], unique=False)
    op.create_index(
        "uq_reader_pause_open",
        "reader_pause",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "reader_skill",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("blind_fields", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("blind_wrong", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("plants_shown", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("plants_caught", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("good_shown", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("good_changed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("error_rate", sa.Double(), nullable=False),
        sa.Column("error_low", sa.Double(), nullable=False),
        sa.Column("error_high", sa.Double(), nullable=False),
        sa.Column("catch_rate", sa.Double(), nullable=False),
        sa.Column("catch_low", sa.Double(), nullable=False),
        sa.Column("catch_high", sa.Double(), nullable=False),
        sa.Column("alarm_rate", sa.Double(), nullable=False),
        sa.Column("alarm_low", sa.Double(), nullable=False),
        sa.Column("alarm_high", sa.Double(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_reader_skill_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_reader_skill")),
    )
    op.create_table(
        "training_answer",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_training_answer_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "item", name=op.f("pk_training_answer")),
    )
    op.create_table(
        "planted_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("photo_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("truth", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("state", sa.String(), server_default="making", nullable=False),
        sa.Column("times", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("dice", sa.Double(), server_default=sa.text("random()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(mode = 'confirm') = (shown IS NOT NULL)", name=op.f("ck_planted_item_shown")),
        sa.CheckConstraint("mode IN ('blind', 'confirm')", name=op.f("ck_planted_item_mode")),
        sa.CheckConstraint("state IN ('making', 'ready', 'retired')", name=op.f("ck_planted_item_state")),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"], name=op.f("fk_planted_item_decision_id_decision")),
        sa.ForeignKeyConstraint(
            ["section_id"], ["tps_section.id"], name=op.f("fk_planted_item_section_id_tps_section")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planted_item")),
    )
    op.create_index(
        "ix_planted_item_making", "planted_item", ["at"], unique=False, postgresql_where=sa.text("state = 'making'")
    )
    op.create_index(
        "ix_planted_item_ready", "planted_item", ["dice"], unique=False, postgresql_where=sa.text("state = 'ready'")
    )
    op.create_index("uq_planted_item_section_mode", "planted_item", ["section_id", "mode"], unique=True)
    op.create_table(
        "plant_answer",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("plant_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("numbers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reading_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_plant_answer_account_id_account")),
        sa.ForeignKeyConstraint(["plant_id"], ["planted_item.id"], name=op.f("fk_plant_answer_plant_id_planted_item")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_plant_answer_task_id_task")),
        sa.PrimaryKeyConstraint("task_id", name=op.f("pk_plant_answer")),
    )
    op.create_index("ix_plant_answer_account", "plant_answer", ["account_id", "at"], unique=False)
    op.add_column("account", sa.Column("reading", sa.String(), server_default="open", nullable=False))
    op.add_column("task", sa.Column("plant_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_task_plant_id_planted_item"), "task", "planted_item", ["plant_id"], ["id"])
    op.create_check_constraint(op.f("ck_account_reading"), "account", "reading IN ('training', 'open', 'paused')")


def downgrade() -> None:
    # Earlier software would take a planted item for a section that was read or skipped.
    op.execute("UPDATE task SET state = 'expired' WHERE plant_id IS NOT NULL")
    op.drop_constraint(op.f("fk_task_plant_id_planted_item"), "task", type_="foreignkey")
    op.drop_column("task", "plant_id")
    op.drop_constraint(op.f("ck_account_reading"), "account", type_="check")
    op.drop_column("account", "reading")
    op.drop_column("account", "own_source_from")
    op.drop_index("ix_plant_answer_account", table_name="plant_answer")
    op.drop_table("plant_answer")
    op.drop_index("uq_planted_item_section_mode", table_name="planted_item")
    op.drop_index("ix_planted_item_ready", table_name="planted_item", postgresql_where=sa.text("state = 'ready'"))
    op.drop_index("ix_planted_item_making", table_name="planted_item", postgresql_where=sa.text("state = 'making'"))
    op.drop_table("planted_item")
    op.drop_table("training_answer")
    op.drop_table("reader_skill")
    op.drop_index("uq_reader_pause_open", table_name="reader_pause", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_reader_pause_account", table_name="reader_pause")
    op.drop_table("reader_pause")
    op.drop_index("ix_linked_account_group_id", table_name="linked_account")
    op.drop_table("linked_account")
    op.drop_index("ix_invite_made_by", table_name="invite")
    op.drop_table("invite")
    op.drop_index("ix_account_signal_last_at", table_name="account_signal")
    op.drop_index("ix_account_signal_kind_hash", table_name="account_signal")
    op.drop_table("account_signal")
