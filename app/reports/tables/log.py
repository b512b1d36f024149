"""The log: every entry with its hash, and the fact itself where it is public today."""

from collections.abc import Sequence

from app.reports.columns import Column, Kind, Piece, Source, Spelling, Table

OPEN_KINDS = ("official", "pemilu", "photo", "publication", "reading", "signing_key")
"""Facts without any number of a ballot, without anybody's free words, and without anything about an account."""

NUMBERED_KINDS = ("decision", "discrepancy")
"""Facts with numbers: told only of contests whose numbers may be shown. Their subject names the contest."""

_COLUMNS = (
    Column(
        "id",
        Kind.INTEGER,
        "id",
        "Number of the entry, as on receipts.",
        "Nomor catatan, seperti di tanda terima.",
        required=True,
    ),
    Column("kind", Kind.CODE, "kind", "What it tells of.", "Tentang apa.", required=True),
    Column("subject", Kind.CODE, "subject", "What it is about.", "Apa yang dicatat.", required=True),
    Column("at", Kind.TIME, "at", "When it was written, UTC.", "Kapan ditulis, UTC.", required=True),
    Column(
        "payload_sha256",
        Kind.CODE,
        "payload_sha256",
        "SHA-256 of the fact as canonical JSON (RFC 8785).",
        "SHA-256 fakta sebagai JSON baku (RFC 8785).",
        required=True,
    ),
    Column(
        "position",
        Kind.INTEGER,
        "position",
        "Place in the signed log; empty until it has one.",
        "Tempat di log bertanda tangan; kosong bila belum.",
    ),
    Column(
        "payload",
        Kind.CODE,
        f"""CASE WHEN kind IN ({", ".join(f"'{one}'" for one in OPEN_KINDS)})
              OR (kind IN ({", ".join(f"'{one}'" for one in NUMBERED_KINDS)})
                  AND string_to_array(subject, '/') && $1::text[]) THEN payload::text END""",
        "The fact, JSON. Empty for facts that hold somebody's words or an account, and while numbers are held back.",
        "Faktanya, JSON. Kosong bila memuat kata-kata orang atau akun, dan selama angka belum dibuka.",
    ),
)


def log_table(contests: Sequence[str]) -> Table:
    """Return the log; ``contests``: codes of those whose numbers may be shown now."""

    def source(_piece: Piece, _spelling: Spelling) -> Source:
        return Source("FROM log_entry ORDER BY id", (list(contests),))

    return Table(
        name="log",
        title="Log entries",
        judul="Catatan log",
        meaning="Every fact that was written down, in order, with its hash.",
        arti="Setiap fakta yang dicatat, berurutan, dengan sidiknya.",
        columns=_COLUMNS,
        key=("id",),
        source=source,
    )
