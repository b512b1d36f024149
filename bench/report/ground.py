"""A nation with a difference at every TPS, written in bulk: what the reports are measured on.

Seeded: the same number of places gives the same rows. Regions are invented in the proportions of 2024 (38 provinces,
some ten TPS a kelurahan); figures of both sides exist for every TPS, and one field of each differs.
"""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.wilayah.service import import_wilayah

CONTEST = "ppwp-2024"
NATION = 823_366
"""TPS of 2024."""
LARGEST = 140_457
"""Of them in the largest province; the other provinces are alike here. A small country's are all alike."""
PROVINCES = 38
TPS_EACH = 10
KELURAHAN_EACH = 12
KECAMATAN_EACH = 14

_NUMBERS = """
    (SELECT array_agg(CASE WHEN place = {changed} THEN 100 + n % 97 + {by} ELSE (n * 31 + place * 7) % 300 END
                      ORDER BY place) FROM generate_series(1, :fields) place)"""
_PLACES = "(SELECT kode, kelurahan, row_number() OVER (ORDER BY kode) AS n FROM tps) t"
_RESULTS = f"""
    INSERT INTO result (pemilihan_id, tps_kode, kelurahan, numbers, state, source_class, flags, has_photo, has_official)
    SELECT :contest, kode, kelurahan, {_NUMBERS.format(changed="1 + n % 3", by="0")}, 'accepted',
           (ARRAY['one_uploader', 'two_uploaders', 'official_photo'])[1 + n % 3],
           CASE WHEN n % 33 = 0 THEN '{{paper}}'::text[] ELSE '{{}}' END, true, true
    FROM {_PLACES} ORDER BY kode"""  # noqa: S608 - fixed text
_SNAPSHOT = """
    INSERT INTO official_snapshot (pemilihan_id, kind, name, sha256, tps_count, changed_count, notes)
    VALUES (:contest, 'sirekap_json', 'bench', repeat('ab', 32), :count, :count, '{}') RETURNING id"""
_OFFICIAL = f"""
    INSERT INTO official_row (snapshot_id, pemilihan_id, tps_kode, numbers, published_at, extra)
    SELECT :snapshot, :contest, kode, {_NUMBERS.format(changed="1 + n % 3", by="1 + n % 400")},
           timestamptz '2024-02-14 20:00+07' + n * interval '3 s', '{{}}'
    FROM {_PLACES} ORDER BY kode"""  # noqa: S608 - fixed text
_CURRENT = """
    INSERT INTO official_current (pemilihan_id, tps_kode, row_id)
    SELECT pemilihan_id, tps_kode, id FROM official_row"""
_ENTRY = """
    INSERT INTO log_entry (kind, subject, payload, payload_sha256)
    VALUES ('discrepancy', 'bench', '{}', repeat('cd', 32)) RETURNING id"""
_DISCREPANCIES = """
    INSERT INTO discrepancy (pemilihan_id, tps_kode, kind, field, ours, official, difference, votes, severity, state,
                             opened_at, closed_at, closed_reason, official_row_id, opened_entry_id, closed_entry_id)
    SELECT pemilihan_id, tps_kode, 'number', 'suara_0' || 1 + n % 3, 100 + n % 97, 101 + n % 97 + n % 400, 1 + n % 400,
           1 + n % 400, CASE WHEN n % 400 >= 99 THEN 'large' WHEN n % 400 >= 9 THEN 'medium' ELSE 'small' END,
           CASE WHEN n % 20 = 0 THEN 'closed' ELSE 'open' END, timestamptz '2024-02-15 06:00Z' + n * interval '1 s',
           CASE WHEN n % 20 = 0 THEN timestamptz '2024-02-16 06:00Z' + n * interval '1 s' END,
           CASE WHEN n % 20 = 0 THEN 'official_changed' END, id, CAST(:entry AS bigint),
           CASE WHEN n % 20 = 0 THEN CAST(:entry AS bigint) END
    FROM (SELECT *, row_number() OVER (ORDER BY tps_kode) AS n FROM official_row) o ORDER BY tps_kode"""
_BULK = ("SET LOCAL session_replication_role = replica", "SET LOCAL maintenance_work_mem = '512MB'")


async def lay_ground(sessions: Sessions, *, places: int, tidy: bool = False) -> Contest:
    """Fill an empty, migrated database with ``places`` TPS, both sides' figures of each and as many differences.

    ``tidy``: do what autovacuum would have done by now, so that statements are planned as they would be.
    """
    async with sessions.begin() as session:
        await import_wilayah(session, lines=list(invent_places(places)), name="bench")
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
        contest = await get_contest(session, kode=CONTEST)
        for statement in _BULK:  # foreign keys unchecked, for the length of this transaction
            await session.execute(text(statement))
        await _lay_figures(session, contest, places)
    if not tidy:
        return contest
    async with sessions() as session:
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        await connection.execute(text("VACUUM ANALYZE"))
        await connection.execute(text("CHECKPOINT"))
    return contest


async def _lay_figures(session: AsyncSession, contest: Contest, places: int) -> None:
    about = {"contest": contest.id, "fields": len(contest.fields)}
    await session.execute(text(_RESULTS), about)
    snapshot = (await session.execute(text(_SNAPSHOT), {"contest": contest.id, "count": places})).scalar_one()
    await session.execute(text(_OFFICIAL), {**about, "snapshot": snapshot})
    await session.execute(text(_CURRENT))
    entry = (await session.execute(text(_ENTRY))).scalar_one()
    await session.execute(text(_DISCREPANCIES), {"entry": entry})


def invent_places(count: int) -> Iterator[str]:
    """Yield the lines of an edition with exactly ``count`` TPS in 38 provinces."""
    yield "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir"
    largest = count * LARGEST // NATION if count >= NATION // 10 else -(-count // PROVINCES)
    share = -(-(count - largest) // (PROVINCES - 1))
    yield from _invent_province("11", largest)
    for number in range(PROVINCES - 1):
        yield from _invent_province(f"{12 + number}", max(0, min(share, count - largest - share * number)))


def _invent_province(provinsi: str, count: int) -> Iterator[str]:
    if count:
        yield f"{provinsi},provinsi,PROVINSI {provinsi},,,"
    for number in range(-(-count // TPS_EACH)):
        kecamatan_number, place = divmod(number, KELURAHAN_EACH)
        kabupaten_number, rest = divmod(kecamatan_number, KECAMATAN_EACH)
        kabupaten = f"{provinsi}{kabupaten_number + 1:02}"
        kecamatan = f"{kabupaten}{rest + 1:02}"
        if place == 0 and rest == 0:
            yield f"{kabupaten},kabupaten_kota,KABUPATEN NOMOR {kabupaten},,,"
        if place == 0:
            yield f"{kecamatan},kecamatan,KECAMATAN {kecamatan},,,"
        tps = min(TPS_EACH, count - TPS_EACH * number)
        yield f"{kecamatan}{2001 + place},kelurahan,KELURAHAN {place} DARI {kecamatan},{tps},,"
