"""The four formats say the same, which is what another program computes from the tables."""

import io
import json

import httpx
import openpyxl
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.core.errors import TooManyRequestsError
from app.discrepancy.kinds import Kind, group_of
from app.discrepancy.listing import DiscrepancyFilter
from app.reports.cells import FORMULA_STARTS, disarm
from app.reports.columns import Spelling, disarm_sql
from app.reports.tables.discrepancies import _GROUP, discrepancy_table
from app.reports.writing import copying
from app.reports.writing.copying import Downloads
from bench.report.ground import lay_ground
from bench.report.recompute import as_cells, load_frames, parse_csv, recompute_report

LIST = "/api/v1/discrepancies"
PLACES = 150
HOSTILE = '=HYPERLINK("http://x";"a,b")\n+1'
ALL = {"state": "all", "group": "all"}


async def download(client: httpx.AsyncClient, suffix: str, **query: str) -> bytes:
    answer = await client.get(f"{LIST}.{suffix}", params={**ALL, **query})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="selisih-semua.{suffix}"'
    return answer.content


async def test_every_format_says_what_another_program_computes(
    client: httpx.AsyncClient, sessions: Sessions, settings: Settings
) -> None:
    await lay_ground(sessions, places=PLACES)
    async with sessions.begin() as session:
        renamed = "UPDATE wilayah SET nama = :name WHERE kode IN ('12', '1101012001')"
        await session.execute(text(renamed), {"name": HOSTILE})
    wanted = recompute_report(await load_frames(sessions), site=settings.base_url).to_dicts()
    assert len(wanted) == PLACES
    assert {row["provinsi"] for row in wanted} > {HOSTILE}

    lines = (await download(client, "jsonl")).decode().splitlines()
    assert [json.loads(line) for line in lines] == wanted

    found = pq.read_table(io.BytesIO(await download(client, "parquet")))
    moments = ("opened_at", "closed_at", "official_published_at")
    rows = [
        {name: f"{value:%Y-%m-%dT%H:%M:%SZ}" if value and name in moments else value for name, value in row.items()}
        for row in found.to_pylist()
    ]
    assert rows == wanted

    cells = as_cells(wanted)
    book = openpyxl.load_workbook(io.BytesIO(await download(client, "xlsx")), read_only=True)
    header, *body = book.worksheets[0].iter_rows(values_only=True)
    assert as_cells([dict(zip(map(str, header), row, strict=True)) for row in body]) == cells
    assert not any(cell.data_type == "f" for row in book.worksheets[0].iter_rows() for cell in row)

    armless = [{name: disarm(value) for name, value in row.items() if name != "difference"} for row in cells]
    sheet = parse_csv(await download(client, "csv"))
    assert [{name: value for name, value in row.items() if name != "difference"} for row in sheet] == armless
    assert [row["difference"] for row in sheet] == [row["difference"] for row in cells]

    part = parse_csv(await download(client, "csv", wilayah="1201"))
    assert part == [row for row in sheet if row["tps_kode"].startswith("1201")]
    assert part
    await check_results(client)


async def check_results(client: httpx.AsyncClient) -> None:
    """Accepted numbers are one row a TPS in every format."""
    sheet = parse_csv((await client.get("/api/v1/results/ppwp-2024.csv")).content)
    lines = (await client.get("/api/v1/results/ppwp-2024.jsonl")).text.splitlines()
    assert [row["tps_kode"] for row in sheet] == [json.loads(line)["tps_kode"] for line in lines]
    assert len(sheet) == PLACES
    numbers = [(int(row["suara_01"]), int(row["suara_sah"])) for row in sheet]
    assert numbers == [(row["suara_01"], row["suara_sah"]) for row in map(json.loads, lines)]
    assert json.loads(lines[32])["flags"] == ["paper"]
    assert sheet[32]["flags"] == "paper"
    book = openpyxl.load_workbook(io.BytesIO((await client.get("/api/v1/results/ppwp-2024.xlsx")).content))
    assert book.worksheets[0].max_row == PLACES + 1


async def test_an_empty_report_is_a_file_too(client: httpx.AsyncClient) -> None:
    header = (await download(client, "csv")).decode()
    assert header.startswith("id,pemilihan,tps_kode,provinsi")
    assert header.count("\n") == 1
    assert await download(client, "jsonl") == b""
    assert pq.read_table(io.BytesIO(await download(client, "parquet"))).num_rows == 0
    book = openpyxl.load_workbook(io.BytesIO(await download(client, "xlsx")))
    assert book.worksheets[0].max_row == 1
    assert (await client.get(f"{LIST}.docx")).status_code == 422


async def test_text_is_disarmed_by_the_database_as_by_ourselves(sessions: Sessions) -> None:
    words = [f"{start}1" for start in (*FORMULA_STARTS, "'", " ", "a", "ä", "1")] + ["", *FORMULA_STARTS]
    asked = text(
        f"SELECT {disarm_sql('word')} FROM unnest(CAST(:words AS text[])) "  # noqa: S608
        "WITH ORDINALITY t (word, n) ORDER BY n"
    )
    kinds = text(
        f"SELECT kind, side, {_GROUP} FROM (SELECT kind, side FROM unnest(CAST(:kinds AS text[])) kind, "  # noqa: S608
        "unnest(ARRAY['both', 'ours', 'official']) side) discrepancy"
    )
    async with sessions.begin() as session:
        assert list((await session.scalars(asked, {"words": words})).all()) == [disarm(word) for word in words]
        for kind, side, group in await session.execute(kinds, {"kinds": list(Kind)}):
            assert group == group_of(kind, side), (kind, side)


async def test_a_reader_who_stops_holds_nothing_and_too_many_are_told_to_wait(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lay_ground(sessions, places=80)
    async with sessions.begin() as session:
        table = await discrepancy_table(session, filters=DiscrepancyFilter(state=None), site="")
    monkeypatch.setattr(copying, "OPEN_MAX", 1)
    downloads = Downloads(sessions)
    slow = downloads.copy_rows(table, Spelling.SHEET)
    first = await anext(slow)
    with pytest.raises(TooManyRequestsError):
        await anext(downloads.copy_rows(table, Spelling.SHEET))
    await slow.aclose()
    whole = b"".join([block async for block in downloads.copy_rows(table, Spelling.SHEET)])
    assert whole.startswith(first)
    assert whole.count(b"\n") == 80
    busy = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle'")
    async with sessions.begin() as session:
        assert (await session.execute(busy)).scalar_one() == 1  # who asks
