from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from tests.tally.contests import lay_contests


@pytest.fixture
async def contests(session: AsyncSession, tmp_path: Path) -> tuple[Contest, Contest]:
    """The presidential contest and a pilkada of one kabupaten, in the database that is rolled back."""
    return await lay_contests(session, tmp_path)


@pytest.fixture
def ppwp(contests: tuple[Contest, Contest]) -> Contest:
    return contests[0]


@pytest.fixture
def bupati(contests: tuple[Contest, Contest]) -> Contest:
    return contests[1]
