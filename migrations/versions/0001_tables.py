"""Make every table."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="active", nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('volunteer', 'reviewer', 'monitor', 'admin')", name=op.f("ck_account_role")),
        sa.CheckConstraint("state IN ('active', 'suspended')", name=op.f("ck_account_state")),
        sa.ForeignKeyConstraint(["invited_by"], ["account.id"], name=op.f("fk_account_invited_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
    )
    op.create_table(
        "job_pick",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("crashes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("picked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_pick")),
    )
    op.create_table(
        "job_set_aside",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_set_aside")),
        sa.UniqueConstraint("job_id", name=op.f("uq_job_set_aside_job_id")),
    )
    op.create_table(
        "log_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_entry")),
    )
    op.create_index("ix_log_entry_subject", "log_entry", ["subject"], unique=False)
    op.create_index(
        "ix_log_entry_unsequenced", "log_entry", ["id"], unique=False, postgresql_where=sa.text("position IS NULL")
    )
    op.create_table(
        "pemilu",
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("nama", sa.String(), nullable=False),
        sa.Column("tanggal", sa.Date(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("kode", name=op.f("pk_pemilu")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    op.create_index("ix_sign_in_attempt_name_at", "sign_in_attempt", ["name", "at"], unique=False)
    op.create_table(
        "wilayah_edisi",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("nama", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("wilayah_count", sa.BigInteger(), nullable=False),
        sa.Column("tps_count", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wilayah_edisi")),
    )
    op.create_table(
        "account_session",
        sa.Column("token_sha256", sa.String(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_agent", sa.String(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_session_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_account_session")),
    )
    op.create_index("ix_account_session_expires_at", "account_session", ["expires_at"], unique=False)
    op.create_table(
        "pemilihan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilu_kode", sa.String(), nullable=False),
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("jenis", sa.String(), nullable=False),
        sa.Column("nama", sa.String(), nullable=False),
        sa.Column("wilayah", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("definisi", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["pemilu_kode"], ["pemilu.kode"], name=op.f("fk_pemilihan_pemilu_kode_pemilu")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pemilihan")),
        sa.UniqueConstraint("kode", name=op.f("uq_pemilihan_kode")),
    )
    op.create_table(
        "wilayah",
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("tingkat", sa.String(), nullable=False),
        sa.Column("nama", sa.String(), nullable=False),
        sa.Column("induk", sa.String(), nullable=True),
        sa.Column("tps_count", sa.BigInteger(), nullable=False),
        sa.Column("edisi_awal", sa.BigInteger(), nullable=False),
        sa.Column("edisi_akhir", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["edisi_akhir"], ["wilayah_edisi.id"], name=op.f("fk_wilayah_edisi_akhir_wilayah_edisi")
        ),
        sa.ForeignKeyConstraint(["edisi_awal"], ["wilayah_edisi.id"], name=op.f("fk_wilayah_edisi_awal_wilayah_edisi")),
        sa.ForeignKeyConstraint(["induk"], ["wilayah.kode"], name=op.f("fk_wilayah_induk_wilayah")),
        sa.PrimaryKeyConstraint("kode", name=op.f("pk_wilayah")),
    )
    op.create_index("ix_wilayah_induk", "wilayah", ["induk"], unique=False)
    op.create_table(
        "official_snapshot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("tps_count", sa.BigInteger(), nullable=False),
        sa.Column("changed_count", sa.BigInteger(), nullable=False),
        sa.Column("notes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["log_entry_id"], ["log_entry.id"], name=op.f("fk_official_snapshot_log_entry_id_log_entry")
        ),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_official_snapshot_pemilihan_id_pemilihan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_snapshot")),
    )
    op.create_table(
        "pilihan",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("nomor_urut", sa.SmallInteger(), nullable=False),
        sa.Column("nama", sa.String(), nullable=False),
        sa.Column("partai", sa.String(), nullable=True),
        sa.Column("kunci_resmi", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_pilihan_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("pemilihan_id", "field", name=op.f("pk_pilihan")),
    )
    op.create_table(
        "tally",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("induk", sa.String(), nullable=True),
        sa.Column("sums", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("tps_expected", sa.BigInteger(), nullable=False),
        sa.Column("tps_photo", sa.BigInteger(), nullable=False),
        sa.Column("tps_accepted", sa.BigInteger(), nullable=False),
        sa.Column("tps_disputed", sa.BigInteger(), nullable=False),
        sa.Column("tps_paper", sa.BigInteger(), nullable=False),
        sa.Column("tps_official", sa.BigInteger(), nullable=False),
        sa.Column("source_one", sa.BigInteger(), nullable=False),
        sa.Column("source_two", sa.BigInteger(), nullable=False),
        sa.Column("source_official", sa.BigInteger(), nullable=False),
        sa.Column("rolled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["kode"], ["wilayah.kode"], name=op.f("fk_tally_kode_wilayah")),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_tally_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("pemilihan_id", "kode", name=op.f("pk_tally")),
    )
    op.create_index("ix_tally_induk", "tally", ["pemilihan_id", "induk"], unique=False)
    op.create_table(
        "tally_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("kelurahan", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["kelurahan"], ["wilayah.kode"], name=op.f("fk_tally_change_kelurahan_wilayah")),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_tally_change_pemilihan_id_pemilihan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_change")),
    )
    op.create_table(
        "tps",
        sa.Column("kode", sa.String(), nullable=False),
        sa.Column("kelurahan", sa.String(), nullable=False),
        sa.Column("nomor", sa.SmallInteger(), nullable=False),
        sa.Column("edisi_awal", sa.BigInteger(), nullable=False),
        sa.Column("edisi_akhir", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["edisi_akhir"], ["wilayah_edisi.id"], name=op.f("fk_tps_edisi_akhir_wilayah_edisi")),
        sa.ForeignKeyConstraint(["edisi_awal"], ["wilayah_edisi.id"], name=op.f("fk_tps_edisi_awal_wilayah_edisi")),
        sa.ForeignKeyConstraint(["kelurahan"], ["wilayah.kode"], name=op.f("fk_tps_kelurahan_wilayah")),
        sa.PrimaryKeyConstraint("kode", name=op.f("pk_tps")),
    )
    op.create_index(
        "ix_tps_kelurahan", "tps", ["kelurahan"], unique=False, postgresql_where=sa.text("edisi_akhir IS NULL")
    )
    op.create_table(
        "wilayah_pengganti",
        sa.Column("kode_lama", sa.String(), nullable=False),
        sa.Column("kode_baru", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["kode_baru"], ["wilayah.kode"], name=op.f("fk_wilayah_pengganti_kode_baru_wilayah")),
        sa.ForeignKeyConstraint(["kode_lama"], ["wilayah.kode"], name=op.f("fk_wilayah_pengganti_kode_lama_wilayah")),
        sa.PrimaryKeyConstraint("kode_lama", "kode_baru", name=op.f("pk_wilayah_pengganti")),
    )
    op.create_table(
        "official_row",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("snapshot_id", sa.BigInteger(), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("images", postgresql.ARRAY(sa.TEXT()), server_default="{}", nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extra", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_official_row_pemilihan_id_pemilihan")
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["official_snapshot.id"], name=op.f("fk_official_row_snapshot_id_official_snapshot")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_row")),
    )
    op.create_index("ix_official_row_tps", "official_row", ["pemilihan_id", "tps_kode", "id"], unique=False)
    op.create_index("uq_official_row_snapshot_tps", "official_row", ["snapshot_id", "tps_kode"], unique=True)
    op.create_table(
        "photo",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("uploader_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), server_default="volunteer", nullable=False),
        sa.Column("state", sa.String(), server_default="received", nullable=False),
        sa.Column("state_code", sa.String(), nullable=True),
        sa.Column("state_reason", sa.String(), nullable=True),
        sa.Column("duplicate_of", sa.BigInteger(), nullable=True),
        sa.Column("form", sa.String(), nullable=True),
        sa.Column("page", sa.SmallInteger(), nullable=True),
        sa.Column("quality", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("source IN ('volunteer', 'official')", name=op.f("ck_photo_source")),
        sa.CheckConstraint(
            "state IN ('received', 'read', 'refused', 'moved', 'duplicate', 'rejected')", name=op.f("ck_photo_state")
        ),
        sa.ForeignKeyConstraint(["duplicate_of"], ["photo.id"], name=op.f("fk_photo_duplicate_of_photo")),
        sa.ForeignKeyConstraint(["log_entry_id"], ["log_entry.id"], name=op.f("fk_photo_log_entry_id_log_entry")),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_photo_pemilihan_id_pemilihan")),
        sa.ForeignKeyConstraint(["tps_kode"], ["tps.kode"], name=op.f("fk_photo_tps_kode_tps")),
        sa.ForeignKeyConstraint(["uploader_id"], ["account.id"], name=op.f("fk_photo_uploader_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
    )
    op.create_index("ix_photo_received", "photo", ["id"], unique=False, postgresql_where=sa.text("state = 'received'"))
    op.create_index("ix_photo_sha256", "photo", ["sha256"], unique=False)
    op.create_index("ix_photo_tps", "photo", ["pemilihan_id", "tps_kode"], unique=False)
    op.create_index("uq_photo_upload", "photo", ["uploader_id", "pemilihan_id", "tps_kode", "sha256"], unique=True)
    op.create_table(
        "result",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("kelurahan", sa.String(), nullable=False),
        sa.Column("current", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("numbers", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("source_class", sa.String(), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.TEXT()), server_default="{}", nullable=False),
        sa.Column("has_photo", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("has_official", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(state = 'accepted') = (source_class IS NOT NULL)", name=op.f("ck_result_accepted_has_source")
        ),
        sa.CheckConstraint(
            "source_class IS NULL OR source_class IN ('one_uploader', 'two_uploaders', 'official_photo')",
            name=op.f("ck_result_source_class"),
        ),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'disputed')", name=op.f("ck_result_state")),
        sa.ForeignKeyConstraint(["kelurahan"], ["wilayah.kode"], name=op.f("fk_result_kelurahan_wilayah")),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_result_pemilihan_id_pemilihan")),
        sa.ForeignKeyConstraint(["tps_kode"], ["tps.kode"], name=op.f("fk_result_tps_kode_tps")),
        sa.PrimaryKeyConstraint("pemilihan_id", "tps_kode", "round", name=op.f("pk_result")),
    )
    op.create_index("ix_result_kelurahan", "result", ["pemilihan_id", "kelurahan"], unique=False)
    op.create_index(
        "uq_result_current", "result", ["pemilihan_id", "tps_kode"], unique=True, postgresql_where=sa.text("current")
    )
    op.create_table(
        "tps_section",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("round", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="waiting", nullable=False),
        sa.Column("wanted", sa.String(), nullable=True),
        sa.Column("why", sa.String(), server_default="", nullable=False),
        sa.Column("photo_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("dice", sa.Double(), server_default=sa.text("random()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'accepted', 'disputed')", name=op.f("ck_tps_section_state")),
        sa.CheckConstraint(
            "wanted IS NULL OR wanted IN ('blind', 'confirm', 'review')", name=op.f("ck_tps_section_wanted")
        ),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_tps_section_pemilihan_id_pemilihan")),
        sa.ForeignKeyConstraint(["tps_kode"], ["tps.kode"], name=op.f("fk_tps_section_tps_kode_tps")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tps_section")),
    )
    op.create_index(
        "ix_tps_section_wanted",
        "tps_section",
        ["wanted", "dice"],
        unique=False,
        postgresql_where=sa.text("wanted IS NOT NULL"),
    )
    op.create_index("uq_tps_section", "tps_section", ["pemilihan_id", "tps_kode", "round", "section"], unique=True)
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("state", sa.String(), server_default="current", nullable=False),
        sa.Column("numbers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("flags", postgresql.ARRAY(sa.TEXT()), server_default="{}", nullable=False),
        sa.Column("source_class", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("outcome IN ('accept', 'dispute')", name=op.f("ck_decision_outcome")),
        sa.CheckConstraint("state IN ('current', 'superseded', 'withdrawn')", name=op.f("ck_decision_state")),
        sa.ForeignKeyConstraint(["log_entry_id"], ["log_entry.id"], name=op.f("fk_decision_log_entry_id_log_entry")),
        sa.ForeignKeyConstraint(["section_id"], ["tps_section.id"], name=op.f("fk_decision_section_id_tps_section")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index("ix_decision_section", "decision", ["section_id"], unique=False)
    op.create_index(
        "uq_decision_current", "decision", ["section_id"], unique=True, postgresql_where=sa.text("state = 'current'")
    )
    op.create_table(
        "discrepancy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("ours", sa.BigInteger(), nullable=True),
        sa.Column("official", sa.BigInteger(), nullable=True),
        sa.Column("difference", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), server_default="open", nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.String(), nullable=True),
        sa.Column("official_row_id", sa.BigInteger(), nullable=False),
        sa.Column("opened_entry_id", sa.BigInteger(), nullable=False),
        sa.Column("closed_entry_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_reason IS NOT NULL) AND (state = 'closed') = (closed_at IS NOT NULL)",
            name=op.f("ck_discrepancy_closed_has_reason"),
        ),
        sa.CheckConstraint(
            "closed_reason IN ('official_changed', 'result_changed', 'result_withdrawn')",
            name=op.f("ck_discrepancy_closed_reason"),
        ),
        sa.CheckConstraint("kind IN ('number', 'official_sum')", name=op.f("ck_discrepancy_kind")),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_discrepancy_state")),
        sa.ForeignKeyConstraint(
            ["closed_entry_id"], ["log_entry.id"], name=op.f("fk_discrepancy_closed_entry_id_log_entry")
        ),
        sa.ForeignKeyConstraint(
            ["official_row_id"], ["official_row.id"], name=op.f("fk_discrepancy_official_row_id_official_row")
        ),
        sa.ForeignKeyConstraint(
            ["opened_entry_id"], ["log_entry.id"], name=op.f("fk_discrepancy_opened_entry_id_log_entry")
        ),
        sa.ForeignKeyConstraint(["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_discrepancy_pemilihan_id_pemilihan")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy")),
    )
    op.create_index("ix_discrepancy_tps", "discrepancy", ["pemilihan_id", "tps_kode"], unique=False)
    op.create_index(
        "uq_discrepancy_open",
        "discrepancy",
        ["pemilihan_id", "tps_kode", "kind", "field"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "official_current",
        sa.Column("pemilihan_id", sa.BigInteger(), nullable=False),
        sa.Column("tps_kode", sa.String(), nullable=False),
        sa.Column("row_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pemilihan_id"], ["pemilihan.id"], name=op.f("fk_official_current_pemilihan_id_pemilihan")
        ),
        sa.ForeignKeyConstraint(["row_id"], ["official_row.id"], name=op.f("fk_official_current_row_id_official_row")),
        sa.PrimaryKeyConstraint("pemilihan_id", "tps_kode", name=op.f("pk_official_current")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("photo_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), server_default="leased", nullable=False),
        sa.Column("skip_reason", sa.String(), nullable=True),
        sa.Column("shown", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("mode IN ('blind', 'confirm', 'review')", name=op.f("ck_task_mode")),
        sa.CheckConstraint("state IN ('leased', 'answered', 'skipped', 'expired')", name=op.f("ck_task_state")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_task_account_id_account")),
        sa.ForeignKeyConstraint(["section_id"], ["tps_section.id"], name=op.f("fk_task_section_id_tps_section")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    op.create_index(
        "uq_task_one_lease", "task", ["section_id"], unique=True, postgresql_where=sa.text("state = 'leased'")
    )
    op.create_index(
        "uq_task_one_lease_account", "task", ["account_id"], unique=True, postgresql_where=sa.text("state = 'leased'")
    )
    op.create_index("uq_task_section_account", "task", ["section_id", "account_id"], unique=True)
    op.create_table(
        "reading",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("section_id", sa.BigInteger(), nullable=False),
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("machine", sa.String(), nullable=True),
        sa.Column("numbers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("commitment", sa.String(), nullable=False),
        sa.Column("log_entry_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(mode = 'machine') = (account_id IS NULL)", name=op.f("ck_reading_machine_has_no_account")),
        sa.CheckConstraint("(mode = 'machine') = (task_id IS NULL)", name=op.f("ck_reading_machine_has_no_task")),
        sa.CheckConstraint(
            "(mode = 'machine') = (machine IS NOT NULL)", name=op.f("ck_reading_machine_has_fingerprint")
        ),
        sa.CheckConstraint("mode IN ('machine', 'blind', 'confirm', 'review')", name=op.f("ck_reading_mode")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_reading_account_id_account")),
        sa.ForeignKeyConstraint(["log_entry_id"], ["log_entry.id"], name=op.f("fk_reading_log_entry_id_log_entry")),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.id"], name=op.f("fk_reading_photo_id_photo")),
        sa.ForeignKeyConstraint(["section_id"], ["tps_section.id"], name=op.f("fk_reading_section_id_tps_section")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_reading_task_id_task")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_account", "reading", ["account_id"], unique=False)
    op.create_index("ix_reading_photo", "reading", ["photo_id"], unique=False)
    op.create_index("ix_reading_section", "reading", ["section_id"], unique=False)
    op.create_index(
        "uq_reading_machine",
        "reading",
        ["section_id", "photo_id", "machine"],
        unique=True,
        postgresql_where=sa.text("machine IS NOT NULL"),
    )
    op.create_index(
        "uq_reading_task_photo",
        "reading",
        ["task_id", "photo_id"],
        unique=True,
        postgresql_where=sa.text("task_id IS NOT NULL"),
    )
    op.create_table(
        "reading_withdrawal",
        sa.Column("reading_id", sa.BigInteger(), nullable=False),
        sa.Column("by_account_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_reading_withdrawal_by_account_id_account")
        ),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_reading_withdrawal_reading_id_reading")),
        sa.PrimaryKeyConstraint("reading_id", name=op.f("pk_reading_withdrawal")),
    )


def downgrade() -> None:
    op.drop_table("reading_withdrawal")
    op.drop_index("uq_reading_task_photo", table_name="reading", postgresql_where=sa.text("task_id IS NOT NULL"))
    op.drop_index("uq_reading_machine", table_name="reading", postgresql_where=sa.text("machine IS NOT NULL"))
    op.drop_index("ix_reading_section", table_name="reading")
    op.drop_index("ix_reading_photo", table_name="reading")
    op.drop_index("ix_reading_account", table_name="reading")
    op.drop_table("reading")
    op.drop_index("uq_task_section_account", table_name="task")
    op.drop_index("uq_task_one_lease_account", table_name="task", postgresql_where=sa.text("state = 'leased'"))
    op.drop_index("uq_task_one_lease", table_name="task", postgresql_where=sa.text("state = 'leased'"))
    op.drop_table("task")
    op.drop_table("official_current")
    op.drop_index("uq_discrepancy_open", table_name="discrepancy", postgresql_where=sa.text("state = 'open'"))
    op.drop_index("ix_discrepancy_tps", table_name="discrepancy")
    op.drop_table("discrepancy")
    op.drop_index("uq_decision_current", table_name="decision", postgresql_where=sa.text("state = 'current'"))
    op.drop_index("ix_decision_section", table_name="decision")
    op.drop_table("decision")
    op.drop_index("uq_tps_section", table_name="tps_section")
    op.drop_index("ix_tps_section_wanted", table_name="tps_section", postgresql_where=sa.text("wanted IS NOT NULL"))
    op.drop_table("tps_section")
    op.drop_index("uq_result_current", table_name="result", postgresql_where=sa.text("current"))
    op.drop_index("ix_result_kelurahan", table_name="result")
    op.drop_table("result")
    op.drop_index("uq_photo_upload", table_name="photo")
    op.drop_index("ix_photo_tps", table_name="photo")
    op.drop_index("ix_photo_sha256", table_name="photo")
    op.drop_index("ix_photo_received", table_name="photo", postgresql_where=sa.text("state = 'received'"))
    op.drop_table("photo")
    op.drop_index("uq_official_row_snapshot_tps", table_name="official_row")
    op.drop_index("ix_official_row_tps", table_name="official_row")
    op.drop_table("official_row")
    op.drop_table("wilayah_pengganti")
    op.drop_index("ix_tps_kelurahan", table_name="tps", postgresql_where=sa.text("edisi_akhir IS NULL"))
    op.drop_table("tps")
    op.drop_table("tally_change")
    op.drop_index("ix_tally_induk", table_name="tally")
    op.drop_table("tally")
    op.drop_table("pilihan")
    op.drop_table("official_snapshot")
    op.drop_index("ix_wilayah_induk", table_name="wilayah")
    op.drop_table("wilayah")
    op.drop_table("pemilihan")
    op.drop_index("ix_account_session_expires_at", table_name="account_session")
    op.drop_table("account_session")
    op.drop_table("wilayah_edisi")
    op.drop_index("ix_sign_in_attempt_name_at", table_name="sign_in_attempt")
    op.drop_table("sign_in_attempt")
    op.drop_table("pemilu")
    op.drop_index("ix_log_entry_unsequenced", table_name="log_entry", postgresql_where=sa.text("position IS NULL"))
    op.drop_index("ix_log_entry_subject", table_name="log_entry")
    op.drop_table("log_entry")
    op.drop_table("job_set_aside")
    op.drop_table("job_pick")
    op.drop_table("account")
