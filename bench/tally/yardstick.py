"""The yardsticks: the same rows inserted with nothing around them, and the same numbers added by numpy in memory."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import asyncpg
import numpy as np
from numpy.typing import NDArray

_SECTIONS = """
    SELECT s.id, s.pemilihan_id, s.tps_kode, s.photo_ids FROM tps_section s
    WHERE s.section = 'suara' AND s.wanted = 'blind' AND cardinality(s.photo_ids) = 2 ORDER BY md5(s.id::text)"""
_LIKE_DECISION = """
    SELECT d.numbers::text AS numbers, d.inputs::text AS inputs, d.explanation::text AS explanation,
           l.payload::text AS fact
    FROM decision d JOIN log_entry l ON l.id = d.log_entry_id WHERE d.outcome = 'accept' LIMIT 1"""
_LIKE_READING = """
    SELECT r.numbers::text AS numbers, r.details::text AS details, l.payload::text AS fact
    FROM reading r JOIN log_entry l ON l.id = r.log_entry_id WHERE r.mode = 'confirm' LIMIT 1"""
_LOG = """INSERT INTO log_entry (kind, subject, payload, payload_sha256) VALUES ($1, $2, $3::text::jsonb, $4)
          RETURNING id"""
_READING = """INSERT INTO reading (section_id, photo_id, mode, machine, numbers, details, salt, commitment,
                                   log_entry_id)
              VALUES ($1, $2, 'machine', $3, $4::text::jsonb, $5::text::jsonb, $6, $7, $8)"""
_DECISION = """INSERT INTO decision (section_id, outcome, numbers, inputs, explanation, rule_version, source_class,
                                     log_entry_id)
               VALUES ($1, 'accept', $2::text::jsonb, $3::text::jsonb, $4::text::jsonb, 'bare', 'one_uploader', $5)"""
_RESULT = """INSERT INTO result (pemilihan_id, tps_kode, kelurahan, numbers, state, source_class)
             VALUES ($1, $2::text, left($2::text, 10), $3, 'accepted', 'one_uploader')"""
_CHANGE = "INSERT INTO tally_change (pemilihan_id, kelurahan) VALUES ($1, left($2::text, 10))"
_SALT = b"s" * 32
_HASH = "0" * 64
_NUMBERS = [123, 274, 32, 429, 8, 437, *([None] * 22)]


@dataclass(frozen=True)
class Bare:
    """Connections, the sections left to write about, and rows that the service wrote, to write the like of."""

    connections: Sequence[asyncpg.Connection]
    sections: Iterator[asyncpg.Record]
    decision: asyncpg.Record
    reading: asyncpg.Record
    serial: Iterator[int]


async def open_bare(dsn: str, connections: int) -> Bare:
    """Open the connections. Some result has been accepted before: its rows are copied."""
    opened = [await asyncpg.connect(dsn) for _ in range(connections)]
    sections = await opened[0].fetch(_SECTIONS)
    return Bare(
        opened,
        iter(sections),
        await opened[0].fetchrow(_LIKE_DECISION),
        await opened[0].fetchrow(_LIKE_READING),
        itertools.count(),
    )


async def insert_bare(bare: Bare, *, seconds: float) -> float:
    """Insert results with all their rows, one transaction each, statements prepared; return how many a second."""
    began = perf_counter()
    done = await asyncio.gather(*(_insert_on(bare, one, began + seconds) for one in bare.connections))
    return sum(done) / (perf_counter() - began)


async def _insert_on(bare: Bare, connection: asyncpg.Connection, until: float) -> int:
    done = 0
    while perf_counter() < until:
        section = next(bare.sections)
        async with connection.transaction():
            await _insert_result(bare, connection, section)
        done += 1
    return done


async def _insert_result(bare: Bare, connection: asyncpg.Connection, section: asyncpg.Record) -> None:
    subject = f"tps/{section['tps_kode']}/bench/1/suara"
    for photo in section["photo_ids"]:
        entry = await connection.fetchval(_LOG, "reading", subject, bare.reading["fact"], _HASH)
        machine = f"bare-{next(bare.serial)}"
        values = (bare.reading["numbers"], bare.reading["details"], _SALT, _HASH, entry)
        await connection.execute(_READING, section["id"], photo, machine, *values)
    entry = await connection.fetchval(_LOG, "decision", subject, bare.decision["fact"], _HASH)
    said = (bare.decision["numbers"], bare.decision["inputs"], bare.decision["explanation"], entry)
    await connection.execute(_DECISION, section["id"], *said)
    await connection.execute(_RESULT, section["pemilihan_id"], section["tps_kode"], _NUMBERS)
    await connection.execute(_CHANGE, section["pemilihan_id"], section["tps_kode"])


def add_in_memory(numbers: NDArray[np.int32], begins: Sequence[NDArray[np.intp]]) -> float:
    """Return the seconds in which numpy adds numbers up through all levels, from arrays that lie ready.

    ``numbers``: one line a TPS, by kelurahan. ``begins``: for each level, where a region's lines begin
    among those of the level below.
    """
    began = perf_counter()
    lines: NDArray[Any] = numbers
    for level in begins:
        lines = np.add.reduceat(lines, level, axis=0, dtype=np.int64)
    return perf_counter() - began
