"""Differences: one row each."""

from typing import get_args

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.kinds import DESCRIPTIVE, GROUPS, LADDER
from app.discrepancy.kinds import Kind as DiscrepancyKind
from app.discrepancy.listing import DiscrepancyFilter, build_conditions
from app.discrepancy.models import CLOSED_REASONS, LIVES, SEVERITIES, Discrepancy
from app.discrepancy.rows import Direction
from app.reports.columns import Column, Kind, Piece, Source, Spelling, Table
from app.reports.tables.conditions import compile_conditions, within
from app.reports.tables.places import PLACE_COLUMNS, cut_pieces, name_places, tps_number
from app.reports.tables.words import SOURCE_CLASSES


def _quote(words: frozenset[DiscrepancyKind]) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


_GROUP = f"""CASE WHEN discrepancy.kind IN ({_quote(DESCRIPTIVE)}) THEN 'descriptive'
                  WHEN discrepancy.kind IN ({_quote(LADDER)}) THEN 'ladder'
                  WHEN discrepancy.side = 'ours' THEN 'sheet' ELSE 'difference' END"""
"""``discrepancy.kinds.group_of`` in SQL; a test holds the two together."""

COLUMNS = (
    Column("id", Kind.INTEGER, "discrepancy.id", "Number of the difference.", "Nomor selisih.", required=True),
    Column("pemilihan", Kind.CODE, "pemilihan.kode", "Contest.", "Pemilihan.", required=True),
    Column(
        "tps_kode",
        Kind.CODE,
        "discrepancy.tps_kode",
        "KPU's code of the TPS, 13 digits; of the region (1 to 10 digits) in the list `ladder`.",
        "Kode TPS dari KPU, 13 angka; kode wilayah (1 sampai 10 angka) pada daftar `ladder`.",
        required=True,
    ),
    *PLACE_COLUMNS,
    tps_number("discrepancy.tps_kode"),
    Column(
        "list",
        Kind.CODE,
        _GROUP,
        "Where it is told: `difference` with the authority's figures; `sheet`: the paper's own sums; "
        "`descriptive`: unusual, which is neither right nor wrong; `ladder`: sums of a region against a recap sheet.",
        "Daftarnya: `difference` terhadap angka resmi; `sheet`: jumlah di kertasnya sendiri; "
        "`descriptive`: tidak biasa, bukan benar atau salah; `ladder`: jumlah wilayah terhadap lembar rekapitulasi.",
        words=GROUPS,
        required=True,
    ),
    Column(
        "kind",
        Kind.CODE,
        "discrepancy.kind",
        "Code of the rule that found it.",
        "Kode aturan yang menemukannya.",
        words=tuple(DiscrepancyKind),
        required=True,
    ),
    Column(
        "side",
        Kind.CODE,
        "discrepancy.side",
        "Whose figures it speaks of.",
        "Angka siapa yang dibicarakan.",
        words=("both", "ours", "official"),
        required=True,
    ),
    Column(
        "field",
        Kind.CODE,
        "discrepancy.field",
        "Field of the contest, or the key of the sum or bound.",
        "Isian pemilihan, atau kunci jumlah atau batasnya.",
        required=True,
    ),
    Column(
        "ours",
        Kind.INTEGER,
        "discrepancy.ours",
        "Accepted number when it was opened; empty where the rule speaks of official figures alone.",
        "Angka yang diterima saat dibuka; kosong bila aturannya hanya tentang angka resmi.",
    ),
    Column(
        "official",
        Kind.INTEGER,
        "discrepancy.official",
        "Official figure when it was opened.",
        "Angka resmi saat dibuka.",
    ),
    Column(
        "difference",
        Kind.INTEGER,
        "discrepancy.difference",
        "official - ours; of one side alone the written total minus its terms, or by how much it is above the bound.",
        "official - ours; bila satu sisi saja: jumlah tertulis dikurangi bagiannya, atau lebihnya dari batas.",
        required=True,
    ),
    Column(
        "direction",
        Kind.CODE,
        "CASE WHEN discrepancy.difference > 0 THEN 'more' WHEN discrepancy.difference < 0 THEN 'less' ELSE 'same' END",
        "Whether the official figure, or the written total, is more or less than what it is held against.",
        "Apakah angka resmi, atau jumlah tertulis, lebih atau kurang dari pembandingnya.",
        words=get_args(Direction),
        required=True,
    ),
    Column(
        "votes",
        Kind.INTEGER,
        "discrepancy.votes",
        "Votes moved, without the sign; 0 where no votes are concerned.",
        "Suara yang berpindah, tanpa tanda; 0 bila bukan suara.",
        required=True,
    ),
    Column(
        "severity",
        Kind.CODE,
        "discrepancy.severity",
        "Size by `votes` and the contest's thresholds.",
        "Ukuran menurut `votes` dan batas pemilihan ini.",
        words=SEVERITIES,
        required=True,
    ),
    Column(
        "state",
        Kind.CODE,
        "discrepancy.state",
        "Whether it still stands.",
        "Apakah masih berlaku.",
        words=("open", "closed"),
        required=True,
    ),
    Column(
        "life",
        Kind.CODE,
        "discrepancy.life",
        "What people, or later figures, have made of it.",
        "Apa tindak lanjutnya oleh orang, atau oleh angka yang lebih baru.",
        words=LIVES,
        required=True,
    ),
    Column(
        "opened_at",
        Kind.TIME,
        "discrepancy.opened_at",
        "When it was found, UTC.",
        "Kapan ditemukan, UTC.",
        required=True,
    ),
    Column(
        "closed_at",
        Kind.TIME,
        "discrepancy.closed_at",
        "When it no longer stood, UTC.",
        "Kapan tidak berlaku lagi, UTC.",
    ),
    Column(
        "closed_reason",
        Kind.CODE,
        "discrepancy.closed_reason",
        "Why it no longer stands.",
        "Mengapa tidak berlaku lagi.",
        words=CLOSED_REASONS,
    ),
    Column(
        "official_published_at",
        Kind.TIME,
        "official_row.published_at",
        "The authority's own time of the official figure, UTC.",
        "Waktu angka resmi menurut penerbitnya, UTC.",
    ),
    Column(
        "official_snapshot_sha256",
        Kind.CODE,
        "official_snapshot.sha256",
        "Hash of the kept publication that held the official figure.",
        "Sidik terbitan tersimpan yang memuat angka resmi.",
    ),
    Column(
        "opened_entry",
        Kind.INTEGER,
        "discrepancy.opened_entry_id",
        "Number of the log entry that says so.",
        "Nomor catatan log saat dibuka.",
        required=True,
    ),
    Column(
        "closed_entry",
        Kind.INTEGER,
        "discrepancy.closed_entry_id",
        "Number of the log entry of its end.",
        "Nomor catatan log saat ditutup.",
    ),
    Column(
        "source_class",
        Kind.CODE,
        "result.source_class",
        "Who carries the accepted numbers of this TPS now; empty while none are accepted.",
        "Siapa yang menopang angka diterima TPS ini sekarang; kosong bila belum ada.",
        words=SOURCE_CLASSES,
    ),
)


