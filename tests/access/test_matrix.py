"""Who may do what to whose: every route, asked by everybody, against the table in ``matrix.txt``.

The table is read by people: a line a route, a column a person. A route without a line fails the test, which prints the
line as it would be; whoever adds it says with it that this is how it should be.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from app import main
from app.core.access import _calls, _Declaration, _walk
from app.core.config import Settings
from tests.access import (
    asking_discrepancy,
    asking_evidence,
    asking_official,
    asking_readers,
    asking_review,
    asking_triage,
    asking_webhooks,
)
from tests.access.asking import ASKINGS, Asking, fill_path
from tests.access.town import ORDER, PEOPLE, Town, open_town
from tests.database_ground import copy_database, drop_database

for module in (
    asking_discrepancy,
    asking_evidence,
    asking_official,
    asking_readers,
    asking_review,
    asking_triage,
    asking_webhooks,
):
    assert module.PREPARED, "they note what they prepare in ASKINGS when they are imported"
pytestmark = [pytest.mark.slow(12), pytest.mark.timeout(400)]

TABLE = Path(__file__).with_name("matrix.txt")
PASSIVE = ("suspended", "monitor", "other")
"""For whom nothing is prepared that is not prepared for nobody."""
REFUSED = frozenset({"401", "403", "404", "login"})
Rows = dict[str, tuple[str, ...]]


def list_routes() -> dict[str, APIRoute]:
    """Return every route by ``METHOD /path``."""
    routes = [route for route in _walk(list(main.ROUTES)) if isinstance(route, APIRoute)]
    return {f"{method} {route.path}": route for route in routes for method in sorted(route.methods or ())}


def read_table() -> Rows:
    """Return the cells of each line in the order of :data:`PEOPLE`."""
    lines = (line.split() for line in TABLE.read_text().splitlines() if line.strip() and not line.startswith("#"))
    return {f"{method} {path}": tuple(cells) for method, path, *cells in lines}


def write_line(route: str, cells: tuple[str, ...]) -> str:
    """Return a line of the table."""
    method, path = route.split()
    return f"{method:6} {path:73} " + " ".join(f"{cell:>9}" for cell in cells)


async def ask_everybody(town: Town, route: str) -> dict[str, str]:
    """Let everybody ask for one route, in the order of :data:`ORDER`."""
    cells: dict[str, str] = {}
    asking = Asking()
    refused = False
    for person in ORDER:
        if not (refused and person in PASSIVE):  # what was refused is untouched: the next may ask the very same
            prepare = ASKINGS.get(route)
            asking = await prepare(town, person) if prepare else Asking()
        cells[person] = await ask(town, route, person, asking)
        refused = cells[person] in REFUSED
    return cells


async def ask(town: Town, route: str, person: str, asking: Asking) -> str:
    """Let a person ask and return the cell: the status, or ``login`` where he is led to the sign-in page."""
    method, path = route.split()
    headers = {} if path.startswith("/api/") else {"accept": "text/html"}
    if asking.token:
        headers["authorization"] = f"Bearer {asking.token}"
    async with town.ask_as(person) as client:
        answer = await client.request(
            method,
            fill_path(path, asking.path or {}, town),
            params=asking.query,
            json=asking.json if path.startswith("/api/") else None,
            data=asking.form if asking.files or not path.startswith("/api/") else None,
            files=asking.files,
            headers=headers,
        )
    return "login" if is_led_to_sign_in(answer) else str(answer.status_code)


def is_led_to_sign_in(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/masuk")


async def ask_all(url: str, settings: Settings) -> Rows:
    """Ask every route as everybody."""
    async with open_town(url, settings) as town:
        found = {}
        for route in list_routes():
            cells = await ask_everybody(town, route)
            found[route] = tuple(cells[person] for person in PEOPLE)
        return found


@pytest.fixture(scope="module")
def found(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rows]:
    """What the application answers to everybody."""
    url = asyncio.run(copy_database(server, template))
    yield asyncio.run(ask_all(url, Settings(home=tmp_path_factory.mktemp("town") / "home")))
    asyncio.run(drop_database(server, url))


def test_every_route_stands_in_the_table(found: Rows) -> None:
    table = read_table()
    missing = [write_line(route, found[route]) for route in found if route not in table]
    gone = [route for route in table if route not in found]
    assert not missing, "routes without a line; as they answer now:\n" + "\n".join(missing)
    assert not gone, f"lines without a route: {gone}"


def test_everybody_is_answered_as_the_table_says(found: Rows) -> None:
    table = read_table()
    wrong = [
        f"{route}, {person}: {is_now} and not {should}"
        for route, cells in found.items()
        for person, is_now, should in zip(PEOPLE, cells, table.get(route, cells), strict=True)
        if is_now != should
    ]
    assert not wrong, "\n".join(wrong)


def test_whoever_is_suspended_is_nobody(found: Rows) -> None:
    nobody, suspended = PEOPLE.index("nobody"), PEOPLE.index("suspended")
    assert [route for route, cells in found.items() if cells[nobody] != cells[suspended]] == []


def test_a_role_that_is_not_declared_gets_nothing(found: Rows) -> None:
    roles = {"owner": "volunteer", "other": "volunteer", "reviewer": "reviewer", "monitor": "monitor"}
    open_to_all = []
    for route, declared in ((name, _declared(one)) for name, one in list_routes().items()):
        for person, cell in zip(PEOPLE, found[route], strict=True):
            allowed = declared is None or (person in roles and (not declared or roles[person] in declared))
            if person != "admin" and not allowed and cell not in REFUSED - {"404"}:
                open_to_all.append(f"{route}, {person}: {cell}")
    assert open_to_all == []


def _declared(route: APIRoute) -> frozenset[str] | None:
    """Return the roles that a route declares: null for anybody, empty for anybody signed in."""
    found = [call for call in _calls(route.dependant) if isinstance(call, _Declaration)]
    closed = [one for one in found if not one.public]
    return frozenset(str(role) for one in closed for role in one.roles) if closed else None


def test_nothing_breaks_under_any_of_it(found: Rows) -> None:
    assert [route for route, cells in found.items() if any(cell.startswith("5") for cell in cells)] == []
