"""The pages about one TPS: numbers side by side, photographs, how they were decided, what the authority published."""

from collections.abc import Mapping

from app.intake.object_keys import crop_key, page_key
from app.reports.evidence.facts import PackFacts, PhotoFact, SectionFact, TpsFacts
from app.reports.evidence.paper import Column, Paper
from app.reports.evidence.words import (
    CLOSED,
    OUTCOMES,
    SOURCES,
    STANDING,
    STATES,
    say_entry,
    say_gap,
    say_number,
    say_reading,
    say_time,
)

Pictures = Mapping[str, bytes]
"""Object key -> JPEG; a picture that is not there any more is missing."""


def draw_tps(paper: Paper, facts: PackFacts, tps: TpsFacts, pictures: Pictures) -> None:
    """Write everything about one TPS, beginning on a new page."""
    paper.add_page()
    paper.write_words(f"TPS {tps.nomor}, {tps.path[-1]}", size=14, bold=True)
    paper.write_facts(
        [
            ("Kode", tps.kode),
            ("Wilayah", " / ".join(tps.path)),
            ("Keadaan", f"{STATES[tps.state]}, putaran {tps.round}"),
            ("Sumber foto", SOURCES[tps.source_class]),
            ("Catatan atas formulir", "jumlah pada kertas tidak cocok" if "paper" in tps.flags else "–"),
        ]
    )
    _draw_numbers(paper, tps, pictures)
    _draw_differences(paper, tps)
    _draw_official(paper, facts, tps)
    for section in tps.sections:
        _draw_section(paper, section, tps)
    _draw_decisions(paper, tps)
    _draw_chain(paper, tps)
    for photo in tps.photos:
        _draw_photo(paper, tps, photo, pictures)


def _draw_numbers(paper: Paper, tps: TpsFacts, pictures: Pictures) -> None:
    paper.write_heading("Berdampingan: formulir, diterima, resmi", "Side by side: form, accepted, official")
    columns = (
        Column("Yang tertulis", 48),
        Column("Kotak pada foto", 18),
        Column("Diterima", 11, number=True),
        Column("Resmi", 11, number=True),
        Column("Selisih", 12, number=True),
    )
    rows = []
    for one in tps.numbers:
        crop = pictures.get(crop_key(one.photo_id, one.field)) if one.photo_id is not None else None
        if (one.ours, one.official, crop) == (None, None, None):
            continue
        gap = "" if one.ours is None or one.official is None else say_gap(one.official - one.ours)
        rows.append([one.nama, crop, say_number(one.ours), say_number(one.official), gap])
    paper.write_table(columns, rows)


def _draw_differences(paper: Paper, tps: TpsFacts) -> None:
    paper.write_heading("Selisih dan riwayatnya", "Differences and their history")
    if not tps.differences:
        paper.write_words("Tidak ada selisih yang pernah ditemukan. (None was ever found.)", size=8.5)
        return
    columns = (
        Column("Apa", 30),
        Column("Diterima", 11, number=True),
        Column("Resmi", 11, number=True),
        Column("Selisih", 11, number=True),
        Column("Sejak, sampai", 37),
    )
    names = {one.field: one.nama for one in tps.numbers}
    rows = []
    for one in tps.differences:
        why = CLOSED.get(one.closed_reason or "", one.closed_reason)
        end = "masih ada" if one.closed_at is None else f"{say_time(one.closed_at)} ({why})"
        what = f"{names.get(one.field, one.field)} ({one.kind})"
        numbers = [say_number(one.ours), say_number(one.official), say_gap(one.difference)]
        rows.append([what, *numbers, f"{say_time(one.opened_at)}, {say_entry(one.entry)}; {end}"])
    paper.write_table(columns, rows, size=7.5)


def _draw_official(paper: Paper, facts: PackFacts, tps: TpsFacts) -> None:
    paper.write_heading("Yang diterbitkan penyelenggara, terbaru dahulu", "What the authority published, newest first")
    if not tps.official:
        paper.write_words("Belum ada angka resmi untuk TPS ini. (Nothing yet.)", size=8.5)
        return
    columns = (Column("Waktu resmi; disimpan di sini", 26), Column("Berkas dan sidiknya", 37), Column("Angka", 37))
    rows = []
    for one in tps.official:
        when = f"{say_time(one.published_at)}; {say_time(one.imported_at)}, {say_entry(one.entry)}"
        numbers = zip(facts.fields, one.numbers, strict=True)
        words = ", ".join(f"{field} {say_number(number)}" for field, number in numbers if number is not None)
        rows.append([when, f"{one.snapshot}\n{one.snapshot_sha256}", words or "tidak ada angka"])
    paper.write_table(columns, rows, size=7)