async def discrepancy_table(session: AsyncSession, *, filters: DiscrepancyFilter, site: str) -> Table:
    """Return the table of the differences that the filter lets through; ``site`` goes in front of addresses of pages.

    In the order of places, and of opening at each place.

    Raises:
        NotFoundError: the region is not known.
    """
    stated = await build_conditions(session, filters=filters)
    # Asked before the first byte goes out: words that the database cannot take must be an error, not half a file.
    await session.execute(select(Discrepancy.id).where(*stated).limit(0))
    conditions, values = compile_conditions(stated)
    pieces = await cut_pieces(session, wilayah=filters.wilayah)
    page = Column(
        "page",
        Kind.CODE,
        f"${len(values) + 1}::text || pemilihan.kode || '/' || discrepancy.tps_kode",
        "Address of the TPS's page on this site.",
        "Alamat halaman TPS di situs ini.",
    )

    def source(piece: Piece, spelling: Spelling) -> Source:
        # Bounds are stated of every table, though they follow: the planner does not carry inequalities over a join, and
        # with them it reads the three in step, by the indexes that begin with contest and TPS.
        sql = f"""
            FROM discrepancy
            JOIN pemilihan ON pemilihan.id = discrepancy.pemilihan_id
            LEFT JOIN official_row ON official_row.id = discrepancy.official_row_id
            LEFT JOIN official_snapshot ON official_snapshot.id = official_row.snapshot_id
            LEFT JOIN result ON result.pemilihan_id = discrepancy.pemilihan_id
                 AND result.tps_kode = discrepancy.tps_kode AND result.current AND {within("result.tps_kode", piece)}
            LEFT JOIN place ON place.kode = left(discrepancy.tps_kode, 10)
            WHERE {conditions} AND {within("discrepancy.tps_kode", piece)}
            ORDER BY discrepancy.tps_kode, discrepancy.id"""
        return Source(sql, (*values, f"{site}/tps/"), f"WITH {name_places(piece, spelling)}")

    return Table(
        name="discrepancies",
        title="Differences",
        judul="Selisih",
        meaning="Where two copies of one sheet do not say the same, or one contradicts itself.",
        arti="Dua salinan satu formulir tidak sama, atau satu salinan bertentangan dengan dirinya. Belum tentu salah.",
        columns=(*COLUMNS, page),
        key=("id",),
        source=source,
        pieces=pieces,
    )
