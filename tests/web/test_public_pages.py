"""The public pages as a browser gets them: tally, TPS, differences, and the pictures that may be seen."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.service import make_account
from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.discrepancy.service import compare_many
from app.intake.models import Photo
from app.intake.service import crop_key, page_key
from app.official.service import import_publication
from app.pemilu.definition import Contest, DiscrepancyPolicy
from app.tally.bias import OfficialVotes, write_bias
from app.tally.checks import note_check
from app.tally.service import note_photo, rebuild, roll_up, set_result
from app.verification.models import Decision, TpsSection
from tests.official.factory import make_document, make_tar
from tests.official.places import TPS, prepare_contest

HERE, PAPER, DISPUTED, EMPTY, FAR = TPS
VOTES = {"suara_01": 1072, "suara_02": 109, "suara_03": 35}
BROWSER = {"accept": "text/html"}


async def accept(session: AsyncSession, contest: Contest, tps: str, flags: tuple[str, ...] = ()) -> None:
    await set_result(
        session,
        contest=contest,
        tps_kode=tps,
        numbers=VOTES,
        state="accepted",
        source_class="two_uploaders",
        flags=flags,
    )


async def decide(session: AsyncSession, contest: Contest, *, state: str = "current") -> int:
    """Insert a photograph of page 2 whose numbers are decided, and return its number."""
    account = await make_account(session, name="sari", password="empat kata yang mudah", role=Role.VOLUNTEER)
    photo = Photo(
        sha256="ab" * 32,
        byte_count=1,
        content_type="image/jpeg",
        pemilihan_id=contest.id,
        tps_kode=HERE,
        uploader_id=account.id,
        state="read",
        page=2,
    )
    section = TpsSection(pemilihan_id=contest.id, tps_kode=HERE, section="suara", state="accepted")
    session.add_all([photo, section])
    await session.flush()
    decision = Decision(
        section_id=section.id,
        outcome="accept",
        state=state,
        numbers=VOTES,
        inputs={"readings": []},
        explanation={"sentences": ["by_blind_people"], "posterior_wrong": {}, "photos": {"2": photo.id}},
        rule_version="1",
        source_class="two_uploaders",
        ended_at=None if state == "current" else datetime.now(UTC),
    )
    session.add(decision)
    await session.flush()
    return photo.id


@pytest.fixture
async def contest(sessions: Sessions) -> Contest:
    """Four TPS: accepted with a difference, not adding up, disputed, empty; and one far away without a difference."""
    async with sessions.begin() as session:
        contest = await prepare_contest(session)
        await rebuild(session, contest=contest)
        await accept(session, contest, HERE)
        await accept(session, contest, PAPER, ("paper",))
        await accept(session, contest, FAR)
        await note_photo(session, contest=contest, tps_kode=DISPUTED)
        await set_result(session, contest=contest, tps_kode=DISPUTED, numbers={}, state="disputed", source_class=None)
        documents = {f"{HERE}.json": make_document((1072, 109, 835)), f"{FAR}.json": make_document((1072, 109, 35))}
        await import_publication(session, contest=contest, source=make_tar(documents))
        # Numbers of four digits are for their points; that no polling station has so many votes is not the matter here.
        lenient = replace(contest, discrepancies=DiscrepancyPolicy(off=("above_station",)))
        await compare_many(session, contest=lenient, tps_kodes=TPS)
        await roll_up(session, limit=1000)
    return contest


async def see(client: httpx.AsyncClient, path: str) -> str:
    """Return the words of a page, without tags, in one line."""
    answer = await client.get(path, headers=BROWSER)
    assert answer.status_code == 200, answer.text
    assert not re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=", answer.text), "the CSP forbids inline code"
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


async def test_the_nation_shows_sums_coverage_and_what_is_below(client: httpx.AsyncClient, contest: Contest) -> None:
    words = await see(client, "/hitung/ppwp-2024/0")
    assert "3 dari 5 TPS · 60,0 %" in words
    assert "3.216 88,2 %" in words
    assert "dari dua pengunggah berlainan: 3 dari satu pengunggah: 0 belum sepakat, perlu dicek: 1" in words
    assert "formulirnya tidak menjumlah: 1" in words
    assert "dengan angka resmi: 2" in words
    assert "1 selisih perlu dicek" in words
    assert "bukan hasil resmi" in words
    assert "Aceh 2/4 · 1 perlu dicek 2.144" in words
    assert "DI Yogyakarta 1/1 1.072" in words


async def test_the_nation_says_whether_what_is_covered_is_like_the_rest_and_when_it_was_added_up_again(
    client: httpx.AsyncClient, sessions: Sessions, contest: Contest
) -> None:
    assert "mirip dengan lainnya" not in await see(client, "/hitung/ppwp-2024/0")
    covered, others = OfficialVotes(3, (50, 30, 20)), OfficialVotes(2, (25, 50, 25))
    async with sessions.begin() as session:
        await write_bias(session, contest=contest, regions={"0": (covered, others)}, version=1)
        await note_check(session, contest=contest, drifts=[], seconds=1.0)
    words = await see(client, "/hitung/ppwp-2024/0")
    assert "di 3 TPS yang angkanya kami terima, dan di 2 TPS lainnya" in words
    assert "50,0 % 25,0 % +25,0" in words
    assert "semua cocok" in words
    answer = (await client.get("/api/v1/tally/ppwp-2024/0")).json()["coverage_bias"]
    assert [(one["covered"], one["uncovered"], one["difference"]) for one in answer["choices"]] == [
        (0.5, 0.25, 0.25),
        (0.3, 0.5, -0.2),
        (0.2, 0.25, -0.05),
    ]


async def test_a_kelurahan_lists_its_tps(client: httpx.AsyncClient, contest: Contest) -> None:
    first = await see(client, f"/hitung/ppwp-2024/{HERE[:10]}")
    assert "TPS 1 diterima 1.072 109 35 foto dari dua pengunggah berlainan" in first
    assert "TPS 2 diterima formulir tidak menjumlah" in first
    second = await see(client, f"/hitung/ppwp-2024/{EMPTY[:10]}")
    assert "TPS 1 perlu dicek – – – foto sedang dibaca" in second
    assert "TPS 2 menunggu – – – belum ada foto" in second


@pytest.mark.parametrize("state", ["current", "withdrawn"])
async def test_strokes_and_words_stand_beside_accepted_numbers_only(
    app: FastAPI, client: httpx.AsyncClient, contest: Contest, sessions: Sessions, state: str
) -> None:
    async with sessions.begin() as session:
        photo = await decide(session, contest, state=state)
    said = b'{"suara_01": {"strokes": 1071, "words": null}, "suara_03": {"strokes": null, "words": null}}'
    await app.state.storage.create(f"beside/{photo}.json", said)
    path = f"/tps/ppwp-2024/{HERE}"
    assert "percobaan" not in await see(client, path), "off where nobody asked for it"

    app.state.settings = app.state.settings.model_copy(update={"read_beside": True})
    words, times = await see(client, path), int(state == "current")
    assert words.count("Turus dan terbilang (percobaan)") == words.count("bobotnya 0") == times
    assert words.count("1.072 1.071 –") == times


async def test_the_page_of_a_tps_shows_both_sides_and_the_difference(
    client: httpx.AsyncClient, contest: Contest
) -> None:
    words = await see(client, f"/tps/ppwp-2024/{HERE}")
    assert "Indonesia Aceh Aceh Selatan Bakongan Keude Bakongan TPS 1" in words
    assert "35 835 +800 perlu dicek sejak" in words
    assert "15-02-2024 00.46 WIB" in words
    assert "Tidak ada selisih" in await see(client, f"/tps/ppwp-2024/{FAR}")
    assert "Belum ada foto formulir dari TPS ini." in await see(client, f"/tps/ppwp-2024/{EMPTY}")
    assert "belum ikut dijumlahkan" in await see(client, f"/tps/ppwp-2024/{DISPUTED}")
    assert "tidak cocok satu sama lain" in await see(client, f"/tps/ppwp-2024/{PAPER}")


async def test_a_decided_tps_shows_its_photograph_its_hash_and_how_it_was_decided(
    client: httpx.AsyncClient, sessions: Sessions, storage: LocalStore, contest: Contest
) -> None:
    async with sessions.begin() as session:
        photo = await decide(session, contest)
    await storage.create(crop_key(photo, "suara_01"), b"digits")
    await storage.create(page_key(photo), b"page")
    words = await see(client, f"/tps/ppwp-2024/{HERE}")
    assert "ab" * 32 in words
    assert "Beberapa orang membaca sendiri-sendiri dan sepakat." in words
    assert "Several people read by themselves and agree." in await see(client, f"/tps/ppwp-2024/{HERE}?bahasa=en")
    assert (await client.get(f"/foto/{photo}/angka/suara_01.jpg")).content == b"digits"
    page = await client.get(f"/foto/{photo}/halaman.jpg")
    assert (page.content, page.headers["content-type"]) == (b"page", "image/jpeg")


@pytest.mark.parametrize("state", ["superseded", "withdrawn"])
async def test_pictures_close_again_with_the_decision(
    client: httpx.AsyncClient, sessions: Sessions, storage: LocalStore, contest: Contest, state: str
) -> None:
    async with sessions.begin() as session:
        photo = await decide(session, contest, state=state)
    await storage.create(crop_key(photo, "suara_01"), b"digits")
    await storage.create(page_key(photo), b"page")
    for path in (f"/foto/{photo}/angka/suara_01.jpg", f"/foto/{photo}/halaman.jpg"):
        assert (await client.get(path)).status_code == 404
    assert ("diganti" if state == "superseded" else "ditarik") in await see(client, f"/tps/ppwp-2024/{HERE}")


async def test_only_the_fields_of_its_own_page_can_be_seen(
    client: httpx.AsyncClient, sessions: Sessions, storage: LocalStore, contest: Contest
) -> None:
    async with sessions.begin() as session:
        photo = await decide(session, contest)
    for field in ("suara_sah", "pemilih_dpt_l", "..%2f..%2fpage%2f1", "x"):
        assert (await client.get(f"/foto/{photo}/angka/{field}.jpg")).status_code == 404
    assert (await client.get(f"/foto/{photo + 1}/halaman.jpg")).status_code == 404


async def test_differences_are_listed_filtered_and_led_to(client: httpx.AsyncClient, contest: Contest) -> None:
    words = await see(client, "/selisih/ppwp-2024")
    assert "1 selisih 1 TPS" in words
    assert "TPS 1, Keude Bakongan" in words
    assert "+800" in words
    for query in ("wilayah=34", "min_size=801", "state=closed", "kind=official_sum", "field=suara_01", "offset=50"):
        assert "Tidak ada selisih di sini." in await see(client, f"/selisih/ppwp-2024?{query}")
    # What makes no sense counts as not filled in; only a region that does not exist is an error.
    assert "+800" in await see(client, "/selisih/ppwp-2024?kind=x&state=y&min_size=-1&offset=x&order=z")
    assert (await client.get("/selisih/ppwp-2024?wilayah=77", headers=BROWSER)).status_code == 404


async def test_short_addresses_lead_to_the_only_contest(client: httpx.AsyncClient, contest: Contest) -> None:
    for path, target in {
        "/hitung": "/hitung/ppwp-2024/0",
        "/hitung/ppwp-2024?bahasa=en": "/hitung/ppwp-2024/0?bahasa=en",
        f"/hitung/ppwp-2024/{HERE}": f"/tps/ppwp-2024/{HERE}",
        "/selisih?bahasa=en": "/selisih/ppwp-2024?bahasa=en",
    }.items():
        answer = await client.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, target)


@pytest.mark.parametrize(
    "path", ["/hitung/ppwp-2024/99", "/hitung/x/0", f"/tps/x/{HERE}", "/tps/ppwp-2024/1101012001999", "/selisih/x"]
)
async def test_what_does_not_exist_is_said_on_a_page(client: httpx.AsyncClient, contest: Contest, path: str) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert answer.status_code == 404
    assert "<h1" in answer.text


async def test_no_number_is_shown_before_voting_has_ended_everywhere(
    client: httpx.AsyncClient, sessions: Sessions, contest: Contest
) -> None:
    postpone = """UPDATE pemilihan SET definisi = definisi || '{"publish_not_before": "2999-01-01T00:00:00+07:00"}'"""
    async with sessions.begin() as session:
        photo = await decide(session, contest)
        await session.execute(text(postpone.replace(":00", r"\:00")))
    for path in ("/hitung/ppwp-2024/0", f"/tps/ppwp-2024/{HERE}", "/selisih/ppwp-2024"):
        words = await see(client, path)
        assert "Angka belum dibuka." in words
        assert "1.072" not in words
    assert (await client.get(f"/foto/{photo}/halaman.jpg")).status_code == 404
