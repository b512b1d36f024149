"""What monitors do with a difference: who may, in which order, and what stays of it."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.access import Role
from app.core.database import Sessions
from app.discrepancy.life import list_events
from app.discrepancy.listing import DiscrepancyFilter, list_discrepancies
from app.discrepancy.service import compare_many
from app.official.service import import_publication
from app.tally.service import rebuild
from tests.conftest import SignInAs
from tests.discrepancy.test_compare import accept, list_rows, publish
from tests.official.factory import make_document, make_tar
from tests.official.places import TPS, prepare_contest

HERE = TPS[0]
BROWSER = {"accept": "text/html"}


@pytest.fixture
async def number(sessions: Sessions) -> int:
    """The number of a difference of 12 votes for the third choice."""
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        await accept(session, contest, (72, 109, 35))
        await publish(session, contest, (72, 109, 47))
        await compare_many(session, contest=contest, tps_kodes=[HERE])
        await rebuild(session, contest=contest)
        return (await list_rows(session, "open"))[0].id


async def do(person: httpx.AsyncClient, number: int, deed: str, words: str = "") -> httpx.Response:
    return await person.post(f"/selisih/nomor/{number}/{deed}", data={"kata": words}, headers=BROWSER)


async def find_life(sessions: Sessions, number: int) -> str:
    async with sessions.begin() as session:
        found = await session.scalar(text("SELECT life FROM discrepancy WHERE id = :id"), {"id": number})
        return str(found)


async def test_it_is_confirmed_by_who_looked_then_reported_and_the_last_step_can_be_taken_back(
    sign_in_as: SignInAs, sessions: Sessions, number: int
) -> None:
    budi, sari = await sign_in_as("budi", Role.MONITOR), await sign_in_as("sari", Role.REVIEWER)
    blind = await do(budi, number, "pastikan", "Tampak 35.")
    assert (blind.status_code, "Anda belum membuka gambarnya" in blind.text) == (403, True)
    assert "Tampak 35." in blind.text, "what was typed is not lost"
    assert (await do(budi, number, "lihat")).headers["location"] == f"/selisih/nomor/{number}#gambar"
    assert (await do(budi, number, "laporkan", "Bawaslu, nomor 7")).status_code == 409, "nothing is confirmed yet"
    assert (await do(budi, number, "pastikan", "")).status_code == 422
    for deed, life in (("pastikan", "confirmed"), ("laporkan", "reported"), ("batal", "confirmed")):
        assert (await do(budi, number, deed, "Bawaslu, nomor 7")).status_code == 303
        assert await find_life(sessions, number) == life
    assert (await do(sari, number, "batal")).status_code == 409, "it is not her step"
    assert (await do(sari, number, "jelaskan", "PSU pada 24 Februari.")).status_code == 303
    async with sessions.begin() as session:
        events = await list_events(session, discrepancy_id=number)
    assert [(one.event, one.undone) for one in events] == [
        ("looked", False),
        ("confirmed", False),
        ("reported", True),
        ("undone", False),
        ("explained", False),
    ]
    assert all(one.log_entry_id is not None for one in events if one.event != "looked")


async def test_one_person_at_a_time_and_words_only_for_those_who_follow_it(
    client: httpx.AsyncClient, sign_in_as: SignInAs, number: int
) -> None:
    budi, sari = await sign_in_as("budi", Role.MONITOR), await sign_in_as("sari", Role.REVIEWER)
    assert (await do(budi, number, "ambil")).status_code == 303
    assert (await do(sari, number, "ambil")).status_code == 409
    assert (await do(budi, number, "catat", "Tanya saksi <b>Ani</b>.")).status_code == 303
    assert "Tanya saksi &lt;b&gt;Ani&lt;/b&gt;." in (await sari.get(f"/selisih/nomor/{number}", headers=BROWSER)).text
    public = (await client.get(f"/selisih/nomor/{number}", headers=BROWSER)).text
    assert "Tanya saksi" not in public
    assert "Yang dapat Anda lakukan" not in public
    assert ">35<" in public
    assert ">47<" in public


async def test_a_newer_publication_that_agrees_corrects_it_and_names_itself(
    client: httpx.AsyncClient, sessions: Sessions, number: int
) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        source = make_tar({f"{HERE}.json": make_document((72, 109, 35))}, name="maret.tar.gz")
        await import_publication(session, contest=contest, source=source)
        await compare_many(session, contest=contest, tps_kodes=[HERE])
        (event,) = await list_events(session, discrepancy_id=number)
    assert (event.event, event.account_id, event.facts["from"], event.facts["name"]) == (
        "corrected",
        None,
        "open",
        "maret.tar.gz",
    )
    assert await find_life(sessions, number) == "corrected"
    page = (await client.get(f"/selisih/nomor/{number}?bahasa=en", headers=BROWSER)).text
    assert "Corrected: the publication maret.tar.gz" in page


async def test_a_changed_figure_that_still_differs_follows_the_old_one_and_is_not_corrected(
    sessions: Sessions, number: int
) -> None:
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        await publish(session, contest, (72, 109, 95))
        await compare_many(session, contest=contest, tps_kodes=[HERE])
        row = (await list_rows(session, "open"))[0]
        found = await list_discrepancies(session, filters=DiscrepancyFilter(severity="large"))
    assert (row.follows_id, row.official, row.votes, row.severity) == (number, 95, 60, "large")
    assert await find_life(sessions, number) == "open"
    assert {item.field for item in found.items} == {"suara_03", "suara_sah", "suara_total"}


async def test_nobody_confirms_what_rests_on_a_photograph_of_his_own(
    sign_in_as: SignInAs, sessions: Sessions, number: int
) -> None:
    budi = await sign_in_as("budi", Role.MONITOR)
    async with sessions.begin() as session:
        await session.execute(
            text(
                """INSERT INTO photo (
                     sha256, byte_count, content_type, pemilihan_id, tps_kode, uploader_id, state, page)
                   SELECT repeat('ab', 32), 1, 'image/jpeg', pemilihan_id, tps_kode, :who, 'read', 2
                   FROM discrepancy WHERE id = :id"""
            ),
            {"who": int(budi.headers["x-account-id"]), "id": number},
        )
    await do(budi, number, "lihat")
    refused = await do(budi, number, "pastikan", "Tampak 35.")
    assert (refused.status_code, await find_life(sessions, number)) == (403, "open")


async def test_the_history_is_insert_only(sessions: Sessions, sign_in_as: SignInAs, number: int) -> None:
    budi = await sign_in_as("budi", Role.MONITOR)
    await do(budi, number, "catat", "Catatan.")
    with pytest.raises(IntegrityError, match="insert-only"):
        async with sessions.begin() as session:
            await session.execute(text("DELETE FROM discrepancy_event"))


async def test_the_page_tells_what_it_does_to_the_lead(client: httpx.AsyncClient, number: int) -> None:
    page = (await client.get(f"/selisih/nomor/{number}", headers=BROWSER)).text
    assert "Pengaruh pada keunggulan" in page
    words = (await client.get("/selisih/cara", headers=BROWSER)).text
    assert "Benford" in words
    assert "UU 7/2017 Pasal 348" in words
    assert "Law 7/2017, article 348" in (await client.get("/selisih/cara?bahasa=en", headers=BROWSER)).text