def _draw_section(paper: Paper, section: SectionFact, tps: TpsFacts) -> None:
    paper.write_heading(f"{section.nama}: {OUTCOMES[section.outcome]}", "How this section was decided")
    names = {one.field: one.nama for one in tps.numbers}
    for sentence in section.says:
        paper.write_words(sentence, size=8.5)
    if section.outcome is None:
        return
    people = sum(one.reader != "machine" for one in section.readings)
    paper.write_words(
        f"Aturan versi {section.rule_version}, {say_time(section.decided_at)}, {say_entry(section.entry)}; "
        f"{len(section.readings)} bacaan, {people} di antaranya oleh manusia.",
        size=7.5,
        grey=True,
    )
    columns = (Column("Pembaca, cara", 24), Column("Hal.", 6, number=True), Column("Bacaan", 44), Column("Sidik", 26))
    rows = [
        [
            say_reading(one.reader, one.mode),
            str(one.page),
            ", ".join(f"{field} {say_number(number)}" for field, number in one.numbers.items()),
            one.commitment,
        ]
        for one in section.readings
    ]
    paper.write_table(columns, rows, size=7)
    for field, lines in section.reasons.items():
        wrong = section.posterior_wrong.get(field)
        bound = "" if wrong is None else f" (peluang salah baca {wrong:.1e})"
        paper.write_words(f"{names.get(field, field)}{bound}", size=7.5, bold=True)
        paper.write_words(" ".join(lines), size=7.5)


def _draw_decisions(paper: Paper, tps: TpsFacts) -> None:
    paper.write_heading("Riwayat keputusan", "History of decisions")
    columns = (Column("Waktu", 26), Column("Bagian, putaran", 22), Column("Keputusan", 20), Column("Keadaan", 32))
    rows = []
    for one in tps.decisions:
        ended = "" if one.ended_at is None else f" {say_time(one.ended_at)}"
        state = f"{STANDING[one.state]}{ended}; aturan {one.rule_version}, {say_entry(one.entry)}"
        rows.append([say_time(one.at), f"{one.section}, {one.round}", OUTCOMES[one.outcome], state])
    paper.write_table(columns, rows, size=7.5)


def _draw_chain(paper: Paper, tps: TpsFacts) -> None:
    paper.write_heading("Rantai catatan", "Chain of custody: entries of the append-only log")
    columns = (
        Column("Catatan", 11, number=True),
        Column("Urutan", 10, number=True),
        Column("Waktu", 21),
        Column("Tentang", 28),
        Column("SHA-256 isinya", 30),
    )
    rows = [
        [str(one.id), str(one.position or "–"), say_time(one.at), f"{one.kind}: {one.subject}", one.payload_sha256]
        for one in tps.entries
    ]
    paper.write_table(columns, rows, size=7)


def _draw_photo(paper: Paper, tps: TpsFacts, photo: PhotoFact, pictures: Pictures) -> None:
    caption = (
        f"{photo.form or 'Formulir'}, halaman {photo.page}, TPS {tps.kode}. Diterima {say_time(photo.received_at)}, "
        f"{photo.byte_count} bita, {photo.content_type}, sumber {photo.source}.\n"
        f"SHA-256 foto asli {photo.sha256}"
    )
    if photo.document_sha256:
        caption += f"\nSHA-256 dokumen asal {photo.document_sha256}"
    if photo.receipt:
        caption += f"\nTanda terima {photo.receipt['receipt']}, {photo.receipt['time']}"
    data = pictures.get(page_key(photo.id))
    if data is None:
        paper.write_heading("Foto yang tidak dapat ditampilkan", "A photograph that cannot be shown")
        paper.write_words(caption, size=7.5)
        return
    caption += "\nSalinan tanpa metadata; nama dan tanda tangan ditutup. (Names and signatures covered.)"
    paper.write_picture(data, caption)
