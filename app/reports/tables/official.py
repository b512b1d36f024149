"""What the authority published: its snapshots, and one row for each change of a TPS's figures."""

from app.pemilu.definition import Contest
from app.reports.columns import Column, Kind, Piece, Source, Spelling, Table
from app.reports.tables.conditions import within

_SNAPSHOTS = (
    Column("id", Kind.INTEGER, "id", "Number of the snapshot.", "Nomor cuplikan.", required=True),
    Column("kind", Kind.CODE, "kind", "What it was read as.", "Dibaca sebagai apa.", required=True),
    Column("name", Kind.TEXT, "name", "Name of the file or folder.", "Nama berkas atau folder.", required=True),
    Column(
        "sha256",
        Kind.CODE,
        "sha256",
        "Hash of the bytes as they were published.",
        "Sidik bita sebagaimana diterbitkan.",
        required=True,
    ),
    Column("tps", Kind.INTEGER, "tps_count", "TPS that it names.", "TPS yang disebutnya.", required=True),
    Column(
        "changed",
        Kind.INTEGER,
        "changed_count",
        "TPS of which it said something new.",
        "TPS yang berubah di dalamnya.",
        required=True,
    ),
    Column("imported_at", Kind.TIME, "at", "When it was taken in, UTC.", "Kapan dimasukkan, UTC.", required=True),
    Column("log_entry", Kind.INTEGER, "log_entry_id", "Number of its log entry.", "Nomor catatan lognya."),
)
_ROWS = (
    Column("id", Kind.INTEGER, "r.id", "Number of the row.", "Nomor baris.", required=True),
    Column(
        "tps_kode",
        Kind.CODE,
        "r.tps_kode",
        "KPU's code of the TPS; also of one that only the authority knows.",
        "Kode TPS dari KPU; juga yang hanya dikenal penerbitnya.",
        required=True,
    ),
    Column(
        "snapshot", Kind.INTEGER, "r.snapshot_id", "Snapshot that said so.", "Cuplikan yang memuatnya.", required=True
    ),
    Column(
        "published_at", Kind.TIME, "r.published_at", "The authority's own time, UTC.", "Waktu dari penerbitnya, UTC."
    ),
    Column(
        "change",
        Kind.CODE,
        "r.change",
        "What is new since the row before; empty: neither figures nor photographs.",
        "Apa yang baru sejak baris sebelumnya; kosong: bukan angka dan bukan foto.",
        words=("first", "numbers", "numbers_same_image", "image", "withdrawn", "restored"),
    ),
    Column(
        "current",
        Kind.FLAG,
        "c.row_id IS NOT NULL",
        "Whether it is the latest of its TPS.",
        "Apakah ini yang terbaru dari TPS itu.",
        required=True,
    ),
    Column(
        "images",
        Kind.TEXT,
        "array_to_string(r.images, ' ')",
        "Addresses of the authority's own photographs, page by page.",
        "Alamat foto dari penerbitnya, per halaman.",
    ),
)


def snapshot_table(contest: Contest) -> Table:
    """Return the kept publications of a contest."""

    def source(_piece: Piece, _spelling: Spelling) -> Source:
        return Source("FROM official_snapshot WHERE pemilihan_id = $1 ORDER BY id", (contest.id,))

    return Table(
        name="snapshots",
        title="Kept publications",
        judul="Terbitan tersimpan",
        meaning="Every official publication that was taken in, kept whole under its hash.",
        arti="Setiap terbitan resmi yang dimasukkan, disimpan utuh dengan sidiknya.",
        columns=_SNAPSHOTS,
        key=("id",),
        source=source,
    )


def official_table(contest: Contest, pieces: tuple[Piece, ...]) -> Table:
    """Return what the authority said of each TPS, one row for each time it said something else."""
    fields = tuple(
        Column(
            name,
            Kind.INTEGER,
            f"r.numbers[{place}]",
            f"Official figure of the field `{name}`; empty: not published.",
            f"Angka resmi untuk isian `{name}`; kosong: tidak diterbitkan.",
        )
        for place, name in enumerate(contest.fields, 1)
    )

    def source(piece: Piece, _spelling: Spelling) -> Source:
        sql = f"""
            FROM (SELECT n.row_id AS id FROM official_current n
                  WHERE n.pemilihan_id = $1 AND {within("n.tps_kode", piece)}
                  UNION ALL
                  SELECT f.previous_id FROM official_row f  -- rows that another follows
                  WHERE f.pemilihan_id = $1 AND f.previous_id IS NOT NULL AND {within("f.tps_kode", piece)}) n
            JOIN official_row r ON r.id = n.id
            LEFT JOIN official_current c ON c.pemilihan_id = $1 AND c.tps_kode = r.tps_kode AND c.row_id = r.id
                 AND {within("c.tps_kode", piece)}
            ORDER BY r.tps_kode, r.id"""  # noqa: S608 - the bounds are digits of our own
        return Source(sql, (contest.id,))

    return Table(
        name="official",
        title="Official figures",
        judul="Angka resmi",
        meaning="What the authority published of each TPS, with everything it said before.",
        arti="Apa yang diterbitkan tentang tiap TPS, beserta semua yang dikatakan sebelumnya.",
        columns=(*_ROWS, *fields),
        key=("id",),
        source=source,
        pieces=pieces,
    )
