"""Official figures: what changed, alarms, recap sheets, answers that were fetched."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.official.models import FETCH_STATEMENTS, ROW_STATEMENTS, SNAPSHOT_STATEMENTS

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KINDS = "change IN ('first', 'numbers', 'numbers_same_image', 'image', 'withdrawn', 'restored')"
_NOT_FIRST = sa.text("change <> 'first'")

# What is new in the rows of earlier releases, by the same rules as in app/official/staging.py.
_TELL_CHANGES = """
WITH chain AS (
    SELECT id, numbers, images,
           lag(id) OVER w AS before_id, lag(numbers) OVER w AS n, lag(images) OVER w AS i,
           bool_or(array_remove(numbers, NULL) <> '{}') OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ever
    FROM official_row WINDOW w AS (PARTITION BY pemilihan_id, tps_kode ORDER BY id)
), told AS (
    SELECT c.*, d.lost, d.gained FROM chain c, LATERAL (
        SELECT coalesce(bool_or(x.new IS NULL AND x.old IS NOT NULL), false) AS lost,
               coalesce(bool_or(x.old IS NULL AND x.new IS NOT NULL), false) AS gained
        FROM unnest(c.numbers, c.n) AS x (new, old)) d
)
UPDATE official_row r SET previous_id = t.before_id, change = CASE
    WHEN t.before_id IS NULL OR (NOT t.ever AND t.gained) THEN 'first'
    WHEN t.lost THEN 'withdrawn'
    WHEN t.gained AND array_remove(t.n, NULL) = '{}' THEN 'restored'
    WHEN t.numbers IS DISTINCT FROM t.n AND t.images = t.i AND t.i <> '{}' THEN 'numbers_same_image'
    WHEN t.numbers IS DISTINCT FROM t.n THEN 'numbers'
    WHEN t.images IS DISTINCT FROM t.i THEN 'image' END
FROM told t WHERE t.id = r.id
"""


def upgrade() -> None:
    for table, column, other in (
        ("official_row", "pemilihan_id", "pemilihan"),
        ("official_row", "snapshot_id", "official_snapshot"),
        ("official_current", "pemilihan_id", "pemilihan"),
        ("official_current", "row_id", "official_row"),
    ):
        op.drop_constraint(f"fk_{table}_{column}_{other}", table, type_="foreignkey")
    op.add_column("official_row", sa.Column("change", sa.String(), nullable=True))
    op.add_column("official_row", sa.Column("previous_id", sa.BigInteger(), nullable=True))
    op.execute(_TELL_CHANGES)
    op.create_check_constraint(op.f("ck_official_row_change"), "official_row", _KINDS)
    op.create_index("ix_official_row_change", "official_row", ["pemilihan_id", "id"], postgresql_where=_NOT_FIRST)
    # One index does what two did: a nation's rows are written once and looked up by TPS.
    op.create_index(
        "uq_official_row_tps_snapshot", "official_row", ["pemilihan_id", "tps_kode", "snapshot_id"], unique=True
    )
    op.drop_index("ix_official_row_tps", table_name="official_row")
    op.drop_index("uq_official_row_snapshot_tps", table_name="official_row")
    _make_alarms()
    _make_recaps()
    _make_fetches()
    for statement in (*ROW_STATEMENTS, *SNAPSHOT_STATEMENTS, *FETCH_STATEMENTS):
        op.execute(statement)


def _make_alarms() -> None:
    op.create_table(
        "official_alarm",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("severity", sa.SmallInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('votes_fall', 'gain', 'chart')", name=op.f("ck_official_alarm_kind")),
        sa.CheckConstraint("severity BETWEEN 1 AND 3", name=op.f("ck_official_alarm_severity")),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (reason IS NULL)",
            name=op.f("ck_official_alarm_closed"),
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["account.id"], name=op.f("fk_official_alarm_closed_by_account")),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_official_alarm_pemilihan_id_pemilihan")
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["official_snapshot.id"], name=op.f("fk_official_alarm_snapshot_id_official_snapshot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_alarm")),
    )
    op.create_index("uq_official_alarm_once", "official_alarm", ["snapshot_id", "kind", "kode", "field"], unique=True)
    op.create_index("ix_official_alarm_contest", "official_alarm", ["pemilihan_id", "id"])


def _make_recaps() -> None:
    op.create_table(
        "official_recap",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("source_kind", sa.String(), nullable=False),
        sa.Column("tps", sa.BigInteger(), nullable=True),
        sa.Column("numbers", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("superseded", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "source_kind IN ('d_hasil', 'decree', 'sirekap_recap')", name=op.f("ck_official_recap_source_kind")
        ),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_official_recap_pemilihan_id_pemilihan")
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["official_snapshot.id"], name=op.f("fk_official_recap_snapshot_id_official_snapshot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_recap")),
    )
    op.create_index(
        "uq_official_recap_current",
        "official_recap",
        ["pemilihan_id", "source_kind", "kode"],
        unique=True,
        postgresql_where=sa.text("NOT superseded"),
    )
    op.create_index("ix_official_recap_kode", "official_recap", ["pemilihan_id", "kode", "id"])
    op.create_index("ix_official_recap_snapshot_id", "official_recap", ["snapshot_id"])


def _make_fetches() -> None:
    op.create_table(
        "official_fetch",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("final_url", sa.String(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_fetch")),
    )
    op.create_index("ix_official_fetch_url", "official_fetch", ["url", "id"])


def downgrade() -> None:
    for table in ("official_fetch", "official_recap", "official_alarm"):
        op.drop_table(table)
    for table in ("official_row", "official_snapshot"):
        op.execute(f"DROP TRIGGER {table}_insert_only ON {table}")
        op.execute(f"DROP TRIGGER {table}_no_truncate ON {table}")
    op.create_index("uq_official_row_snapshot_tps", "official_row", ["snapshot_id", "tps_kode"], unique=True)
    op.create_index("ix_official_row_tps", "official_row", ["pemilihan_id", "tps_kode", "id"])
    op.drop_index("uq_official_row_tps_snapshot", table_name="official_row")
    op.drop_index("ix_official_row_change", table_name="official_row")
    op.drop_constraint(op.f("ck_official_row_change"), "official_row")
    op.drop_column("official_row", "previous_id")
    op.drop_column("official_row", "change")
    for table, column, other in (
        ("official_row", "pemilihan_id", "pemilihan"),
        ("official_row", "snapshot_id", "official_snapshot"),
        ("official_current", "pemilihan_id", "pemilihan"),
        ("official_current", "row_id", "official_row"),
    ):
        op.create_foreign_key(f"fk_{table}_{column}_{other}", table, other, [column], ["id"])
