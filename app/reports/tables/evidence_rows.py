"""What accepted numbers stand on: photographs by their hashes, readings as far as they are open, decisions."""

from app.pemilu.definition import Contest
from app.reports.columns import Column, Kind, Piece, Source, Spelling, Table
from app.reports.tables.conditions import within
from app.reports.tables.words import SOURCE_CLASSES

_TPS = Column("tps_kode", Kind.CODE, "tps_kode", "KPU's code of the TPS.", "Kode TPS dari KPU.", required=True)
_ENTRY = Column("log_entry", Kind.INTEGER, "log_entry_id", "Number of its log entry.", "Nomor catatan lognya.")
_PHOTOS = (
    Column("id", Kind.INTEGER, "id", "Number of the photograph.", "Nomor foto.", required=True),
    _TPS,
    Column("round", Kind.INTEGER, "round", "Round of the TPS.", "Putaran TPS.", required=True),
    Column(
        "sha256",
        Kind.CODE,
        "sha256",
        "Hash of the original bytes, which stay sealed: names and signatures are on them.",
        "Sidik bita asli, yang tetap disegel: ada nama dan tanda tangan di sana.",
        required=True,
    ),
    Column("bytes", Kind.INTEGER, "byte_count", "Size of the original.", "Ukuran berkas asli.", required=True),
    Column("form", Kind.TEXT, "form", "Form that it shows.", "Formulir yang tampak."),
    Column("page", Kind.INTEGER, "page", "Page of the form.", "Halaman formulir."),
    Column(
        "source",
        Kind.CODE,
        "source",
        "Who sent it. Not by name: uploaders stay unnamed.",
        "Siapa yang mengirim. Tanpa nama: pengirim tidak disebut.",
        words=("volunteer", "official"),
        required=True,
    ),
    Column(
        "state",
        Kind.CODE,
        "state",
        "What became of it.",
        "Bagaimana kelanjutannya.",
        words=("received", "read", "refused", "moved", "duplicate", "rejected", "split"),
        required=True,
    ),
    Column("received_at", Kind.TIME, "at", "When it came in, UTC.", "Kapan diterima, UTC.", required=True),
    _ENTRY,
)
_DECISIONS = (
    Column("id", Kind.INTEGER, "d.id", "Number of the decision.", "Nomor keputusan.", required=True),
    Column("tps_kode", Kind.CODE, "s.tps_kode", "KPU's code of the TPS.", "Kode TPS dari KPU.", required=True),
    Column("round", Kind.INTEGER, "s.round", "Round of the TPS.", "Putaran TPS.", required=True),
    Column("section", Kind.CODE, "s.section", "Section of the form.", "Bagian formulir.", required=True),
    Column(
        "outcome",
        Kind.CODE,
        "d.outcome",
        "The rule's verdict.",
        "Putusan aturan.",
        words=("accept", "dispute"),
        required=True,
    ),
    Column(
        "numbers",
        Kind.CODE,
        "d.numbers::text",
        "JSON: number of each field; empty braces for a dispute.",
        "JSON: angka tiap isian; kurung kosong bila sengketa.",
        required=True,
    ),
    Column("flags", Kind.LIST, "d.flags", "`paper`: taken as written.", "`paper`: diambil apa adanya."),
    Column(
        "source_class", Kind.CODE, "d.source_class", "Who carries it.", "Siapa yang menopangnya.", words=SOURCE_CLASSES
    ),
    Column("rule_version", Kind.CODE, "d.rule_version", "Version of the rule.", "Versi aturan.", required=True),
    Column("decided_at", Kind.TIME, "d.at", "When it was decided, UTC.", "Kapan diputuskan, UTC.", required=True),
    Column("log_entry", Kind.INTEGER, "d.log_entry_id", "Number of its log entry.", "Nomor catatan lognya."),
)
_OPENED = "Opens with the decision, empty before."
_TERBUKA = "Terbuka bersama keputusan, sebelumnya kosong."
_READINGS = (
    Column("id", Kind.INTEGER, "r.id", "Number of the reading.", "Nomor bacaan.", required=True),
    Column("tps_kode", Kind.CODE, "s.tps_kode", "KPU's code of the TPS.", "Kode TPS dari KPU.", required=True),
    Column("section", Kind.CODE, "s.section", "Section of the form.", "Bagian formulir.", required=True),
    Column("decision", Kind.INTEGER, "o.decision", f"Decision that opened it. {_OPENED}", f"Keputusannya. {_TERBUKA}"),
    Column("photo", Kind.INTEGER, "o.photo", f"Photograph that was read. {_OPENED}", f"Foto yang dibaca. {_TERBUKA}"),
    Column(
        "mode",
        Kind.CODE,
        "o.mode",
        f"How it was read. {_OPENED}",
        f"Cara membacanya. {_TERBUKA}",
        words=("machine", "blind", "confirm", "review"),
    ),
    Column(
        "reader",
        Kind.CODE,
        "o.reader",
        f"`machine`, or an account by number, never by name. {_OPENED}",
        f"`machine`, atau akun dengan nomor, tanpa nama. {_TERBUKA}",
    ),
    Column("numbers", Kind.CODE, "o.numbers", f"JSON: what was read. {_OPENED}", f"JSON: yang dibaca. {_TERBUKA}"),
    Column("salt", Kind.CODE, "o.salt", f"Salt of the commitment. {_OPENED}", f"Garam komitmen. {_TERBUKA}"),
    Column(
        "commitment",
        Kind.CODE,
        "r.commitment",
        "SHA-256 of salt and canonical numbers, public from the beginning.",
        "SHA-256 dari garam dan angka baku, terbuka sejak awal.",
        required=True,
    ),
    Column("read_at", Kind.TIME, "r.at", "When it was read, UTC.", "Kapan dibaca, UTC.", required=True),
    Column("log_entry", Kind.INTEGER, "r.log_entry_id", "Number of its log entry.", "Nomor catatan lognya."),
)


