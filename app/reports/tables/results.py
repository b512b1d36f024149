"""Accepted numbers: one row a TPS, one column a field of the contest."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.reports.columns import Column, Kind, Piece, Source, Spelling, Table
from app.reports.tables.conditions import within
from app.reports.tables.places import PLACE_COLUMNS, cut_pieces, name_places, tps_number
from app.reports.tables.words import SOURCE_CLASSES, STATES

COLUMNS = (
    Column("pemilihan", Kind.CODE, "pemilihan.kode", "Contest.", "Pemilihan.", required=True),
    Column(
        "tps_kode",
        Kind.CODE,
        "result.tps_kode",
        "KPU's code of the TPS, 13 digits.",
        "Kode TPS dari KPU, 13 angka.",
        required=True,
    ),
    *PLACE_COLUMNS,
    tps_number("result.tps_kode"),
    Column(
        "round",
        Kind.INTEGER,
        "result.round",
        "1, or more after a revote (PSU): the newest one counts.",
        "1, atau lebih setelah pemungutan suara ulang (PSU): yang terbaru yang dihitung.",
        required=True,
    ),
    Column(
        "state",
        Kind.CODE,
        "result.state",
        "Of the sections that the contest requires, together.",
        "Dari bagian-bagian wajib pemilihan ini, bersama-sama.",
        words=STATES,
        required=True,
    ),
    Column(
        "source_class",
        Kind.CODE,
        "result.source_class",
        "Who carries the numbers: one uploader, two who are not linked, or also the authority's photograph.",
        "Siapa yang menopang angkanya: satu pengirim, dua yang tidak tertaut, atau juga foto resmi.",
        words=SOURCE_CLASSES,
    ),
    Column(
        "flags",
        Kind.LIST,
        "result.flags",
        "`paper`: the form's own sums do not close; taken as written.",
        "`paper`: jumlah di formulirnya sendiri tidak cocok; diambil apa adanya.",
    ),
    Column(
        "updated_at", Kind.TIME, "result.updated_at", "Last change, UTC.", "Perubahan terakhir, UTC.", required=True
    ),
)
"""Before the contest's fields; after them comes ``page``."""


async def result_table(session: AsyncSession, *, contest: Contest, site: str, wilayah: str | None = None) -> Table:
    """Return the accepted numbers of a contest, by TPS; TPS without any are left out, an empty cell is unknown.

    Raises:
        NotFoundError: the region is not known.
    """
    fields = tuple(
        Column(
            name,
            Kind.INTEGER,
            f"result.numbers[{place}]",
            f"Accepted number of the field `{name}`; empty: not known, which is not zero.",
            f"Angka yang diterima untuk isian `{name}`; kosong: belum diketahui, bukan nol.",
        )
        for place, name in enumerate(contest.fields, 1)
    )
    page = Column(
        "page",
        Kind.CODE,
        "$2::text || pemilihan.kode || '/' || result.tps_kode",
        "Address of the TPS's page on this site.",
        "Alamat halaman TPS di situs ini.",
    )

    def source(piece: Piece, spelling: Spelling) -> Source:
        # array_remove leaves what is known; of an empty array cardinality is 0.
        sql = f"""
            FROM result JOIN pemilihan ON pemilihan.id = result.pemilihan_id
            LEFT JOIN place ON place.kode = left(result.tps_kode, 10)
            WHERE result.pemilihan_id = $1 AND result.current AND {within("result.tps_kode", piece)}
              AND cardinality(array_remove(result.numbers, NULL)) > 0
            ORDER BY result.tps_kode"""
        return Source(sql, (contest.id, f"{site}/tps/"), f"WITH {name_places(piece, spelling)}")

    return Table(
        name="results",
        title="Accepted numbers",
        judul="Angka yang diterima",
        meaning="What readers agreed that the photographs of each TPS show. Not the official result.",
        arti="Apa yang disepakati para pembaca dari foto tiap TPS. Bukan hasil resmi.",
        columns=(*COLUMNS, *fields, page),
        key=("tps_kode",),
        source=source,
        pieces=await cut_pieces(session, wilayah=wilayah),
    )
