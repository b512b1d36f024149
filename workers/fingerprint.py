"""Count and fingerprint every table, so that two databases can be shown to hold the same rows.

A fingerprint is the sum, over all rows, of the first 60 bits of the MD5 of the row's text: it does not depend on the
rows' order and needs no sorting. MD5 is fast and everywhere; nobody is to be kept from forging here, for whoever can
write a row can write the fingerprint as well. Who wants proof against forgers looks at the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TABLES = text(
    """SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname COLLATE "C" """
)


@dataclass(frozen=True)
class TablePrint:
    """How many rows a table has, and the sum of their digests as a decimal number."""

    rows: int
    digest: str


async def print_tables(session: AsyncSession) -> Mapping[str, TablePrint]:
    """Return the fingerprint of every table that the transaction of ``session`` sees. Reads every row once."""
    # A row's text depends on these; both databases must be asked in the same way.
    for setting in ("TimeZone = 'UTC'", "DateStyle = 'ISO'", "IntervalStyle = 'postgres'", "extra_float_digits = 1"):
        await session.execute(text(f"SET LOCAL {setting}"))
    await session.execute(text("SET LOCAL bytea_output = 'hex'"))
    found = {}
    for name in (await session.execute(_TABLES)).scalars().all():
        found[name] = await _print_table(session, name)
    return found


async def _print_table(session: AsyncSession, name: str) -> TablePrint:
    quoted = '"' + name.replace('"', '""') + '"'
    query = text(
        "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint::numeric), 0)::text "  # noqa: S608 - a table's own name, quoted
        f"FROM public.{quoted} AS t"
    )
    rows, digest = (await session.execute(query)).one()
    return TablePrint(rows, digest)
