"""Facts of a pack made up for tests, with pictures that Pillow draws."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from PIL import Image, ImageDraw

from app.intake.object_keys import crop_key, page_key
from app.reports.evidence.facts import (
    DecisionFact,
    DifferenceFact,
    EntryFact,
    NumberFact,
    OfficialFact,
    PackFacts,
    PhotoFact,
    ReadingFact,
    SectionFact,
    TpsFacts,
)

BEGUN = datetime(2024, 2, 14, 7, 0, tzinfo=UTC)
FIELDS = ("suara_01", "suara_02", "suara_03", "suara_sah")
OURS = (123, 274, 32, 429)
OFFICIAL = (123, 874, 32, 429)


def make_facts(kode: str = "1101012001001", *, tps: int = 1) -> PackFacts:
    """Return a pack of a TPS, or of several beginning with it."""
    codes = [f"{int(kode) + place:013}" for place in range(tps)]
    return PackFacts(
        pemilihan="ppwp-2024",
        pemilihan_nama="Presiden dan Wakil Presiden 2024",
        jenis="ppwp",
        tanggal="2024-02-14",
        kode=kode if tps == 1 else kode[:10],
        path=("INDONESIA", "ACEH", "ACEH SELATAN", "BAKONGAN", "KEUDE BAKONGAN"),
        fields=FIELDS,
        rule_version="2",
        receipt_key="3q2+7w==",
        tps_accepted=tps,
        tps_standing=tps,
        left_out=(),
        left_out_count=0,
        tps=tuple(make_tps(one) for one in codes),
    )


def make_tps(kode: str) -> TpsFacts:
    """Return a TPS with one photograph, one decision and one number that differs."""
    photo = int(kode[-3:])
    statement = {"pemilihan": "ppwp-2024", "receipt": 7, "sha256": "ab" * 32, "time": BEGUN.isoformat(), "tps": kode}
    names = ("1. Satu", "2. Dua", "3. Tiga", "suara sah")
    return TpsFacts(
        kode=kode,
        nomor=photo,
        path=("ACEH", "ACEH SELATAN", "BAKONGAN", "KEUDE BAKONGAN"),
        round=1,
        state="accepted",
        source_class="one_uploader",
        flags=("paper",),
        numbers=tuple(
            NumberFact(field, nama, "suara", ours, official, photo)
            for field, nama, ours, official in zip(FIELDS, names, OURS, OFFICIAL, strict=True)
        ),
        photos=(
            PhotoFact(
                photo, "ab" * 32, 812_345, "image/jpeg", "volunteer", "C.HASIL-PPWP 2024", 2, BEGUN, statement, None
            ),
        ),
        sections=(make_section(photo),),
        decisions=(
            DecisionFact("suara", 1, "accept", "superseded", "1", BEGUN, BEGUN + timedelta(hours=2), 8),
            DecisionFact("suara", 1, "accept", "current", "2", BEGUN + timedelta(hours=2), None, 9),
        ),
        official=(
            OfficialFact(BEGUN, BEGUN + timedelta(days=1), "sirekap-2.tar.gz", "cd" * 32, OFFICIAL, (), 10),
            OfficialFact(None, BEGUN, "sirekap 一.tar.gz", "ef" * 32, (None,) * 4, (), 6),
        ),
        differences=(
            DifferenceFact("number", "suara_02", 274, 874, 600, "open", BEGUN + timedelta(days=1), None, None, 11),
        ),
        entries=tuple(EntryFact(number, None, "photo", f"photo/{photo}", "12" * 32, BEGUN) for number in range(6, 12)),
    )


def make_section(photo: int) -> SectionFact:
    """Return the section of the votes, read by the machine and confirmed by a person."""
    numbers = dict(zip(FIELDS, OURS, strict=True))
    return SectionFact(
        section="suara",
        nama="Suara",
        state="accepted",
        outcome="accept",
        rule_version="2",
        source_class="one_uploader",
        flags=("paper",),
        posterior_wrong={"suara_02": 3e-5},
        decided_at=BEGUN + timedelta(hours=2),
        entry=9,
        says=("Mesin yakin, jumlahnya cocok, dan satu orang memastikannya.",),
        reasons={
            "suara_02": ("Foto 1:", "Mesin: membaca 274 dan yakin; keliru 1 dari 10.000. Bobotnya 9.999 banding 1.")
        },
        readings=(
            ReadingFact(photo, 2, "machine", "machine", numbers, "aa" * 32, "00" * 16),
            ReadingFact(photo, 2, "confirm", "account/17", numbers, "bb" * 32, "11" * 16),
        ),
    )


def make_pictures(facts: PackFacts) -> dict[str, bytes]:
    """Return a picture for every key that the pack wants."""
    found = {}
    for tps in facts.tps:
        for photo in tps.photos:
            found[page_key(photo.id)] = draw_picture((600, 850), f"foto {photo.id}")
        for one in tps.numbers:
            if one.photo_id is not None:
                found[crop_key(one.photo_id, one.field)] = draw_picture((180, 60), str(one.ours))
    return found


def draw_picture(size: tuple[int, int], words: str) -> bytes:
    """Return a small JPEG."""
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((2, 2, size[0] - 3, size[1] - 3), outline="black")
    draw.text((10, 10), words, fill="navy")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def with_news(facts: PackFacts) -> PackFacts:
    """Return the same pack an hour later, when one more entry is in the log."""
    late = replace(facts.tps[0].entries[-1], id=99, at=facts.as_of + timedelta(hours=1))
    first = replace(facts.tps[0], entries=(*facts.tps[0].entries, late))
    return replace(facts, tps=(first, *facts.tps[1:]))
