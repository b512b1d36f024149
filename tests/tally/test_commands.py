"""`wilayah`, `pemilu` and `tally` as an operator runs them, one after the other."""

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import typer
from typer.testing import CliRunner, Result

from app.core.config import get_settings
from app.core.errors import InvalidInputError
from app.core.postgres.databases import plain_dsn
from app.pemilu.file_shape import ElectionFileError
from app.wilayah.edition_text import WilayahFileError
from tests.tally.contests import PILKADA
from tests.wilayah.editions import ACEH, HEADING, LINES, REGIONS, TPS
from workers.cli import account, pemilu, tally, wilayah


@pytest.fixture
def run(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Run"]:
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    path = tmp_path / "regions.csv.gz"
    path.write_bytes(gzip.compress("\n".join(LINES).encode()))
    yield Run(database, path)
    get_settings.cache_clear()


class Run:
    """Runs a command in the test's own database; an unexpected end fails the test."""

    def __init__(self, database: str, regions: Path) -> None:
        self.database = database
        self.regions = regions

    def __call__(self, app: typer.Typer, *words: str, ends_with: int = 0) -> str:
        ended: Result = CliRunner().invoke(app, words, catch_exceptions=False)
        assert ended.exit_code == ends_with, ended.output
        return ended.output

    def prepare(self) -> None:
        self(wilayah.app, "import", str(self.regions))
        self(pemilu.app, "import", "ppwp_2024")

    def execute(self, statement: str) -> None:
        async def send() -> None:
            connection = await asyncpg.connect(plain_dsn(self.database))
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(send())


def test_regions_are_imported_once_and_the_second_time_changes_nothing(run: Run) -> None:
    assert f"{REGIONS + TPS} rows changed; the edition holds {TPS} TPS." in run(wilayah.app, "import", str(run.regions))
    again = run(wilayah.app, "import", str(run.regions))
    assert f"0 rows changed: {REGIONS} regions and {TPS} TPS are as they were." in again


def test_a_wrong_file_says_so_and_leaves_the_database_empty(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("\n".join([*LINES, "31730110,kelurahan,X,1,,"]))
    with pytest.raises(WilayahFileError, match=f"line {len(LINES) + 1}: "):
        run(wilayah.app, "import", str(path))
    assert "Nothing found" in run(wilayah.app, "show", "aceh")


def test_regions_are_shown_by_code_and_by_name(run: Run) -> None:
    run(wilayah.app, "import", str(run.regions))
    assert "INDONESIA (0) > ACEH (11)" in run(wilayah.app, "show", "11")
    assert "4 TPS: 1-2, 901-902" in run(wilayah.app, "show", "11.01.01.2002")
    assert "KOTA JAKARTA BARAT" in run(wilayah.app, "show", "jakarta barat")


def test_an_election_is_imported_and_listed(run: Run, tmp_path: Path) -> None:
    assert "./runut pemilu import ppwp_2024" in run(pemilu.app, "list")
    run(wilayah.app, "import", str(run.regions))
    assert "new: ppwp-2024" in run(pemilu.app, "import", "ppwp_2024")
    assert "unchanged: ppwp-2024" in run(pemilu.app, "import", "ppwp_2024")
    path = tmp_path / "pilkada.toml"
    path.write_text(PILKADA)
    run(pemilu.app, "import", str(path))
    listed = run(pemilu.app, "list")
    assert "suara*, administrasi" in listed
    assert "bupati-1101-2024" in listed


def test_a_file_that_is_not_there_is_refused(run: Run) -> None:
    with pytest.raises(ElectionFileError, match="cannot be read"):
        run(pemilu.app, "import", "none.toml")


def test_tallies_are_laid_shown_checked_and_mended(run: Run) -> None:
    run.prepare()
    shown = run(tally.app, "show")
    assert f"0 / {TPS} (0.0%)" in shown
    assert "every region is the sum of its results." in run(tally.app, "verify")
    run.execute("UPDATE tally SET sums[1] = 1 WHERE kode = '11'")
    found = run(tally.app, "verify", ends_with=1)
    assert "1 sums are not right" in found
    assert "suara_01" in found
    assert "1 rows were missing or wrong" in run(tally.app, "rebuild", "--pemilihan", "ppwp-2024")
    assert "every region is the sum of its results." in run(tally.app, "verify")
    assert "waiting" in run(tally.app, "show", "1101012001")


def test_tallies_follow_a_new_edition(run: Run, tmp_path: Path) -> None:
    run.prepare()
    later = tmp_path / "later.csv"
    later.write_text("\n".join([HEADING, *ACEH]))
    assert "rows of tallies followed" in run(wilayah.app, "import", str(later))
    assert "0 / 9 (0.0%)" in run(tally.app, "show")
    assert "every region is the sum of its results." in run(tally.app, "verify")


def test_a_revote_begins_a_new_round_and_says_why(run: Run) -> None:
    run.prepare()
    run(account.app, "add", "pengelola", "--role", "admin", "--generate")
    words = ("1101012001001", "--pemilihan", "ppwp-2024", "--by", "pengelola")
    with pytest.raises(InvalidInputError, match="no reason"):
        run(tally.app, "revote", *words, "--reason", " ")
    for number in (2, 3):
        assert f"is in round {number};" in run(tally.app, "revote", *words, "--reason", "Putusan MK.")
    assert "every region is the sum of its results." in run(tally.app, "verify")
