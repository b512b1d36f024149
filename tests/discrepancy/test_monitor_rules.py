"""A monitor's own rules: written, checked while they are written, tried over a region, kept, and nobody else's."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Role
from app.core.database import Sessions
from app.core.errors import ConflictError
from app.discrepancy import everything
from app.discrepancy.monitor_rules import Hit, look_with_rule, stream_hits, write_rule
from app.discrepancy.rules.expression import ExpressionError
from tests.conftest import SignInAs
from tests.discrepancy.test_compare import accept, publish
from tests.official.places import TPS, prepare_contest

BROWSER = {"accept": "text/html"}
RULE = "official.suara_03 > 2 * ours.suara_03"


async def lay(session: AsyncSession) -> None:
    contest = await prepare_contest(session)
    for tps in (TPS[0], TPS[2], TPS[4]):
        await accept(session, contest, (1, 2, 3), tps)
        await publish(session, contest, (1, 2, 9 if tps != TPS[2] else 3), tps)


async def test_it_is_written_tried_and_kept_on_a_page(sign_in_as: SignInAs, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await lay(session)
    budi, sari = await sign_in_as("budi", Role.MONITOR), await sign_in_as("sari", Role.REVIEWER)
    wrong = (await budi.get("/aturan/ppwp-2024/periksa", params={"teks": "official.suara_03 > > 2"})).json()
    assert (wrong["ok"], wrong["place"]) == (False, 20)
    assert (await budi.get("/aturan/ppwp-2024/periksa", params={"teks": RULE})).json()["ok"]
    tried = await budi.get("/aturan/ppwp-2024", params={"teks": RULE, "wilayah": "11"}, headers=BROWSER)
    assert (TPS[0] in tried.text, TPS[4] in tried.text, "3 TPS" in tried.text) == (True, False, False)
    kept = await budi.post("/aturan/ppwp-2024", data={"nama": "Tiga kali", "teks": RULE}, headers=BROWSER)
    assert kept.status_code == 303
    again = await budi.post("/aturan/ppwp-2024", data={"nama": "Tiga kali", "teks": "1 <"}, headers=BROWSER)
    assert (again.status_code, "<mark> </mark>" in again.text, "Tiga kali" in again.text) == (422, True, True)
    assert "Tiga kali" not in (await sari.get("/aturan/ppwp-2024", headers=BROWSER)).text
    stranger = await sari.post("/aturan/ppwp-2024/1/hapus", headers=BROWSER)
    assert (stranger.status_code, "Tiga kali" in (await budi.get("/aturan/ppwp-2024", headers=BROWSER)).text) == (
        404,
        True,
    )


async def test_it_is_run_over_a_region_and_stops_in_time(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, sign_in_as: SignInAs
) -> None:
    budi = await sign_in_as("budi", Role.MONITOR)
    async with sessions.begin() as session:
        await lay(session)
        contest = await prepare_contest(session)
        monkeypatch.setattr(everything, "NUMBERS_AT_ONCE", 2 * len(contest.fields))  # a stretch a kabupaten
        looked = await look_with_rule(session, contest=contest, expression=RULE, wilayah="0")
        short = await look_with_rule(session, contest=contest, expression=RULE, wilayah="0", seconds=-1)
        await write_rule(session, contest=contest, owner_id=_number(budi), nama="A", expression=RULE)
        with pytest.raises(ConflictError, match="a rule named A already"):
            await write_rule(session, contest=contest, owner_id=_number(budi), nama=" A ", expression=RULE)
        with pytest.raises(ExpressionError, match="Character 1"):
            await write_rule(session, contest=contest, owner_id=_number(budi), nama="B", expression="__import__")
    hit = Hit(TPS[0], (("official.suara_03", 9), ("ours.suara_03", 3)))
    assert (looked.hits[0], looked.count, looked.tps, looked.stopped_at) == (hit, 2, 3, None)
    assert (short.count, short.stopped_at) == (1, "3404")
    found = [one.tps_kode async for some in stream_hits(sessions, contest=contest, expression=RULE) for one in some]
    assert found == [TPS[0], TPS[4]]


def _number(person: object) -> int:
    return int(person.headers["x-account-id"])  # type: ignore[attr-defined]
