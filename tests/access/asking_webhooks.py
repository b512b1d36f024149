"""How a monitor's page of subscriptions is asked. Tests go to an address that is refused before anything is sent."""

from app.pemilu.service import get_contest
from app.reports.webhooks.service import subscribe
from tests.access.asking import ASKINGS, Asking, asks
from tests.access.town import Town

NOWHERE = "https://127.0.0.1/runut"


async def subscribe_monitor(town: Town) -> int:
    """Return a new subscription of the monitor's."""
    async with town.sessions.begin() as session:
        contest = await get_contest(session, kode="ppwp-2024")
        made = await subscribe(
            session, owner_id=town.people["monitor"], url=NOWHERE, contest=contest, topics=("alarm",)
        )
    return made.id


@asks("POST /langganan")
async def subscribe_by_page(_town: Town, _person: str) -> Asking:
    return Asking(form={"url": NOWHERE, "pemilihan": "ppwp-2024", "topik": "alarm"})


@asks("POST /langganan/{webhook_id}/coba", "POST /api/v1/webhooks/{webhook_id}/test")
async def try_it(town: Town, _person: str) -> Asking:
    if "webhook" not in town.things:
        town.things["webhook"] = await subscribe_monitor(town)
    return Asking(path={"webhook_id": town.things["webhook"]})


@asks("POST /langganan/{webhook_id}/{deed}")
async def remove_it(town: Town, _person: str) -> Asking:
    return Asking(path={"webhook_id": await subscribe_monitor(town), "deed": "hapus"})


PREPARED = tuple(ASKINGS)
