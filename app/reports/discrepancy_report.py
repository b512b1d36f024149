"""The list of differences as a file, for those who have no address to ask: commands and benchmarks."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from app.core.database import Sessions
from app.discrepancy.listing import DiscrepancyFilter
from app.reports.tables.discrepancies import discrepancy_table
from app.reports.writing.copying import Downloads
from app.reports.writing.formats import Suffix, write_table


async def stream_discrepancies(
    sessions: Sessions, *, filters: DiscrepancyFilter, site: str, suffix: Suffix = Suffix.CSV, excel: bool = False
) -> AsyncGenerator[bytes, None]:
    """Yield the differences as a file of this format, in the order of places; ``site`` begins the addresses of pages.

    Raises:
        NotFoundError: the region is not known.
    """
    async with sessions.begin() as session:
        table = await discrepancy_table(session, filters=filters, site=site)
    async with aclosing(write_table(Downloads(sessions), table, suffix, excel=excel)) as blocks:
        async for block in blocks:
            yield block
