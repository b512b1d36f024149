"""How the routes about readers are asked: exercises, pauses and objections."""

from app.verification.training.exercises import load_exercises
from app.verification.trust.pauses import end_pause, find_pause, pause_reader
from tests.access.asking import ASKINGS, Asking, asks
from tests.access.town import Town

WORDS = "Saya membaca dengan teliti."


async def pause(town: Town, account_id: int) -> None:
    """Pause a reader anew."""
    async with town.sessions.begin() as session:
        known = await find_pause(session, account_id=account_id)
        if known is not None and known.ended_at is None:
            await end_pause(session, account_id=account_id, by=town.people["admin"], answer=WORDS)
        await pause_reader(session, account_id=account_id, reason="catch", facts={"shown": 20, "caught": 1})


@asks("POST /api/v1/training/{name}")
async def exercise(_town: Town, _person: str) -> Asking:
    first = load_exercises()[0]
    return Asking(path={"name": first.name}, json={"numbers": dict.fromkeys(first.fields)})


@asks("GET /api/v1/training/{name}/{field}.jpg")
async def exercise_picture(_town: Town, _person: str) -> Asking:
    first = load_exercises()[0]
    return Asking(path={"name": first.name, "field": first.fields[0]})


@asks("POST /latihan/{name}")
async def exercise_on_page(_town: Town, _person: str) -> Asking:
    first = load_exercises()[0]
    return Asking(path={"name": first.name}, form={f"{field}.x": "1" for field in first.fields})


@asks("POST /api/v1/me/objection", "POST /saya/keberatan")
async def objection(town: Town, person: str) -> Asking:
    if person == "owner":
        await pause(town, town.people[person])
    return Asking(json={"words": WORDS}, form={"alasan": WORDS})


@asks("POST /api/v1/readers/{account_id}/pause")
async def decide_pause(town: Town, _person: str) -> Asking:
    account = await town.add_volunteer()
    await pause(town, account)
    return Asking(path={"account_id": account}, json={"resume": True, "words": WORDS})


@asks("POST /jeda/{account_id}")
async def decide_pause_on_page(town: Town, _person: str) -> Asking:
    account = await town.add_volunteer()
    await pause(town, account)
    return Asking(path={"account_id": account}, form={"aksi": "lanjut", "jawaban": WORDS})


PREPARED = tuple(ASKINGS)
