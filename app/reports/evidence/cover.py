"""The first page of a pack: what is in it and what is not, how to check it, which deadlines there are."""

from app.reports.evidence.deadlines import list_deadlines
from app.reports.evidence.facts import PackFacts
from app.reports.evidence.paper import Column, Paper
from app.reports.evidence.words import SOURCES, say_number, say_time

NOTICE = (
    "Bukan hasil resmi. Isi berkas ini adalah apa yang ditunjukkan foto formulir, apa yang diterbitkan penyelenggara, "
    "dan selisih di antaranya. Selisih berarti dua salinan perlu dicek; berkas ini tidak menyatakan salinan mana yang "
    "benar dan tidak menuduh siapa pun."
)
NOTICE_ENGLISH = (
    "Not the official result. This file holds what photographs of the forms show, what the authority published, and "
    "the differences. A difference says that two copies are to be checked, not which one is right, and accuses nobody."
)
_NAMED_LEFT_OUT = 60


def make_title(facts: PackFacts) -> str:
    """Return the pack's name."""
    if len(facts.tps) == 1 and facts.kode == facts.tps[0].kode:
        return f"Berkas bukti TPS {facts.tps[0].nomor}, {facts.path[-1]} ({facts.kode})"
    return f"Berkas bukti {facts.path[-1]} ({facts.kode})"


def draw_cover(paper: Paper, facts: PackFacts, site: str) -> None:
    """Write the first page."""
    paper.add_page()
    paper.write_words(make_title(facts), size=16, bold=True)
    paper.write_words("Evidence pack", size=9, grey=True)
    paper.ln(2)
    paper.write_facts(
        [
            ("Pemilihan", f"{facts.pemilihan_nama} ({facts.pemilihan}), {facts.tanggal}"),
            ("Wilayah", " / ".join(facts.path)),
            ("Keadaan per", f"{say_time(facts.as_of)}: tidak ada isi yang lebih baru dari waktu ini"),
            ("Sidik keadaan (SHA-256)", facts.state_sha256),
            ("Aturan penerimaan", f"versi {facts.rule_version}; {site}/acuan"),
            ("Kunci publik tanda terima", f"Ed25519 {facts.receipt_key or '–'}"),
        ]
    )
    paper.ln(1)
    paper.write_words(NOTICE, size=8.5)
    paper.write_words(NOTICE_ENGLISH, size=7.5, grey=True)
    _draw_contents(paper, facts)
    _draw_checking(paper)
    _draw_deadlines(paper, facts)


def _draw_contents(paper: Paper, facts: PackFacts) -> None:
    paper.write_heading("Isi", "Contents")
    paper.write_words(
        f"{len(facts.tps)} TPS dari {say_number(facts.tps_accepted)} TPS yang angkanya diterima di wilayah ini; "
        f"{say_number(facts.tps_standing)} di antaranya berselisih dengan angka resmi. Selisih terbesar didahulukan.",
        size=8.5,
    )
    if facts.left_out_count:
        named = ", ".join(facts.left_out[:_NAMED_LEFT_OUT])
        more = ", ..." if facts.left_out_count > _NAMED_LEFT_OUT else ""
        paper.write_words(
            f"Tidak termuat karena batas ukuran: {say_number(facts.left_out_count)} TPS lain yang berselisih: "
            f"{named}{more}. Daftarnya ada pada manifest.json; mintalah berkas wilayah yang lebih kecil. "
            "(Left out for want of room; ask for the packs of smaller regions.)",
            size=8.5,
        )
    columns = (
        Column("TPS", 26),
        Column("Kelurahan", 30),
        Column("Sumber", 34),
        Column("Selisih", 10, number=True),
    )
    rows = [
        [one.kode, f"{one.path[-1]}, TPS {one.nomor}", SOURCES[one.source_class], say_number(len(one.standing))]
        for one in facts.tps
    ]
    paper.write_table(columns, rows)


def _draw_checking(paper: Paper) -> None:
    paper.write_heading("Cara memeriksa berkas ini", "How to check this file")
    paper.write_words(
        "SHA256SUMS memuat sidik setiap berkas dalam ZIP (sha256sum -c SHA256SUMS). Foto di sini adalah salinan tanpa "
        "metadata dengan nama dan tanda tangan ditutup; sidik SHA-256 foto asli tercantum di bawahnya dan sama dengan "
        "yang ada pada tanda terima pengunggah. Tanda tangan tanda terima (Ed25519, JSON kanonis RFC 8785) ada pada "
        "tps/KODE.json. Setiap bacaan dapat dicocokkan dengan sidik bergaram yang dicatat sebelum angkanya dibuka.",
        size=8.5,
    )


def _draw_deadlines(paper: Paper, facts: PackFacts) -> None:
    paper.write_heading("Tenggat menurut undang-undang (informasi)", "Deadlines named by law, as information")
    columns = (Column("Apa", 34), Column("Tenggat", 38), Column("Dasar", 28))
    rows = [[f"{one.where}\n({one.english})", one.within, one.source] for one in list_deadlines(facts.jenis)]
    paper.write_table(columns, rows, size=7.5)
    paper.write_words(
        "Hari mana yang dihitung ditentukan undang-undang dan lembaganya; berkas ini tidak menghitungnya.",
        size=7.5,
        grey=True,
    )
