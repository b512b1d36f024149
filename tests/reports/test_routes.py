"""Differences and results as programs and spreadsheets get them."""

import csv
import io
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.config import Settings
from app.core.database import Sessions
from app.discrepancy.service import compare_many
from app.official.service import import_publication
from app.tally.service import set_result
from app.wilayah.service import import_wilayah
from tests.official.factory import make_document, make_tar
from tests.official.places import LINES, TPS, prepare_contest

LIST = "/api/v1/discrepancies"
OFFICIAL = {
    TPS[0]: (70, 109, 37),
    TPS[1]: (1, 2, 3),
    TPS[2]: (1, 2, 4),
    TPS[4]: (101, 2, 3),
}


@pytest.fixture(autouse=True)
async def figures(sessions: Sessions) -> None:
    """Four TPS with accepted numbers and official figures; all but one differ."""
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        for tps, votes in {TPS[0]: (72, 109, 35), TPS[1]: (1, 2, 3), TPS[2]: (1, 2, 3), TPS[4]: (1, 2, 3)}.items():
            numbers = {f"suara_0{place + 1}": vote for place, vote in enumerate(votes)}
            await set_result(
                session,
                contest=contest,
                tps_kode=tps,
                numbers=numbers,
                state="accepted",
                source_class="two_uploaders",
                flags=["paper"],
            )
        documents = {f"{tps}.json": make_document(votes) for tps, votes in OFFICIAL.items()}
        await import_publication(session, contest=contest, source=make_tar(documents))
        await compare_many(session, contest=contest, tps_kodes=TPS)


def read_csv(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def ask(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    answer = await client.get(LIST, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_difference_names_its_regions_both_numbers_and_its_page(client: httpx.AsyncClient) -> None:
    found = await ask(client)
    assert found["totals"] == {
        "count": 4,
        "tps": 3,
        "by_kind": {"number": 4, "official_sum": 0},
        "largest": 100,
    }
    first = found["items"][0]
    assert {key: first[key] for key in ("provinsi", "kabupaten_kota", "kecamatan", "kelurahan", "tps")} == {
        "provinsi": "DI YOGYAKARTA",
        "kabupaten_kota": "SLEMAN",
        "kecamatan": "GAMPING",
        "kelurahan": "BALECATUR",
        "tps": 1,
    }
    assert (first["ours"], first["official"], first["difference"]) == (1, 101, 100)
    assert first["page"] == f"/tps/ppwp-2024/{TPS[4]}"
    assert first["source_class"] == "two_uploaders"
    assert first["state"] == "open"
    assert first["official_published_at"] == "2024-02-14T17:46:45Z"


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [100, 2, -2, 1]),
    ({"pemilihan": "ppwp-2024", "wilayah": "0"}, [100, 2, -2, 1]),
    ({"wilayah": "11"}, [2, -2, 1]),
    ({"wilayah": "110102"}, [1]),
    ({"wilayah": "11.01.02.2001"}, [1]),
    ({"wilayah": TPS[0]}, [2, -2]),
    ({"kind": "official_sum"}, []),
    ({"field": "suara_01"}, [100, -2]),
    ({"min_size": 2}, [100, 2, -2]),
    ({"state": "closed"}, []),
    ({"state": "all", "order": "newest"}, [100, 1, 2, -2]),
    ({"limit": 2}, [100, 2]),
    ({"limit": 2, "offset": 2}, [-2, 1]),
    ({"severity": "large"}, [100]),
    ({"life": "confirmed"}, []),
    ({"group": "sheet"}, []),
    ({"opened_from": "2999-01-01T00:00:00Z"}, []),
    ({"opened_before": "2999-01-01T00:00:00"}, [100, 2, -2, 1]),
]


async def test_filters_narrow_the_list(client: httpx.AsyncClient) -> None:
    for query, sizes in FILTERS:
        assert [item["difference"] for item in (await ask(client, **query))["items"]] == sizes, query


@pytest.mark.parametrize("order", ["size", "newest"])
async def test_cursors_lead_through_all_of_them_once(client: httpx.AsyncClient, order: str) -> None:
    whole = [item["id"] for item in (await ask(client, order=order))["items"]]
    seen: list[int] = []
    after: dict[str, str] = {}
    while True:
        page = await ask(client, order=order, limit=2, **after)
        seen += [item["id"] for item in page["items"]]
        assert page["totals"]["count"] == len(whole)
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == whole


async def test_pages_follow_each_other_and_end(client: httpx.AsyncClient) -> None:
    first = await ask(client, limit=3)
    last = await ask(client, limit=3, offset=first["next_offset"])
    assert (first["next_offset"], last["next_offset"]) == (3, None)
    assert len({item["id"] for item in first["items"] + last["items"]}) == 4
    assert (await ask(client, offset=10**9))["items"] == []


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"pemilihan": "pilkades"}, 404),
    ({"wilayah": "77"}, 404),
    ({"wilayah": "Aceh"}, 422),
    ({"wilayah": "1"}, 422),
    ({"kind": "fraud"}, 422),
    ({"state": "x"}, 422),
    ({"limit": 0}, 422),
    ({"limit": 100000}, 422),
    ({"offset": -1}, 422),
    ({"min_size": 10**30}, 422),
    ({"field": "x" * 1000}, 422),
    ({"severity": "huge"}, 422),
    ({"opened_from": "yesterday"}, 422),
    ({"after": "x"}, 422),
    ({"after": "bmV3ZXN0OjA6MQ"}, 422),
]


