"""What people and machine have read stands nowhere before the decision: every address that can be read is read."""

import asyncio
import re
from collections.abc import Iterator

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from app import main
from app.core.access import _walk
from app.core.config import Settings
from app.verification.review.cases import open_case
from tests.access.asking import fill_path
from tests.access.town import KELURAHAN, WIDE, Town, open_town
from tests.database_ground import copy_database, drop_database
from tests.verification.world import World

TPS = f"{KELURAHAN}005"
PEOPLE = {"suara_01": 617, "suara_02": 138, "suara_03": 92, "suara_sah": 847, "suara_tidak_sah": 76, "suara_total": 923}
MACHINE = {name: 1000 * number + 519 for name, number in PEOPLE.items()}
"""Numbers that stand in nothing else; the machine's are longer than any form's."""
SAID = re.compile(r"(?<![\w.:/-])(?:617|847|923|(?:617|138|92|847|76|923)[.,]?519)(?![\w:/-])")
OTHERS = re.compile(rf".*{WIDE}.*")
"""Lines about TPS that are numbered like that; nothing was sent for them."""
LOGGED = "SELECT count(*) FROM log_entry WHERE payload::text ~ ': (617|847|923|617519|847519|923519)[,}]'"


def list_addresses(town: Town, case: int, photo: int) -> list[str]:
    """Return every address that is read with GET, of this TPS and of what it lies in."""
    routes = [one for one in _walk(list(main.ROUTES)) if isinstance(one, APIRoute) and "GET" in (one.methods or ())]
    given = {"tps": TPS, "tps_kode": TPS, "case_id": case, "photo_id": photo}
    kodes = (TPS, KELURAHAN)
    return sorted({fill_path(one.path, {**given, "kode": kode}, town) for one in routes for kode in kodes})


async def find_told(town: Town, person: str, addresses: list[str]) -> tuple[list[str], int]:
    """Return the addresses at which ``person`` is told one of the numbers, and how many answered him at all."""
    async with town.ask_as(person) as client:
        answers = {one: await client.get(one) for one in addresses}
    told = [address for address, answer in answers.items() if SAID.search(OTHERS.sub("", answer.text))]
    return told, sum(answer.is_success for answer in answers.values())


async def read_once(town: Town) -> str:
    """Let somebody read the form; return the state of its section."""
    async with town.sessions.begin() as session:
        await session.execute(text("UPDATE tps_section SET wanted = NULL WHERE tps_kode <> :tps"), {"tps": TPS})
        world = World(session, town.contest, town.uploader)
        await world.answer(await world.person(), PEOPLE)
        state = await session.execute(text("SELECT state FROM tps_section WHERE tps_kode = :tps"), {"tps": TPS})
        return str(state.scalar_one())


async def look_before_and_after(url: str, settings: Settings) -> None:
    """Look for the numbers while the form is read, and once it is decided."""
    async with open_town(url, settings, forms=0) as town:
        async with town.sessions.begin() as session:
            world = World(session, town.contest, town.uploader)
            section = await world.read(TPS, numbers=MACHINE, confidence=0.5, sure=False)
            case = await open_case(session, kind="override", subject=f"section/{section}", reason="asked", facts={})
        addresses = list_addresses(town, case, world.photos[TPS, 2, town.uploader])
        assert await read_once(town) == "waiting"
        for person in ("other", "reviewer"):
            told, answered = await find_told(town, person, addresses)
            assert (told, answered > 40) == ([], True), (person, told, answered)
        assert await town.ask_database(LOGGED) == 0
        while await read_once(town) == "waiting":
            pass
        told, _ = await find_told(town, "nobody", [one for one in addresses if TPS in one])
        assert f"/api/v1/sections/ppwp-2024/{TPS}" in told, "this test would not see them"
        assert await town.ask_database(LOGGED) > 0, "this test would not see them in the log"


@pytest.fixture(scope="module")
def url(server: str, template: str) -> Iterator[str]:
    made = asyncio.run(copy_database(server, template))
    yield made
    asyncio.run(drop_database(server, made))


def test_no_address_and_no_log_entry_tells_a_number_before_the_decision(
    url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    asyncio.run(look_before_and_after(url, Settings(home=tmp_path_factory.mktemp("town") / "home")))
