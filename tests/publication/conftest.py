"""Ground of the tests that publish: a contest over a small edition, a press over the test's own folder and database."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.pemilu.definition import Contest
from app.publication.press import Press
from app.publication.shelf import open_shelf
from app.tally import service as tally
from app.transparency.signing import load_signer
from tests.tally.contests import lay_contests

VOTES = {"suara_01": 11, "suara_02": 22, "suara_03": 33, "suara_sah": 66}


@pytest.fixture
async def ppwp(sessions: Sessions, tmp_path: Path) -> Contest:
    """The presidential contest over the small edition, its tally laid and no result in it."""
    async with sessions.begin() as session:
        contest, _ = await lay_contests(session, tmp_path)
        await tally.rebuild(session, contest=contest)
    return contest


@pytest.fixture
def press(settings: Settings, sessions: Sessions, storage: LocalStore) -> Press:
    return Press(sessions, open_shelf(storage), load_signer(settings.home / "keys"))


async def accept(
    sessions: Sessions, contest: Contest, tps_kode: str, votes: Mapping[str, int | None] = VOTES, *, rolled: bool = True
) -> None:
    """Write an accepted result, and roll it up unless somebody else is to."""
    async with sessions.begin() as session:
        await tally.set_result(
            session, contest=contest, tps_kode=tps_kode, numbers=votes, state="accepted", source_class="one_uploader"
        )
        if rolled:
            await tally.roll_up(session)
