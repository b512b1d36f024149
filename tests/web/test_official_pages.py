"""The pages of official figures: what was published, what changed, what wants a look."""

from xml.etree.ElementTree import fromstring as read_xml

import httpx
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.official.recaps import import_recap
from app.official.service import import_publication
from tests.conftest import SignInAs
from tests.official.factory import make_csv
from tests.official.places import TPS, prepare_contest

FIRST = f"kode_tps,suara_01,suara_02,suara_03,suara_sah\n{TPS[0]},144,19,2,165\n{TPS[1]},100,50,10,160\n"
SECOND = f"kode_tps,suara_01,suara_02,suara_03,suara_sah\n{TPS[0]},44,19,2,65\n{TPS[1]},,,,160\n"
ATOM = "{http://www.w3.org/2005/Atom}"


async def take(sessions: Sessions, *texts: str) -> None:
    for words in texts:
        async with sessions.begin() as session:
            contest = await prepare_contest(session)
            await import_publication(session, contest=contest, source=make_csv(words))


async def test_pages_are_there_before_anything_is(client: httpx.AsyncClient, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await prepare_contest(session)
    assert (await client.get("/resmi")).headers["location"] == "/resmi/ppwp-2024"
    overview = await client.get("/resmi/ppwp-2024?bahasa=en")
    assert "No publication was imported yet." in overview.text
    assert "No changes here." in (await client.get("/resmi/ppwp-2024/perubahan?bahasa=en")).text
    assert "No alarms here." in (await client.get("/resmi/ppwp-2024/tanda?bahasa=en")).text
    assert (await client.get(f"/resmi/ppwp-2024/tps/{TPS[0]}")).status_code == 404
    feed = read_xml((await client.get("/resmi/perubahan.atom")).content)  # noqa: S314 - ours
    assert feed.findall(f"{ATOM}entry") == []


async def test_changes_are_shown_from_what_to_what_filtered_and_paged(
    client: httpx.AsyncClient, sessions: Sessions
) -> None:
    await take(sessions, FIRST, SECOND)
    page = (await client.get("/resmi/ppwp-2024/perubahan?bahasa=en")).text
    assert "144 → <strong>44</strong>" in page
    assert "numbers withdrawn" in page
    one = (await client.get(f"/resmi/ppwp-2024/perubahan?wilayah={TPS[1]}&jenis=withdrawn")).text
    assert "100 → <strong>–</strong>" in one
    assert "144 →" not in one
    assert "Tidak ada perubahan" in (await client.get("/resmi/ppwp-2024/perubahan?wilayah=34")).text
    history = (await client.get(f"/resmi/ppwp-2024/tps/{TPS[0]}")).text
    assert 'changed">44<' in history
    overview = (await client.get("/resmi/ppwp-2024")).text
    assert "sirekap.csv" in overview
    feed = await client.get(f"/resmi/perubahan.atom?wilayah={TPS[0][:4]}")
    entries = read_xml(feed.content).findall(f"{ATOM}entry")  # noqa: S314 - ours
    assert {entry.findtext(f"{ATOM}title") for entry in entries} == {
        f"TPS {TPS[0]}: numbers",
        f"TPS {TPS[1]}: withdrawn",
    }
    again = await client.get(
        f"/resmi/perubahan.atom?wilayah={TPS[0][:4]}", headers={"if-none-match": feed.headers["etag"]}
    )
    assert again.status_code == 304


async def test_programs_follow_the_changes_without_missing_one(client: httpx.AsyncClient, sessions: Sessions) -> None:
    await take(sessions, FIRST, SECOND)
    first = (await client.get("/api/v1/official/ppwp-2024/changes?limit=1")).json()
    assert first["items"][0]["numbers"] == {"suara_01": [144, 44], "suara_sah": [165, 65]}
    rest = (await client.get(f"/api/v1/official/ppwp-2024/changes?after={first['next']}")).json()
    assert [one["kind"] for one in rest["items"]] == ["withdrawn"]
    assert rest["next"] is None
    every = (await client.get(f"/api/v1/official/ppwp-2024/{TPS[0]}/changes")).json()
    assert [one["kind"] for one in every] == ["first", "numbers"]
    alarms = (await client.get("/api/v1/official/ppwp-2024/alarms?wilayah=11")).json()["items"]
    falls = {(one["kode"], one["facts"]["fallen"]) for one in alarms if one["kind"] == "votes_fall"}
    assert ("1101", 200) in falls
    assert ("1101", 50) in falls
    assert (await client.get("/api/v1/official/ppwp-2024/recaps")).json() == []
    async with sessions.begin() as session:
        sheet = make_csv("kode,tps,suara_01\n110101,2,44\n", "d_hasil.csv")
        await import_recap(session, contest=await prepare_contest(session), source=sheet, source_kind="d_hasil")
        jobs = (await session.scalars(text("SELECT entrypoint FROM pgqueuer"))).all()
    assert "compare_ladder" in jobs
    (recap,) = (await client.get("/api/v1/official/ppwp-2024/recaps?kode=110101")).json()
    assert (recap["source_kind"], recap["tps"], recap["numbers"]) == ("d_hasil", 2, {"suara_01": 44})
    assert "Rekapitulasi dari 1 wilayah" in (await client.get("/resmi/ppwp-2024")).text


async def test_a_reviewer_closes_an_alarm_with_a_reason_once(
    client: httpx.AsyncClient, sessions: Sessions, sign_in_as: SignInAs
) -> None:
    await take(sessions, FIRST, SECOND)
    async with sessions.begin() as session:
        number = (await session.scalars(text("SELECT max(id) FROM official_alarm"))).one()
    page = (await client.get("/resmi/ppwp-2024/tanda?bahasa=en")).text
    assert "The votes fell from 244 to 44." in page
    assert "Close with a reason" not in page
    reviewer = await sign_in_as("rina", Role.REVIEWER)
    assert "Close with a reason" in (await reviewer.get("/resmi/ppwp-2024/tanda?bahasa=en")).text
    empty = await reviewer.post(f"/resmi/tanda/{number}?bahasa=en", data={"alasan": "  "})
    assert empty.status_code == 422
    assert "The reason is missing" in empty.text
    closed = await reviewer.post(f"/resmi/tanda/{number}", data={"alasan": "Koreksi salah baca <b>"})
    assert closed.status_code == 303
    assert "Koreksi salah baca &lt;b&gt;" in (await reviewer.get(closed.headers["location"])).text
    assert (await reviewer.post(f"/resmi/tanda/{number}", data={"alasan": "lagi"})).status_code == 409
    assert (await reviewer.post("/resmi/tanda/999999", data={"alasan": "lagi"})).status_code == 404
