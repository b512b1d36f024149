from pathlib import Path

import httpx
import pytest

from app.core.database import Sessions
from app.pemilu.definition import Contest
from app.tally import service as tally
from tests.tally.contests import PILKADA, import_text, lay_contests

TPS = "1101012001001"


@pytest.fixture
async def counted(sessions: Sessions, tmp_path: Path) -> Contest:
    """The presidential contest with one accepted, one half accepted and one disputed TPS, rolled up."""
    async with sessions.begin() as session:
        ppwp, _ = await lay_contests(session, tmp_path)
        await tally.set_result(
            session,
            contest=ppwp,
            tps_kode=TPS,
            numbers={"suara_01": 11, "suara_02": 22, "suara_03": 33, "suara_sah": 66},
            state="accepted",
            source_class="one_uploader",
            flags=["paper"],
        )
        await tally.set_result(
            session,
            contest=ppwp,
            tps_kode="1101012001002",
            numbers={"pengguna_total_j": 5},
            state="waiting",
            source_class=None,
        )
        await tally.set_result(
            session, contest=ppwp, tps_kode="1102042001001", numbers={}, state="disputed", source_class=None
        )
        await tally.roll_up(session)
    return ppwp


async def test_a_region_is_shown_with_its_sums_its_coverage_and_what_lies_in_it(
    client: httpx.AsyncClient, counted: Contest
) -> None:
    answer = await client.get("/api/v1/tally/ppwp-2024/11")
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["notice"].startswith("Bukan hasil resmi")
    assert [one["kode"] for one in page["path"]] == ["0", "11"]
    assert page["choices"][1] == {
        "field": "suara_02",
        "nomor_urut": 2,
        "nama": "H. Prabowo Subianto dan Gibran Rakabuming Raka",
        "partai": None,
    }
    assert page["tally"]["sums"]["suara_02"] == 22
    assert page["tally"]["sums"]["pengguna_total_j"] == 5
    assert page["tally"]["coverage"] == {
        "tps_expected": 9,
        "tps_photo": 0,
        "tps_accepted": 1,
        "tps_disputed": 1,
        "tps_paper": 1,
        "tps_official": 0,
        "tps_flagged": 0,
        "share": round(1 / 9, 6),
    }
    assert page["tally"]["source_classes"] == {"one_uploader": 1, "two_uploaders": 0, "official_photo": 0}
    assert [(one["kode"], one["sums"]["suara_03"]) for one in page["children"]] == [("1101", 33), ("1102", 0)]
    assert page["results"] == []


async def test_a_kelurahan_lists_its_tps(client: httpx.AsyncClient, counted: Contest) -> None:
    page = (await client.get("/api/v1/tally/ppwp-2024/11.01.01.2001")).json()
    assert page["children"] == []
    assert [(one["nomor"], one["state"], one["numbers"]["suara_01"]) for one in page["results"]] == [
        (1, "accepted", 11),
        (2, "waiting", None),
        (3, "waiting", None),
    ]


async def test_a_result_shows_accepted_numbers_only(client: httpx.AsyncClient, counted: Contest) -> None:
    accepted = (await client.get(f"/api/v1/results/ppwp-2024/{TPS}")).json()
    assert accepted["result"]["numbers"]["suara_01"] == 11
    assert accepted["result"]["numbers"]["suara_tidak_sah"] is None
    assert accepted["result"]["flags"] == ["paper"]
    assert [one["kode"] for one in accepted["path"]] == ["0", "11", "1101", "110101", "1101012001"]
    disputed = (await client.get("/api/v1/results/ppwp-2024/1102042001001")).json()
    assert disputed["result"]["state"] == "disputed"
    assert set(disputed["result"]["numbers"].values()) == {None}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("tally/none/0", 404, "unknown_pemilihan"),
        ("tally/%00/0", 404, "unknown_pemilihan"),
        ("tally/ppwp-2024/12", 404, "unknown_wilayah"),
        ("tally/ppwp-2024/1101012001001", 404, "unknown_wilayah"),
        ("tally/ppwp-2024/abc", 422, "bad_kode"),
        ("tally/bupati-1101-2024/1102", 404, "outside_contest"),
        ("results/bupati-1101-2024/1102042001001", 404, "outside_contest"),
        ("results/ppwp-2024/1101012001009", 404, "unknown_tps"),
        ("results/ppwp-2024/1101", 404, "unknown_tps"),
    ],
)
async def test_what_is_not_there_is_refused_with_what_to_do(
    client: httpx.AsyncClient, counted: Contest, path: str, status: int, code: str
) -> None:
    answer = await client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
    assert answer.json()["remedy"]


async def test_no_number_is_shown_while_people_vote(
    client: httpx.AsyncClient, sessions: Sessions, counted: Contest, tmp_path: Path
) -> None:
    later = PILKADA.replace("form =", "publish_not_before = 2099-11-27T13:00:00+07:00\nform =")
    async with sessions.begin() as session:
        await import_text(session, later, tmp_path)
    for path in ("tally/bupati-1101-2024/0", f"results/bupati-1101-2024/{TPS}"):
        answer = await client.get(f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_yet_public")
        assert "2099-11-27" in answer.json()["remedy"]
