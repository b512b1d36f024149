"""Discrepancies of every rule, with a size and a life; monitors' own rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.discrepancy.guard import EVENT_STATEMENTS

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OLD_REASONS = "closed_reason IN ('official_changed', 'result_changed', 'result_withdrawn')"
_NEW_REASONS = (
    "closed_reason IN ('official_changed', 'official_withdrawn', 'result_changed', 'result_withdrawn', 'rules_changed')"
)
_COLUMNS = ("side", "votes", "severity", "life", "assigned_to", "closed_row_id", "follows_id")
_OPEN = sa.text("state = 'open'")

# What was found before: sums of the official figures speak of one side; votes moved are those of fields of votes.
_FILL = """
UPDATE discrepancy SET
    side = CASE kind WHEN 'official_sum' THEN 'official' ELSE 'both' END,
    votes = CASE WHEN field LIKE 'suara%' THEN abs(difference) ELSE 0 END,
    severity = CASE WHEN field NOT LIKE 'suara%' THEN 'none' WHEN abs(difference) >= 50 THEN 'large'
                    WHEN abs(difference) >= 10 THEN 'medium' ELSE 'small' END
"""


def upgrade() -> None:
    op.add_column("discrepancy", sa.Column("side", sa.String(), server_default="both", nullable=False))
    op.add_column("discrepancy", sa.Column("votes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("discrepancy", sa.Column("severity", sa.String(), server_default="small", nullable=False))
    op.add_column("discrepancy", sa.Column("life", sa.String(), server_default="open", nullable=False))
    for column, target in (
        ("assigned_to", "account"),
        ("closed_row_id", "official_row"),
        ("follows_id", "discrepancy"),
    ):
        op.add_column("discrepancy", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_discrepancy_{column}_{target}"), "discrepancy", target, [column], ["id"])
    op.alter_column("discrepancy", "official_row_id", nullable=True)
    op.execute(_FILL)
    _change_checks()
    op.drop_index("uq_discrepancy_open", "discrepancy")
    columns = ["pemilihan_id", "tps_kode", "kind", "side", "field"]
    op.create_index("uq_discrepancy_open", "discrepancy", columns, unique=True, postgresql_where=_OPEN)
    op.create_index(
        "ix_discrepancy_assigned",
        "discrepancy",
        ["assigned_to"],
        postgresql_where=sa.text("assigned_to IS NOT NULL"),
    )
    _make_events()
    _make_monitor_rules()


def _change_checks() -> None:
    for name in ("kind", "closed_reason"):
        op.drop_constraint(op.f(f"ck_discrepancy_{name}"), "discrepancy")
    for name, condition in (
        ("kind", "kind ~ '^[a-z_]+$'"),
        ("closed_reason", _NEW_REASONS),
        ("side", "side IN ('both', 'ours', 'official')"),
        ("life", "life IN ('open', 'confirmed', 'reported', 'explained', 'corrected')"),
        ("severity", "severity IN ('none', 'small', 'medium', 'large')"),
    ):
        op.create_check_constraint(op.f(f"ck_discrepancy_{name}"), "discrepancy", condition)


def _make_events() -> None:
    op.create_table(
        "discrepancy_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("discrepancy_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("note", sa.String(), server_default="", nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "event IN ('looked', 'confirmed', 'reported', 'explained', 'corrected', 'reopened', 'noted', 'assigned', "
            "'released', 'undone')",
            name=op.f("ck_discrepancy_event_event"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_discrepancy_event_account_id_account")),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"], ["discrepancy.id"], name=op.f("fk_discrepancy_event_discrepancy_id_discrepancy")
        ),
        sa.ForeignKeyConstraint(
            ["log_entry_id"], ["log_entry.id"], name=op.f("fk_discrepancy_event_log_entry_id_log_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy_event")),
    )
    op.create_index("ix_discrepancy_event_discrepancy", "discrepancy_event", ["discrepancy_id", "id"])
    for statement in EVENT_STATEMENTS:
        op.execute(statement)


def _make_monitor_rules() -> None:
    op.create_table(
        "monitor_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("nama", sa.String(), nullable=False),
        sa.Column("expression", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_monitor_rule_owner_id_account")),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_monitor_rule_pemilihan_id_pemilihan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monitor_rule")),
        sa.UniqueConstraint(
            "owner_id", "pemilihan_id", "nama", name=op.f("uq_monitor_rule_owner_id_pemilihan_id_nama")
        ),
    )


def downgrade() -> None:
    """Go back. What an earlier release cannot hold (other kinds, sides, reasons) is let go; the log keeps its facts."""
    op.drop_table("monitor_rule")
    op.drop_table("discrepancy_event")
    op.execute("UPDATE discrepancy SET follows_id = NULL")
    op.execute(
        "DELETE FROM discrepancy WHERE kind NOT IN ('number', 'official_sum') OR official_row_id IS NULL "
        "OR closed_reason NOT IN ('official_changed', 'result_changed', 'result_withdrawn')"
    )
    op.drop_index("ix_discrepancy_assigned", "discrepancy")
    op.drop_index("uq_discrepancy_open", "discrepancy")
    for name in ("side", "life", "severity", "kind", "closed_reason"):
        op.drop_constraint(op.f(f"ck_discrepancy_{name}"), "discrepancy")
    for column in _COLUMNS:
        op.drop_column("discrepancy", column)
    op.alter_column("discrepancy", "official_row_id", nullable=False)
    op.create_check_constraint(op.f("ck_discrepancy_kind"), "discrepancy", "kind IN ('number', 'official_sum')")
    op.create_check_constraint(op.f("ck_discrepancy_closed_reason"), "discrepancy", _OLD_REASONS)
    columns = ["pemilihan_id", "tps_kode", "kind", "field"]
    op.create_index("uq_discrepancy_open", "discrepancy", columns, unique=True, postgresql_where=_OPEN)
