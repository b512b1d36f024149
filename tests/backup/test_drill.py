"""The restore drill at its smallest: a real night, backups beside it, an empty folder, and damage that is seen."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from app.core.config import Settings
from workers.drill.restore import run_restore_drill

pytestmark = [pytest.mark.slow(25), pytest.mark.timeout(300)]


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="runut-drill-"))
    made.chmod(0o755)  # root's PostgreSQL runs as another user, who has to come through
    yield made
    shutil.rmtree(made)


def test_what_was_kept_in_full_swing_stands_in_an_empty_folder_again(folder: Path, settings: Settings) -> None:
    outcome = run_restore_drill(folder, 1, 3, Console(quiet=True))
    assert all(outcome.restored.values()), outcome.restored
    assert len(outcome.restored) == 3
    assert all(outcome.controls.values()), outcome.controls
    assert (outcome.backups >= 2, outcome.during >= 1) == (True, True)
    assert outcome.rows["photo"] == 3, "pages 1, 2 and 3"
    assert outcome.rows["reading"] >= 3
