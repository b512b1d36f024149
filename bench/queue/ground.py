"""A queue of open sections as large as a nation's, and people to read them: written in bulk, as the workers would.

Each TPS has photographs of its three pages and two open sections: the votes (pages 2 and 3, every second one to be
confirmed, the others for two blind readers) and the administration (page 1, blind). Some were read before: a queue is
never as young as a table that was just made, and PostgreSQL plans by what it last counted.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import PROJECT
from app.core.database import Sessions
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.tally.service import rebuild
from app.wilayah.service import import_wilayah

CONTEST = "ppwp-2024"

TPS_EACH = 900
"""TPS of one invented kelurahan; the largest number a code can hold is 999."""

KELURAHAN_EACH = 90
KECAMATAN_EACH = 10

VOTES = {2: ("suara_01", "suara_02", "suara_03"), 3: ("suara_sah", "suara_tidak_sah", "suara_total")}
FORM = {
    "suara_01": 123, "suara_02": 274, "suara_03": 32, "suara_sah": 429, "suara_tidak_sah": 8, "suara_total": 437,
    "pemilih_dpt_l": 247, "pemilih_dpt_p": 251, "pemilih_dpt_j": 498,
    "pengguna_dpt_l": 214, "pengguna_dpt_p": 217, "pengguna_dpt_j": 431,
    "pengguna_dptb_l": 1, "pengguna_dptb_p": 2, "pengguna_dptb_j": 3,
    "pengguna_dpk_l": 3, "pengguna_dpk_p": 0, "pengguna_dpk_j": 3,
    "pengguna_total_l": 218, "pengguna_total_p": 219, "pengguna_total_j": 437,
    "surat_suara_diterima": 508, "surat_suara_digunakan": 437, "surat_suara_dikembalikan": 1,
    "surat_suara_tidak_digunakan": 70,
    "disabilitas_l": 0, "disabilitas_p": 1, "disabilitas_j": 1,
}  # fmt: skip
"""What every form shows; its sums close."""

SEEN_BEFORE = 20_000
"""Readings of the night so far."""

_TABLES = ("photo", "tps_section", "reading", "task")
_SECONDARY = text(
    """SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
       FROM pg_index i WHERE i.indrelid = ANY(CAST(:tables AS regclass[])) AND NOT i.indisprimary"""
)
_PHOTOS = """
    INSERT INTO photo (sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, state, form, page)
    SELECT encode(sha256(convert_to(kode || '/' || page, 'UTF8')), 'hex'), 1, 'image/jpeg', :contest, kode, :uploader,
           'read', 'C.HASIL-PPWP 2024', page
    FROM (SELECT t.kode FROM tps t ORDER BY t.kode LIMIT :count) places, generate_series(1, 3) page
    ORDER BY kode, page"""
# As the rule would have it: every second form is one that the machine is sure of. All came in within the last day.
_SECTIONS = """
    INSERT INTO tps_section (pemilihan_id, tps_kode, section, wanted, why, dice, turn, photo_ids)
    SELECT :contest, p.tps_kode, section, CASE WHEN sure THEN 'confirm' ELSE 'blind' END,
           CASE WHEN sure THEN 'sure' ELSE 'not_sure' END, 0.1 + random() * 0.9,
           extract(epoch FROM now()) - 86400 * (random() + ln(1 - random())), ids
    FROM (SELECT tps_kode, CASE WHEN page = 1 THEN 'administrasi' ELSE 'suara' END AS section,
                 array_agg(id ORDER BY page) AS ids, page > 1 AND min(id) / 3 % 2 = 0 AS sure
          FROM photo GROUP BY tps_kode, page > 1, section) p"""
_READINGS = """
    INSERT INTO reading (section_id, photo_id, mode, machine, numbers, details, salt, commitment)
    SELECT s.id, p.id, 'machine', p.sha256, said.numbers, said.details, sha256(convert_to('salt/' || p.id, 'UTF8')),
           p.sha256
    FROM tps_section s CROSS JOIN unnest(s.photo_ids) AS shown (id) JOIN photo p ON p.id = shown.id
    JOIN jsonb_to_recordset(CAST(:said AS jsonb)) AS said (page int, wanted text, numbers jsonb, details jsonb)
      ON said.page = p.page AND said.wanted = s.wanted
    ORDER BY s.id"""
_BEFORE = """
    WITH done AS (
      INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, state, answered_at)
      SELECT id, :reader, 'blind', photo_ids, now(), 'answered', now() FROM (
        SELECT * FROM tps_section WHERE section = 'administrasi' ORDER BY turn DESC LIMIT :count) late
      RETURNING *)
    INSERT INTO reading (section_id, photo_id, mode, account_id, task_id, numbers, details, salt, commitment)
    SELECT section_id, photo_ids[1], 'blind', account_id, id, CAST(:numbers AS jsonb), '{"shown": null}', 'salt',
           'commitment' FROM done"""
_PEOPLE = """
    INSERT INTO account (name, display_name, password_hash, role)
    SELECT 'bench-' || n, '', '-', 'volunteer' FROM generate_series(0, :count) n ORDER BY n RETURNING id"""
_SESSIONS = """
    INSERT INTO account_session (token_sha256, account_id, expires_at)
    SELECT t.hash, t.account, now() + interval '1 day'
    FROM unnest(CAST(:hashes AS text[]), CAST(:accounts AS bigint[])) AS t (hash, account)"""


@dataclass(frozen=True)
class Person:
    """Somebody who reads: his account and the token of his open session."""

    account: int
    token: str


async def lay_ground(sessions: Sessions, *, places: int, people: int, tps_each: int = TPS_EACH) -> tuple[Person, ...]:
    """Fill an empty, migrated database with ``places`` TPS, two open sections each, and signed-in volunteers.

    ``tps_each``: TPS of one kelurahan.
    """
    async with sessions.begin() as session:
        await import_wilayah(session, lines=_invent_places(places, tps_each), name="bench")
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
        accounts = list((await session.execute(text(_PEOPLE), {"count": people + 1})).scalars())
        await _lay_sections(session, places, uploader=accounts[0], reader=accounts[1])
        await rebuild(session, contest=await get_contest(session, kode=CONTEST))
        readers = tuple(Person(account, f"bench-token-{account}") for account in accounts[2:])
        hashes = [sha256(one.token.encode()).hexdigest() for one in readers]
        await session.execute(text(_SESSIONS), {"hashes": hashes, "accounts": [one.account for one in readers]})
    await _tidy(sessions)
    return readers


async def _lay_sections(session: AsyncSession, places: int, *, uploader: int, reader: int) -> None:
    """Write photographs, sections and readings: foreign keys unchecked, indexes made afterwards, both in one piece."""
    contest = (await get_contest(session, kode=CONTEST)).id
    indexes = (await session.execute(_SECONDARY, {"tables": list(_TABLES)})).all()
    await session.execute(text("SET LOCAL session_replication_role = replica"))
    await session.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    await session.execute(text("SET LOCAL work_mem = '256MB'"))
    for index in indexes:
        await session.execute(text(f"DROP INDEX {index.name}"))
    await session.execute(text(_PHOTOS), {"contest": contest, "uploader": uploader, "count": places})
    await session.execute(text(_SECTIONS), {"contest": contest})
    await session.execute(text(_READINGS), {"said": json.dumps(_read_by_machine())})
    before = {"reader": reader, "count": min(places, SEEN_BEFORE), "numbers": json.dumps(_page_1())}
    await session.execute(text(_BEFORE), before)
    for index in indexes:
        await session.execute(text(index.definition))
    await session.execute(text("SET LOCAL session_replication_role = origin"))


async def _tidy(sessions: Sessions) -> None:
    """Do what autovacuum would have done by now: without statistics the first minutes measure something else."""
    async with sessions() as session:
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        await connection.execute(text("VACUUM ANALYZE"))
        await connection.execute(text("CHECKPOINT"))


def _invent_places(count: int, each: int) -> list[str]:
    """Return the lines of an edition with at least ``count`` TPS."""
    lines = ["kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir", "11,provinsi,P,,,"]
    for number in range(-(-count // each)):
        kabupaten = f"11{number // (KELURAHAN_EACH * KECAMATAN_EACH) + 1:02}"
        kecamatan = f"{kabupaten}{number // KELURAHAN_EACH % KECAMATAN_EACH + 1:02}"
        if number % (KELURAHAN_EACH * KECAMATAN_EACH) == 0:
            lines.append(f"{kabupaten},kabupaten_kota,KAB {kabupaten},,,")
        if number % KELURAHAN_EACH == 0:
            lines.append(f"{kecamatan},kecamatan,KEC {kecamatan},,,")
        kode = f"{kecamatan}{2001 + number % KELURAHAN_EACH}"
        lines.append(f"{kode},kelurahan,KEL {kode},{each},,")
    return lines


def _page_1() -> dict[str, int]:
    """Return what page 1 shows."""
    votes = {name for fields in VOTES.values() for name in fields}
    return {name: number for name, number in FORM.items() if name not in votes}


def _read_by_machine() -> list[dict[str, Any]]:
    """Return what the machine says of every form: page 1 it cannot read, the votes surely or not."""
    nothing: dict[str, dict[str, Any]] = {name: {} for name in _page_1()}
    said = [_say(1, "blind", dict.fromkeys(nothing), nothing)]
    for page, fields in VOTES.items():
        numbers = {name: FORM[name] for name in fields}
        for wanted, confidence in (("confirm", 0.9999), ("blind", 0.9)):
            about = {"confidence": confidence, "sure": wanted == "confirm"}
            said.append(_say(page, wanted, numbers, {name: {"value": FORM[name], **about} for name in fields}))
    return said


def _say(page: int, wanted: str, numbers: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    details = {"fields": fields, "model_sha256": "bench", "layout_sha256": "bench"}
    return {"page": page, "wanted": wanted, "numbers": numbers, "details": details}
