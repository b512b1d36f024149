"""A queue of open sections as large as a nation's, and people to read them: written by SQL, as the workers would."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import text

from app.core.config import PROJECT
from app.core.database import Sessions
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.wilayah.service import import_wilayah

TPS_EACH = 900
"""TPS of one invented kelurahan; the largest number a code can hold is 999."""

FORM = {"suara_01": 123, "suara_02": 274, "suara_03": 32, "suara_sah": 429, "suara_tidak_sah": 8, "suara_total": 437}
"""What every form shows; its sums close."""

_PAGES = {2: ("suara_01", "suara_02", "suara_03"), 3: ("suara_sah", "suara_tidak_sah", "suara_total")}
_PHOTOS = """
    INSERT INTO photo (sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, state, form, page)
    SELECT encode(sha256(convert_to(kode || '/{page}', 'UTF8')), 'hex'), 1, 'image/jpeg', :contest, kode, :uploader,
           'read', 'C.HASIL-PPWP 2024', {page}
    FROM (SELECT t.kode FROM tps t ORDER BY t.kode LIMIT :count) places"""
# Every second form is one that the machine is sure of: one confirmation decides it. The others want two blind readers.
_SECTIONS = """
    INSERT INTO tps_section (pemilihan_id, tps_kode, section, wanted, why, dice, photo_ids)
    SELECT :contest, p.tps_kode, 'suara', CASE WHEN n % 2 = 0 THEN 'confirm' ELSE 'blind' END,
           CASE WHEN n % 2 = 0 THEN 'sure' ELSE 'not_sure' END, 0.1 + random() * 0.9, p.ids
    FROM (SELECT tps_kode, array_agg(id ORDER BY page) AS ids, row_number() OVER (ORDER BY tps_kode) AS n
          FROM photo GROUP BY tps_kode) p"""
_READINGS = """
    INSERT INTO reading (section_id, photo_id, mode, machine, numbers, details, salt, commitment)
    SELECT s.id, p.id, 'machine', p.sha256, CAST(:numbers AS jsonb), CAST(:details AS jsonb),
           sha256(convert_to('salt/' || p.id, 'UTF8')), p.sha256
    FROM tps_section s JOIN photo p ON p.tps_kode = s.tps_kode
    WHERE p.page = :page AND s.wanted = :wanted"""
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


async def lay_ground(sessions: Sessions, *, sections: int, people: int) -> tuple[Person, ...]:
    """Fill an empty, migrated database with ``sections`` open sections and ``people`` signed-in volunteers."""
    async with sessions.begin() as session:
        await import_wilayah(session, lines=_invent_places(sections), name="bench")
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
        contest = (await get_contest(session, kode="ppwp-2024")).id
        accounts = list((await session.execute(text(_PEOPLE), {"count": people})).scalars())
        values = {"contest": contest, "uploader": accounts[0], "count": sections}
        for page in _PAGES:
            await session.execute(text(_PHOTOS.format(page=page)), values)
        await session.execute(text(_SECTIONS), values)
        for page, fields in _PAGES.items():
            for wanted in ("confirm", "blind"):
                await session.execute(text(_READINGS), _read_by_machine(page, fields, wanted))
        readers = tuple(Person(account, f"bench-token-{account}") for account in accounts[1:])
        hashes = [sha256(one.token.encode()).hexdigest() for one in readers]
        await session.execute(text(_SESSIONS), {"hashes": hashes, "accounts": [one.account for one in readers]})
    await _tidy(sessions)
    return readers


async def _tidy(sessions: Sessions) -> None:
    """Do what autovacuum would have done by now: without statistics the first minutes measure something else."""
    async with sessions() as session:
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        await connection.execute(text("VACUUM ANALYZE"))


def _invent_places(count: int) -> list[str]:
    """Return the lines of an edition with at least ``count`` TPS."""
    lines = [
        "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir",
        "11,provinsi,P,,,",
        "1101,kabupaten_kota,K,,,",
    ]
    for kelurahan in range(-(-count // TPS_EACH)):
        kecamatan = f"1101{kelurahan // 90 + 1:02}"
        if kelurahan % 90 == 0:
            lines.append(f"{kecamatan},kecamatan,KEC {kecamatan},,,")
        kode = f"{kecamatan}{2001 + kelurahan % 90}"
        lines.append(f"{kode},kelurahan,KEL {kode},{TPS_EACH},,")
    return lines


def _read_by_machine(page: int, fields: tuple[str, ...], wanted: str) -> dict[str, Any]:
    """Return what the machine says of every form of this page: it is sure of those that are to be confirmed."""
    sure = wanted == "confirm"
    confidence = 0.9999 if sure else 0.9
    said = {name: {"value": FORM[name], "confidence": confidence, "sure": sure} for name in fields}
    return {
        "page": page,
        "wanted": wanted,
        "numbers": json.dumps({name: FORM[name] for name in fields}),
        "details": json.dumps({"fields": said, "model_sha256": "bench", "layout_sha256": "bench"}),
    }
