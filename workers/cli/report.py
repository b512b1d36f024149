"""`./runut report`: the differences between accepted results and official figures."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import get_settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.errors import InvalidInputError
from app.discrepancy.diff import Kind
from app.discrepancy.listing import DiscrepancyFilter, list_discrepancies
from app.pemilu.service import get_contest
from app.reports.answers import DiscrepancyList, answer_page
from app.reports.cells import EXCEL_MARK
from app.reports.discrepancy_report import stream_discrepancies
from app.reports.regions import find_places
from workers.database import open_database

app = typer.Typer(help="Write the differences between results and official figures.", no_args_is_help=True)
console = Console()


@app.callback()
def begin() -> None:
    """Write the differences between results and official figures."""


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for."""

    pemilihan: str | None
    wilayah: str | None
    kind: Kind | None
    state: str
    field: str | None
    min_size: int

    async def as_filter(self, session: AsyncSession) -> DiscrepancyFilter:
        """Look the contest up and return the filter."""
        contest = await get_contest(session, kode=self.pemilihan) if self.pemilihan else None
        return DiscrepancyFilter(
            pemilihan_ids=(contest.id,) if contest else None,
            wilayah=self.wilayah,
            kind=self.kind,
            state={"open": "open", "closed": "closed", "all": None}[self.state],  # type: ignore[arg-type]
            field=self.field,
            min_size=self.min_size,
        )
