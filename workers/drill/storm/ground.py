"""A count in full swing, written in bulk: forms read by machine and by people, still to be decided by the workers.

Everybody's part is fixed, so that a withdrawal has something to change: one reader confirmed every form, two read two
fifths of them blind as well, and one read a twentieth, half of those wrongly.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.core.database import Sessions
from app.core.jobs import enqueue_many
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.tally.service import rebuild
from app.verification.withdraw import BATCH
from app.wilayah.service import import_wilayah

CONTEST = "ppwp-2024"
KELURAHAN_A_KECAMATAN, KECAMATAN_A_KABUPATEN, KABUPATEN_A_PROVINSI = 10, 10, 5
ANSWERERS = 6

_PEOPLE = """
    INSERT INTO account (name, display_name, password_hash, role)
    SELECT 'storm-' || n, '', '-', CASE WHEN n = 0 THEN 'admin' ELSE 'volunteer' END
    FROM generate_series(0, :count) n ORDER BY n RETURNING id"""
# The numbers follow from the form's place in the list: whoever adds them up can know them without asking.
_PAPERS = """
    CREATE TEMPORARY TABLE paper ON COMMIT DROP AS
    SELECT n, kode AS tps_kode, 2 AS page, jsonb_build_object('suara_01', a, 'suara_02', b, 'suara_03', c) AS numbers
    FROM (SELECT kode, row_number() OVER (ORDER BY kode) AS n FROM tps) places
    CROSS JOIN LATERAL (SELECT 20 + n * 37 % 151 AS a, 10 + n * 53 % 97 AS b, n * 71 % 59 AS c, n % 11 AS d) v
    UNION ALL
    SELECT n, kode, 3, jsonb_build_object('suara_sah', a + b + c, 'suara_tidak_sah', d, 'suara_total', a + b + c + d)
    FROM (SELECT kode, row_number() OVER (ORDER BY kode) AS n FROM tps) places
    CROSS JOIN LATERAL (SELECT 20 + n * 37 % 151 AS a, 10 + n * 53 % 97 AS b, n * 71 % 59 AS c, n % 11 AS d) v"""
_PHOTOS = """
    INSERT INTO photo (sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, state, form, page)
    SELECT encode(sha256(convert_to(tps_kode || '/' || page, 'UTF8')), 'hex'), 1, 'image/jpeg', :contest, tps_kode,
           :uploader, 'read', :form, page
    FROM paper ORDER BY n, page"""
_SECTIONS = """
    INSERT INTO tps_section (pemilihan_id, tps_kode, section, dice, photo_ids)
    SELECT :contest, tps_kode, 'suara', 0.11 + 0.88 * random(), array_agg(id ORDER BY page)
    FROM photo GROUP BY tps_kode ORDER BY tps_kode"""
_MACHINE = """
    INSERT INTO reading (section_id, photo_id, mode, machine, numbers, details, salt, commitment)
    SELECT s.id, p.id, 'machine', p.sha256, w.numbers,
           jsonb_build_object('model_sha256', 'storm', 'layout_sha256', 'storm', 'fields', (
             SELECT jsonb_object_agg(key, jsonb_build_object('value', value, 'confidence', 0.9999, 'sure', true))
             FROM jsonb_each(w.numbers))),
           sha256(convert_to('salt/' || p.id, 'UTF8')), p.sha256
    FROM paper w JOIN photo p USING (tps_kode, page) JOIN tps_section s USING (tps_kode)"""
_TASKS = """
    INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, state, shown, answered_at)
    SELECT s.id, :account, CAST(:mode AS text), s.photo_ids, now(), 'answered',
           CASE WHEN CAST(:mode AS text) = 'confirm' THEN (
             SELECT jsonb_object_agg(f.key, f.value) FROM paper o, jsonb_each(o.numbers) f
             WHERE o.tps_kode = s.tps_kode) END, now()
    FROM tps_section s JOIN paper w ON w.tps_kode = s.tps_kode AND w.page = 2
    WHERE w.n % CAST(:every AS int) < CAST(:share AS int)"""
_READINGS = """
    INSERT INTO reading (section_id, photo_id, mode, account_id, task_id, numbers, details, salt, commitment)
    SELECT s.id, p.id, t.mode, t.account_id, t.id,
           CASE WHEN CAST(:wrong AS boolean) AND w.page = 2 AND w.n % (2 * CAST(:every AS int)) < CAST(:share AS int)
             THEN w.numbers || jsonb_build_object('suara_01', (w.numbers ->> 'suara_01')::int + 300)
             ELSE w.numbers END,
           jsonb_build_object('shown', CASE WHEN t.mode = 'confirm' THEN w.numbers END),
           sha256(convert_to('salt/' || t.id || p.id, 'UTF8')), p.sha256
    FROM task t JOIN tps_section s ON s.id = t.section_id JOIN paper w USING (tps_kode)
    JOIN photo p USING (tps_kode, page) WHERE t.account_id = :account"""


@dataclass(frozen=True)
class Ground:
    """The contest, who may withdraw, whom, and who goes on reading."""

    contest: Contest
    admin: int
    reader_of_all: int
    reader_of_some: int
    answerers: tuple[int, ...]


def invent_places(tps: int, tps_each: int) -> Iterator[str]:
    """Return the lines of an edition with ``tps`` TPS, ``tps_each`` in a kelurahan, over all levels."""
    yield "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir"
    known: set[str] = set()
    for number, first in enumerate(range(0, tps, tps_each)):
        kecamatan, desa = divmod(number, KELURAHAN_A_KECAMATAN)
        kabupaten, own_kecamatan = divmod(kecamatan, KECAMATAN_A_KABUPATEN)
        provinsi, own_kabupaten = divmod(kabupaten, KABUPATEN_A_PROVINSI)
        kode = f"{11 + provinsi}{own_kabupaten + 1:02}{own_kecamatan + 1:02}{2001 + desa}"
        for digits, tingkat in ((2, "provinsi"), (4, "kabupaten_kota"), (6, "kecamatan")):
            if kode[:digits] not in known:
                known.add(kode[:digits])
                yield f"{kode[:digits]},{tingkat},WILAYAH {kode[:digits]},,,"
        yield f"{kode},kelurahan,WILAYAH {kode},{min(tps_each, tps - first)},,"


async def lay_ground(sessions: Sessions, *, results: int, tps_each: int) -> Ground:
    """Fill an empty, migrated database with ``results`` read forms and queue their decisions."""
    async with sessions.begin() as session:
        await import_wilayah(session, lines=list(invent_places(results, tps_each)), name="storm")
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
        contest = await get_contest(session, kode=CONTEST)
        await rebuild(session, contest=contest)
        admin, uploader, *people = (await session.execute(text(_PEOPLE), {"count": 5 + ANSWERERS})).scalars()
        await _write_papers(session, contest, uploader)
        await _write_reader(session, people[0], "confirm", (1, 1), wrong=False)
        for blind in people[1:3]:
            await _write_reader(session, blind, "blind", (5, 2), wrong=False)
        await _write_reader(session, people[3], "blind", (20, 1), wrong=True)
        await queue_decisions(session)
    async with sessions() as session:  # what autovacuum would have done by now
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        await connection.execute(text("VACUUM ANALYZE"))
    return Ground(contest, admin, people[0], people[3], tuple(people[4:]))


async def _write_papers(session: AsyncSession, contest: Contest, uploader: int) -> None:
    await session.execute(text(_PAPERS))
    await session.execute(text("CREATE INDEX ON paper (tps_kode)"))
    await session.execute(text("ANALYZE paper"))
    await session.execute(text(_PHOTOS), {"contest": contest.id, "uploader": uploader, "form": contest.form_name})
    await session.execute(text(_SECTIONS), {"contest": contest.id})
    await session.execute(text("ANALYZE photo"))
    await session.execute(text("ANALYZE tps_section"))
    await session.execute(text(_MACHINE))


async def _write_reader(session: AsyncSession, account: int, mode: str, part: tuple[int, int], *, wrong: bool) -> None:
    """Let ``account`` have read ``part`` (so many of every so many forms: every, share)."""
    values = {"account": account, "mode": mode, "every": part[0], "share": part[1]}
    await session.execute(text(_TASKS), values)
    await session.execute(text("ANALYZE task"))
    await session.execute(text(_READINGS), {**values, "wrong": wrong})


async def queue_decisions(session: AsyncSession) -> None:
    """Have every section decided, by the batch."""
    ids = list((await session.execute(text("SELECT id FROM tps_section ORDER BY id"))).scalars())
    batches = [{"section_ids": ids[start : start + BATCH]} for start in range(0, len(ids), BATCH)]
    await enqueue_many(session, "settle", batches)
