"""The collection of 2019 through import, sums, comparison and report: one province, as the bench does the nation."""

import os
from pathlib import Path

import polars as pl
import pytest

from app.core.config import PROJECT
from app.core.database import Sessions
from app.core.storage import LocalStore
from bench.kawalpemilu2019.collection import read_collection, write_edition
from bench.kawalpemilu2019.run import run_collection

COLLECTION = Path(os.environ.get("RUNUT_SHARED", PROJECT.parent / "shared")) / "data" / "kawalpemilu_2019_tps.csv.gz"


@pytest.fixture(scope="module")
def province() -> pl.DataFrame:
    if not COLLECTION.exists():
        pytest.skip("RUNUT_SHARED names no folder with KawalPemilu's collection of 2019")
    return read_collection(COLLECTION, ("GORONTALO",))


async def test_a_province_comes_out_as_polars_says(province: pl.DataFrame, sessions: Sessions, tmp_path: Path) -> None:
    outcome = await run_collection(sessions, LocalStore(tmp_path / "store"), province, tmp_path)
    assert outcome.wrong == []
    assert outcome.figures["report_equals_polars"]
    # Counted by another program (awk) in the file.
    assert outcome.tps == 3364
    assert outcome.figures["volunteers"] == [369_223, 344_749]
    assert outcome.figures["kpu"] == [369_338, 344_798]
    assert outcome.figures["tps_with_vote_differences"] == 6


def test_the_edition_holds_exactly_the_tps_of_the_collection(province: pl.DataFrame) -> None:
    assert province["kode_tps"].is_unique().all()
    last_numbers = [line.split(",")[-3] for line in write_edition(province)[1:]]
    assert sum(int(number) for number in last_numbers if number) == province.height
