"""TPS that only one side has figures of: counted by region, listed with a way to the TPS, downloaded."""

import csv
import io
import re

import httpx
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.reports import missing
from app.tally.service import note_photo, set_result
from tests.reports.test_register_gap import lay_ground, publish
from tests.verification.world import tps

# Both sides have figures of all but every hundredth. Foreign keys are not looked at: what stands around is no matter.
_LAY = """INSERT INTO result (pemilihan_id, tps_kode, kelurahan, numbers, state, source_class, has_official)
          SELECT 1, (1101012001000 + n)::text, '1101012001', '{}', 'accepted', 'one_uploader', n % 100 <> 0
          FROM generate_series(1, 5000) n"""


async def test_page_and_file_tell_the_same_tps(sessions: Sessions, client: httpx.AsyncClient) -> None:
    async with sessions.begin() as session:
        contest = await lay_ground(session)  # 1: both sides; 2: official only; 3: neither has figures; 4: only we have
        for number in (5, 6):  # not accepted and never published: missing on no side
            await note_photo(session, contest=contest, tps_kode=tps(number))
        await set_result(session, contest=contest, tps_kode=tps(6), numbers={}, state="disputed", source_class=None)
    page = (await client.get("/belum-ada/ppwp-2024/0")).text
    assert "Belum ada di sini (1)" in page
    assert "Belum ada pada data resmi (1)" in page
    assert f'href="/tps/ppwp-2024/{tps(2)}"' in page
    assert f'href="/unggah?tps={tps(2)}"' in page
    assert tps(4) not in page
    other = (await client.get("/belum-ada/ppwp-2024/1101012001?sisi=missing_official&bahasa=en")).text
    assert re.findall(r"/tps/ppwp-2024/(\d+)", other) == [tps(4)]
    assert "Missing in the official data: 1 TPS" in other
    behind = (await client.get(f"/belum-ada/ppwp-2024/11?setelah={tps(2)}")).text
    assert "Tidak ada lagi sesudah ini." in behind

    answer = await client.get("/api/v1/missing/ppwp-2024.csv")
    rows = [(row["side"], row["tps_kode"], row["state"]) for row in csv.DictReader(io.StringIO(answer.text))]
    assert rows == [("missing_ours", tps(2), "no_photo"), ("missing_official", tps(4), "accepted")]
    one = await client.get("/api/v1/missing/ppwp-2024.csv?wilayah=11&side=missing_official")
    assert tps(4) in one.text
    assert tps(2) not in one.text
    assert (await client.get("/api/v1/missing/ppwp-2024.csv?wilayah=77")).status_code == 404

    async with sessions.begin() as session:  # a later publication holds what was missing
        await publish(session, contest, [(tps(4), "5")])
    later = (await client.get("/belum-ada/ppwp-2024/0?sisi=missing_official&bahasa=en")).text
    assert "None: every TPS of this region with numbers accepted here has official ones." in later


async def test_what_one_side_lacks_is_found_without_reading_the_rest(session: AsyncSession) -> None:
    for prepare in ("SET LOCAL session_replication_role = replica", _LAY, "ANALYZE result"):
        await session.execute(text(prepare))

    async def explain(statement: TextClause) -> str:
        asked = {"pemilihan": 1, "first": "0" * 13, "last": "9" * 13, "width": 2, "after": "", "limit": 101}
        return "\n".join((await session.execute(text(f"EXPLAIN {statement.text}"), asked)).scalars())

    for statement in (missing._COUNT, *missing._LISTS.values()):
        plan = await explain(statement)
        assert "ix_result_one_sided" in plan, plan