@pytest.mark.parametrize("path", [LIST, f"{LIST}.csv"])
async def test_a_wrong_question_is_answered_in_words(client: httpx.AsyncClient, path: str) -> None:
    for query, status in WRONG:
        if path == LIST or not query.keys() & {"limit", "offset", "after"}:  # the download has no pages
            answer = await client.get(path, params=query)
            assert answer.status_code == status, query
            assert answer.json()["remedy"]


async def test_the_csv_holds_everything(client: httpx.AsyncClient, settings: Settings) -> None:
    answer = await client.get(f"{LIST}.csv", params={"pemilihan": "ppwp-2024"})
    rows = read_csv(answer)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="selisih-ppwp-2024.csv"'
    assert [row["difference"] for row in rows] == ["-2", "2", "1", "100"]
    assert rows[3]["kelurahan"] == "BALECATUR"
    assert {row["source_class"] for row in rows} == {"two_uploaders"}
    assert rows[3]["page"] == f"{settings.base_url}/tps/ppwp-2024/{TPS[4]}"
    assert len(read_csv(await client.get(f"{LIST}.csv", params={"min_size": 2, "wilayah": "34"}))) == 1


async def test_excel_gets_its_mark_only_when_asked_for(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{LIST}.csv")).content.startswith(b"id,pemilihan")
    assert (await client.get(f"{LIST}.csv", params={"excel": "1"})).content.startswith(b"\xef\xbb\xbfid,pemilihan")


async def test_a_region_named_like_a_formula_is_disarmed(client: httpx.AsyncClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        lines = [line.replace("BALECATUR", '"=HYPERLINK(""http://x"")"') for line in LINES]
        await import_wilayah(session, lines=lines, name="hostile")
    rows = read_csv(await client.get(f"{LIST}.csv", params={"wilayah": "34"}))
    assert rows[0]["kelurahan"] == '\'=HYPERLINK("http://x")'


async def test_results_are_one_row_a_tps_and_unknown_is_empty(client: httpx.AsyncClient) -> None:
    rows = read_csv(await client.get("/api/v1/results/ppwp-2024.csv"))
    assert [row["tps_kode"] for row in rows] == [TPS[0], TPS[1], TPS[2], TPS[4]]
    assert rows[0]["suara_02"] == "109"
    assert rows[0]["suara_sah"] == ""
    assert (rows[0]["state"], rows[0]["source_class"], rows[0]["flags"]) == ("accepted", "two_uploaders", "paper")
    assert (await client.get("/api/v1/results/pilkades.csv")).status_code == 404


async def test_official_figures_and_their_snapshots_can_be_looked_up(client: httpx.AsyncClient) -> None:
    figures = (await client.get(f"/api/v1/official/ppwp-2024/{TPS[0]}")).json()
    (snapshot,) = (await client.get("/api/v1/official/ppwp-2024/snapshots")).json()
    assert figures["numbers"]["suara_03"] == 37
    assert figures["numbers"]["surat_suara_diterima"] is None
    assert figures["snapshot"]["sha256"] == snapshot["sha256"]
    assert (snapshot["tps"], snapshot["changed"]) == (4, 4)
    missing = await client.get(f"/api/v1/official/ppwp-2024/{TPS[3]}")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_nothing_is_shown_before_voting_has_ended_everywhere(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    postpone = """UPDATE pemilihan SET definisi = definisi || '{"publish_not_before": "2999-01-01T00:00:00+07:00"}'"""
    async with sessions.begin() as session:
        await session.execute(text(postpone.replace(":00", r"\:00")))
    assert (await ask(client))["totals"]["count"] == 0
    for path in (f"{LIST}?pemilihan=ppwp-2024", f"{LIST}.csv?pemilihan=ppwp-2024", "/api/v1/results/ppwp-2024.csv"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_yet_public")
