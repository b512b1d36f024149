"""The ground of the benchmark: the hierarchy of 2024, an accepted result for every TPS, photographs, sums."""

import csv
import gzip
import os
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import text

from app.core.config import PROJECT
from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.pemilu.service import SHIPPED, get_contest, import_pemilu
from app.tally.service import TpsResult, rebuild, set_results
from app.wilayah.service import import_wilayah

CONTEST = "ppwp-2024"
_UPLOADER = """
    INSERT INTO account (name, display_name, password_hash, role) VALUES ('bench', '', '-', 'volunteer') RETURNING id"""
_RESULTS = """
    INSERT INTO result (pemilihan_id, tps_kode, kelurahan, numbers, state, source_class, has_photo, has_official)
    SELECT :contest, kode, kelurahan,
           (SELECT array_agg((random() * 290)::int) FROM generate_series(1, :width) WHERE kode IS NOT NULL),
           'accepted', (ARRAY['one_uploader', 'two_uploaders', 'official_photo'])[1 + nomor % 3], true, true
    FROM tps WHERE edisi_akhir IS NULL"""
_PHOTOS = """
    INSERT INTO photo (sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, state, form, page)
    SELECT encode(sha256(convert_to(kode || '/' || page, 'UTF8')), 'hex'), 1, 'image/jpeg', :contest, kode, :uploader,
           'read', 'C.HASIL-PPWP 2024', page
    FROM tps, generate_series(1, :photos) page WHERE edisi_akhir IS NULL"""


def find_edition() -> Path:
    """Return the hierarchy of 2024 (RUNUT_SHARED, else beside the project)."""
    shared = Path(os.environ.get("RUNUT_SHARED") or PROJECT.parent / "shared")
    path = shared / "data" / "wilayah_2024.csv.gz"
    if not path.is_file():
        message = f"{path} is not there: this benchmark publishes the real regions. RUNUT_SHARED names their folder."
        raise SystemExit(message)
    return path


def read_lines(provinsi: Sequence[str]) -> Iterator[str]:
    """Yield the edition's lines, of some provinces only where any are named."""
    with gzip.open(find_edition(), "rt", encoding="utf-8", newline="") as file:
        yield next(file).rstrip("\r\n")
        for line in file:
            kode = next(csv.reader([line]))[0]
            if not provinsi or kode == "0" or kode.startswith(tuple(provinsi)):
                yield line.rstrip("\r\n")


async def lay_ground(sessions: Sessions, *, provinsi: Sequence[str], photos: int) -> Contest:
    """Fill an empty, migrated database; every TPS is accepted, with ``photos`` photographs."""
    async with sessions.begin() as session:
        await import_wilayah(session, lines=list(read_lines(provinsi)), name="bench")
        await import_pemilu(session, path=SHIPPED / "ppwp_2024.toml", layouts=PROJECT / "ocr" / "layouts")
        contest = await get_contest(session, kode=CONTEST)
        uploader = (await session.execute(text(_UPLOADER))).scalar_one()
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text(_RESULTS), {"contest": contest.id, "width": len(contest.fields)})
        await session.execute(text(_PHOTOS), {"contest": contest.id, "uploader": uploader, "photos": photos})
        await session.execute(text("SET LOCAL session_replication_role = origin"))
    async with sessions.begin() as session:
        await rebuild(session, contest=contest)
    async with sessions() as session:
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        await connection.execute(text("VACUUM ANALYZE"))
        await connection.execute(text("CHECKPOINT"))
    return contest


async def change_results(sessions: Sessions, contest: Contest, *, count: int, seed: int) -> None:
    """Give ``count`` TPS, spread over everything, other numbers; nobody has rolled them up yet."""
    draw = random.Random(seed)
    async with sessions.begin() as session:
        await session.execute(text("SELECT setseed(:seed)"), {"seed": seed / 1000})
        chosen = "SELECT kode FROM tps WHERE edisi_akhir IS NULL ORDER BY random() LIMIT :count"
        kodes = (await session.execute(text(chosen), {"count": count})).scalars().all()
        results = [
            TpsResult(kode, 1, {one: draw.randint(0, 290) for one in contest.fields}, "accepted", "two_uploaders")
            for kode in kodes
        ]
        await set_results(session, contest=contest, results=results)


async def sum_results(sessions: Sessions, contest: Contest) -> list[int]:
    """Return the sums over all results, made by the database without the roller's statements."""
    statement = """
        SELECT sum(number) FROM result, unnest(numbers) WITH ORDINALITY AS one (number, place)
        WHERE pemilihan_id = :contest AND current GROUP BY place ORDER BY place"""
    async with sessions.begin() as session:
        return [int(one) for one in (await session.execute(text(statement), {"contest": contest.id})).scalars()]
