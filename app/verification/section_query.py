"""A look at sections in two spellings: PostgreSQL plans that for one number once, that for an array each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True)
class SectionQuery:
    """A SELECT about one section or many."""

    of_one: TextClause
    of_many: TextClause

    async def fetch(self, session: AsyncSession, ids: Sequence[int]) -> Sequence[Row[Any]]:
        """Return the rows of the sections with these ids."""
        if len(ids) == 1:
            return (await session.execute(self.of_one, {"id": ids[0]})).all()
        return (await session.execute(self.of_many, {"ids": list(ids)})).all()


def make_section_query(sql: str) -> SectionQuery:
    """Return the statement whose ``{these}`` stands after the column of the sections' ids."""
    return SectionQuery(
        of_one=text(sql.replace("{these}", "= CAST(:id AS bigint)")),
        of_many=text(sql.replace("{these}", "= ANY(CAST(:ids AS bigint[]))")),
    )