def photo_table(contest: Contest, pieces: tuple[Piece, ...]) -> Table:
    """Return the photographs of a contest by their hashes, without a word about who sent them."""

    def source(piece: Piece, _spelling: Spelling) -> Source:
        return Source(
            f"FROM photo WHERE pemilihan_id = $1 AND {within('tps_kode', piece)} ORDER BY tps_kode, id", (contest.id,)
        )

    return Table(
        name="photos",
        title="Photographs",
        judul="Foto",
        meaning="Every photograph that came in, by its hash.",
        arti="Setiap foto yang diterima, dengan sidiknya.",
        columns=_PHOTOS,
        key=("id",),
        source=source,
        pieces=pieces,
    )


def decision_table(contest: Contest, pieces: tuple[Piece, ...]) -> Table:
    """Return the decisions that hold now."""

    def source(piece: Piece, _spelling: Spelling) -> Source:
        sql = f"""
            FROM decision d JOIN tps_section s ON s.id = d.section_id
            WHERE d.state = 'current' AND s.pemilihan_id = $1 AND {within("s.tps_kode", piece)}
            ORDER BY s.tps_kode, s.round, s.section, d.id"""
        return Source(sql, (contest.id,))

    return Table(
        name="decisions",
        title="Decisions",
        judul="Keputusan",
        meaning="The rule's verdict on each section, as it holds now. Earlier ones stand in the log.",
        arti="Putusan aturan atas tiap bagian, yang berlaku sekarang. Yang lama ada di log.",
        columns=_DECISIONS,
        key=("id",),
        source=source,
        pieces=pieces,
    )


def reading_table(contest: Contest, pieces: tuple[Piece, ...]) -> Table:
    """Return the readings: what was committed to always, what was read only where a current decision rests on it.

    A reading that no decision has opened may still be somebody's task tomorrow: its numbers would tell him.
    """

    def source(piece: Piece, _spelling: Spelling) -> Source:
        sql = f"""
            FROM tps_section s JOIN reading r ON r.section_id = s.id
            LEFT JOIN LATERAL (
                SELECT d.id AS decision, one ->> 'reader' AS reader, r.photo_id AS photo, r.mode AS mode,
                       r.numbers::text AS numbers, encode(r.salt, 'hex') AS salt
                FROM decision d, jsonb_array_elements(d.inputs -> 'readings') one
                WHERE d.section_id = s.id AND d.state = 'current' AND (one ->> 'id')::bigint = r.id
                LIMIT 1
            ) o ON true
            WHERE s.pemilihan_id = $1 AND {within("s.tps_kode", piece)}
            ORDER BY s.tps_kode, r.id"""  # noqa: S608 - digits of our own
        return Source(sql, (contest.id,))

    return Table(
        name="readings",
        title="Readings",
        judul="Bacaan",
        meaning="What each reader committed to, and what he read where a decision has opened it.",
        arti="Apa yang dikunci tiap pembaca, dan apa yang dibacanya bila sudah dibuka oleh keputusan.",
        columns=_READINGS,
        key=("id",),
        source=source,
        pieces=pieces,
    )
