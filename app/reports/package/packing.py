"""Tables into one data package: CSV files, a README with the dictionary, and last `datapackage.json`."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime

from app.pemilu.definition import Contest
from app.reports.columns import Spelling, Table
from app.reports.package.descriptor import Provenance, Written, describe_package
from app.reports.package.dictionary import write_words
from app.reports.package.zip_stream import ZipStream
from app.reports.writing.formats import write_header

Rows = Callable[[Table, Spelling], AsyncGenerator[bytes, None]]
"""Gives the rows of a table as CSV without a header."""


@dataclass(frozen=True)
class Contents:
    """What goes into a package."""

    contest: Contest
    tables: Sequence[Table]
    provenance: Provenance
    site: str


async def write_package(contents: Contents, read: Rows, *, made_at: datetime) -> AsyncGenerator[bytes, None]:
    """Yield the ZIP. Hashes and lengths of the files stand in `datapackage.json`, which therefore comes last."""
    moment = made_at.astimezone(UTC)
    stream = ZipStream((moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second))
    written: list[Written] = []
    words = write_words(contents.tables, contents.contest)
    async for block in stream.add("README.md", _give(words.encode())):
        yield block
    for table in contents.tables:
        path = f"{table.name}.csv"
        async with aclosing(stream.add(path, _with_header(table, read))) as packed:
            async for block in packed:
                yield block
        written.append(Written(table, path, stream.byte_count, stream.sha256))
    about = describe_package(contents.contest, written, contents.provenance, site=contents.site, made_at=made_at)
    async for block in stream.add("datapackage.json", _give(json.dumps(about, indent=1, ensure_ascii=False).encode())):
        yield block
    yield stream.finish()


async def _give(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def _with_header(table: Table, read: Rows) -> AsyncGenerator[bytes, None]:
    yield write_header(table)
    async with aclosing(read(table, Spelling.SHEET)) as rows:
        async for block in rows:
            yield block
