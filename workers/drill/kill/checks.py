"""All checks after the drill, on fresh connections and by code that shares nothing with the service but its tables."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import orjson

from app.core.postgres.databases import plain_dsn
from app.pemilu.definition import Contest
from workers.drill.kill.check_log import check_jobs, check_log
from workers.drill.kill.check_readings import check_readings
from workers.drill.kill.check_sums import check_sums
from workers.drill.kill.check_uploads import (
    check_bytes,
    check_looked_at,
    check_receipts,
    check_rows,
    check_signatures,
)
from workers.drill.kill.findings import WRONG, Findings
from workers.drill.kill.record import Record

LOOK_EVERY = 0.25
_LEFT = """SELECT (SELECT count(*) FROM pgqueuer WHERE status <> 'failed') + (SELECT count(*) FROM tally_change)
    + (SELECT count(*) FROM tps_section WHERE unsettled_since IS NOT NULL)"""


@contextlib.asynccontextmanager
async def connect(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Give a fresh connection that returns JSON as what it means."""
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        await connection.set_type_codec("jsonb", encoder=_encode, decoder=orjson.loads, schema="pg_catalog")
        yield connection
    finally:
        await connection.close()


def _encode(value: object) -> str:
    return orjson.dumps(value).decode()


async def count_left(url: str) -> int:
    """Return how many jobs and changes wait."""
    async with connect(url) as connection:
        return int(await connection.fetchval(_LEFT))


async def wait_until_calm(url: str, within: float) -> float:
    """Wait until no job and no change is left; return the seconds that took.

    Raises:
        TimeoutError: something is left.
    """
    began = time.monotonic()
    async with asyncio.timeout(within):
        while True:
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                if await count_left(url) == 0:
                    return time.monotonic() - began
            await asyncio.sleep(LOOK_EVERY)


async def check_everything(
    url: str, site: str, objects: Path, contest: Contest, record: Record, *, readers_killed: int
) -> tuple[Findings, list[str]]:
    """Return what is not as it must be, and the jobs that were set aside because their readers were killed."""
    findings = Findings()
    findings.add(WRONG, record.anomalies)
    async with connect(url) as connection:
        await check_rows(connection, record, findings)
        await check_looked_at(connection, record, findings)
        await check_readings(connection, record, findings)
        await check_log(connection, findings)
        aside = await check_jobs(connection, readers_killed // 2, findings)
        await check_sums(connection, url, contest, findings)
    await check_bytes(objects, record, findings)
    check_signatures(record, findings)
    await check_receipts(site, record, findings)
    return findings, aside
