"""How the routes of differences are asked: about one that the authority's figures of a decided TPS make."""

from sqlalchemy import text

from app.discrepancy.monitor_rules import write_rule
from app.discrepancy.service import compare_many
from app.official.service import import_publication
from app.pemilu.service import get_contest
from tests.access.asking import ASKINGS, Asking, asks
from tests.access.town import DECIDED_TPS, Town
from tests.official.factory import make_document, make_tar


async def find_difference(town: Town) -> int:
    """Return a difference; made at the first question."""
    if "difference" not in town.things:
        async with town.sessions.begin() as session:
            contest = await get_contest(session, kode="ppwp-2024")
            source = make_tar({f"{DECIDED_TPS}.json": make_document((1, 2, 3))})
            await import_publication(session, contest=contest, source=source)
            await compare_many(session, contest=contest, tps_kodes=[DECIDED_TPS])
            number = await session.scalar(text("SELECT min(id) FROM discrepancy WHERE kind = 'number'"))
        assert number is not None, "the decided TPS has votes, and other ones"
        town.things["difference"] = number
    return int(town.things["difference"])


@asks("GET /selisih/nomor/{discrepancy_id}")
async def see(town: Town, _person: str) -> Asking:
    return Asking(path={"discrepancy_id": await find_difference(town)})


@asks("POST /selisih/nomor/{discrepancy_id}/{deed}")
async def note(town: Town, _person: str) -> Asking:
    path = {"discrepancy_id": await find_difference(town), "deed": "catat"}
    return Asking(path=path, form={"kata": "Percobaan tabel hak."})


@asks("POST /aturan/{pemilihan}")
async def write_own_rule(_town: Town, person: str) -> Asking:
    return Asking(form={"nama": f"Aturan {person}", "teks": "official.suara_01 > 300"})


@asks("POST /aturan/{pemilihan}/{rule_id}/{deed}")
async def turn_own_rule(town: Town, person: str) -> Asking:
    if person not in {"reviewer", "monitor", "admin"}:
        return Asking(path={"rule_id": 1, "deed": "mati"})
    async with town.sessions.begin() as session:
        contest = await get_contest(session, kode="ppwp-2024")
        number = await write_rule(
            session, contest=contest, owner_id=town.people[person], nama="Percobaan", expression="known(ours.suara_01)"
        )
    return Asking(path={"rule_id": number, "deed": "mati"})


PREPARED = tuple(ASKINGS)
