"""`runut official` and `runut report` as they are typed, and the job between them."""

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.core.config import Settings, get_settings
from app.core.database import make_engine, make_sessions
from app.core.errors import InvalidInputError, NotFoundError
from app.core.storage import LocalStore, original_key, sha256_hex
from app.tally.service import set_result
from tests.official.factory import make_document, make_tar
from tests.official.places import TPS, prepare_contest
from workers.cli import official, report
from workers.compare import compare
from workers.job import Context
from workers.reader_pool import ReaderPool

run = CliRunner()


@pytest.fixture
def here(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """An installation with regions, an election and the accepted numbers of one TPS."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setenv("RUNUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    get_settings.cache_clear()
    asyncio.run(prepare(database))
    yield get_settings()
    get_settings.cache_clear()


async def prepare(url: str) -> None:
    engine = make_engine(url)
    async with make_sessions(engine).begin() as session:
        contest = await prepare_contest(session)
        numbers = {"suara_01": 72, "suara_02": 109, "suara_03": 35}
        await set_result(
            session, contest=contest, tps_kode=TPS[0], numbers=numbers, state="accepted", source_class="one_uploader"
        )
    await engine.dispose()


async def compare_all(settings: Settings) -> None:
    """Run the job of the import as a worker does, once with each of its two shapes."""
    assert settings.database_url is not None
    engine = make_engine(settings.database_url)
    context = Context(make_sessions(engine), settings, LocalStore(settings.objects), ReaderPool(1))
    await compare(context, {"pemilihan_id": 1, "tps_kodes": list(TPS[:2])})
    await compare(context, {"pemilihan_id": 1, "tps_kode": TPS[0]})
    await engine.dispose()


def import_file(path: Path) -> Result:
    return run.invoke(official.app, ["import", str(path)], catch_exceptions=False)


def test_an_import_is_kept_whole_and_reported_and_its_differences_can_be_written(
    here: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "sirekap.tar.gz"
    path.write_bytes(make_tar({f"{TPS[0]}.json": make_document((72, 109, 235), mode="hhcw"), "README": b"x"}).data)
    first = import_file(path)
    assert first.exit_code == 0, first.output
    assert sha256_hex(path.read_bytes()) in first.output
    assert "unknown mode" in first.output
    assert "Other files: README" in first.output
    store = LocalStore(here.objects)
    assert asyncio.run(store.read(original_key(sha256_hex(path.read_bytes())))) == path.read_bytes()
    assert "this very publication was here before" in import_file(path).output
    assert "sirekap.tar.gz" in run.invoke(official.app, ["list"], catch_exceptions=False).output

    asyncio.run(compare_all(here))
    shown = run.invoke(report.app, ["discrepancies"], catch_exceptions=False)
    assert "KEUDE BAKONGAN, TPS 1" in shown.output
    assert "1 differences at 1 TPS" in shown.output
    found = json.loads(run.invoke(report.app, ["discrepancies", "--json"], catch_exceptions=False).stdout)
    assert (found["totals"]["count"], found["items"][0]["difference"]) == (1, 200)
    target = tmp_path / "differences.csv"
    run.invoke(report.app, ["discrepancies", "--csv", str(target)], catch_exceptions=False)
    (row,) = csv.DictReader(io.StringIO(target.read_text()))
    assert (row["field"], row["ours"], row["official"]) == ("suara_03", "35", "235")
    none = run.invoke(report.app, ["discrepancies", "--wilayah", "34"], catch_exceptions=False)
    assert "No differences" in none.output


def test_wrong_words_are_answered_with_what_to_do(here: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Look at the path"):
        import_file(tmp_path / "none.json")
    (tmp_path / f"{TPS[0]}.json").write_text("{}")
    with pytest.raises(NotFoundError, match="ppwp-2024"):
        run.invoke(
            official.app, ["import", str(tmp_path / f"{TPS[0]}.json"), "--pemilihan", "x"], catch_exceptions=False
        )
    with pytest.raises(InvalidInputError, match="Write open, closed or all"):
        run.invoke(report.app, ["discrepancies", "--state", "x"], catch_exceptions=False)
