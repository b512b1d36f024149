"""The data dictionary in the documentation is the one that the tables have."""

from app.core.config import PROJECT
from app.core.database import Sessions
from app.reports.dump.making import list_public_tables
from tests.official.places import prepare_contest


async def test_the_documentation_has_every_column_as_it_is(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        tables = await list_public_tables(session, contest=contest, site="")
    sections = (PROJECT / "docs" / "reports.md").read_text("utf-8").split("\n### ")[1:]
    told = {section.partition("\n")[0]: section for section in sections}
    assert told.keys() == {table.name for table in tables}
    for table in tables:
        for column in table.columns:
            assert column.meaning, column.name
            assert column.arti, column.name
            if column.name not in contest.fields:
                assert f"| `{column.name}` | {column.kind}" in told[table.name], (table.name, column.name)
                assert column.meaning in told[table.name], (table.name, column.name)
                assert all(f"`{word}`" in told[table.name] for word in column.words), (table.name, column.name)
