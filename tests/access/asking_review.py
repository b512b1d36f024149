"""How the reviewers' routes are asked: about a case of one's own, its picture read where that must come first."""

from typing import Any

from app.verification.review.cases import open_case
from tests.access.asking import ASKINGS, Asking, asks
from tests.access.town import KELURAHAN, Town, true_numbers

REVIEWERS = ("reviewer", "admin")
WORDS = {"words": "Percobaan tabel hak."}
EMPTY_TPS = f"{KELURAHAN}009"


async def open_review(town: Town, person: str) -> int:
    """Return a case about a section that nobody has read: a new one for a reviewer, the same for all the others."""
    if person not in REVIEWERS and "case" in town.things:
        return int(town.things["case"])
    section = await town.read_form()
    async with town.sessions.begin() as session:
        case = await open_case(
            session, kind="dispute", subject=f"section/{section}", reason="asked", facts={"why": "asked"}
        )
    town.things.setdefault("case", case)
    return case


async def begin_look(town: Town, person: str) -> tuple[int, dict[str, Any]]:
    """Return a new case and, for a reviewer, the task of its picture."""
    case = await open_review(town, person)
    if person not in REVIEWERS:
        return case, {"fields": []}
    await town.let_go(person)
    async with town.ask_as(person) as client:
        answer = await client.post(f"/api/v1/review/cases/{case}/look")
    assert answer.status_code == 201, answer.text
    return case, answer.json()


async def finish_look(town: Town, person: str) -> int:
    """Return a new case that this person has looked at, if he may."""
    case, task = await begin_look(town, person)
    if person in REVIEWERS:
        async with town.ask_as(person) as client:
            body = {"numbers": true_numbers(task)}
            answer = await client.post(f"/api/v1/review/cases/{case}/look/reading", json=body)
        assert answer.status_code == 204, answer.text
    return case


@asks(
    "GET /api/v1/review/cases/{case_id}",
    "GET /tinjau/perkara/{case_id}",
    "POST /api/v1/review/cases/{case_id}/assign",
)
async def any_case(town: Town, person: str) -> Asking:
    return Asking(path={"case_id": await open_review(town, person)}, json={"take": True})


@asks("POST /api/v1/review/cases/{case_id}/look", "POST /tinjau/perkara/{case_id}/lihat")
async def look(town: Town, person: str) -> Asking:
    if person in REVIEWERS:
        await town.let_go(person)
    return Asking(path={"case_id": await open_review(town, person)})


@asks("GET /tinjau/perkara/{case_id}/gambar")
async def picture(town: Town, person: str) -> Asking:
    return Asking(path={"case_id": (await begin_look(town, person))[0]})


@asks("POST /api/v1/review/cases/{case_id}/look/reading")
async def read_picture(town: Town, person: str) -> Asking:
    case, task = await begin_look(town, person)
    return Asking(path={"case_id": case}, json={"numbers": true_numbers(task)})


@asks("POST /tinjau/perkara/{case_id}/gambar")
async def read_picture_on_page(town: Town, person: str) -> Asking:
    case, task = await begin_look(town, person)
    boxes = {
        f"{name}.{place}": digit
        for name, number in true_numbers(task).items()
        for place, digit in enumerate(f"{number:03}")
    }
    return Asking(path={"case_id": case}, form=boxes | {"yakin": "1"})


@asks("POST /api/v1/review/cases/{case_id}/look/skip", "POST /tinjau/perkara/{case_id}/gambar/lewati")
async def skip_picture(town: Town, person: str) -> Asking:
    case, _ = await begin_look(town, person)
    return Asking(path={"case_id": case}, json={"reason": "unreadable"}, form={"alasan": "unreadable"})


@asks("POST /api/v1/review/cases/{case_id}/override", "POST /api/v1/review/cases/{case_id}/notes")
async def say_something(town: Town, person: str) -> Asking:
    return Asking(path={"case_id": await finish_look(town, person)}, json=WORDS)


@asks("POST /api/v1/review/cases/{case_id}/override/undo")
async def undo_override(town: Town, person: str) -> Asking:
    case = await finish_look(town, person)
    if person in REVIEWERS:
        async with town.ask_as(person) as client:
            stated = await client.post(f"/api/v1/review/cases/{case}/override", json=WORDS)
        assert stated.status_code == 201, stated.text
    return Asking(path={"case_id": case}, json=WORDS)


@asks("POST /api/v1/review/cases/{case_id}/close")
async def close(town: Town, person: str) -> Asking:
    return Asking(path={"case_id": await finish_look(town, person)}, json={"state": "resolved", **WORDS})


@asks("POST /api/v1/review/cases/{case_id}/reopen")
async def reopen(town: Town, person: str) -> Asking:
    case = await finish_look(town, person)
    if person in REVIEWERS:
        async with town.ask_as(person) as client:
            closing = {"state": "resolved", **WORDS}
            done = await client.post(f"/api/v1/review/cases/{case}/close", json=closing)
        assert done.status_code == 204, done.text
    return Asking(path={"case_id": case}, json=WORDS)


@asks("POST /tinjau/perkara/{case_id}/{deed}")
async def close_on_page(town: Town, person: str) -> Asking:
    path = {"case_id": await finish_look(town, person), "deed": "selesai"}
    return Asking(path=path, form={"kata": WORDS["words"]})


@asks("POST /api/v1/review/sections/{pemilihan}/{tps}/{section}")
async def ask_for_review(_town: Town, _person: str) -> Asking:
    return Asking(json=WORDS)


@asks(
    "GET /api/v1/review/cases/{case_id}/photos/{photo_id}/page.jpg",
    "GET /api/v1/review/cases/{case_id}/photos/{photo_id}/crops/{field}.jpg",
)
async def see_picture(town: Town, person: str) -> Asking:
    case = await finish_look(town, person)
    return Asking(path={"case_id": case, "photo_id": town.things["section_photo"]})


@asks(
    "POST /api/v1/review/cases/{case_id}/photos/{photo_id}/reject",
    "POST /tinjau/perkara/{case_id}/foto/{photo_id}/{deed}",
)
async def turn_away(town: Town, person: str) -> Asking:
    case = await finish_look(town, person)
    path = {"case_id": case, "photo_id": town.things["section_photo"], "deed": "tolak"}
    return Asking(path=path, json=WORDS, form={"kata": WORDS["words"]})


@asks("POST /api/v1/review/cases/{case_id}/photos/{photo_id}/restore")
async def bring_back(town: Town, person: str) -> Asking:
    case = await finish_look(town, person)
    photo = town.things["section_photo"]
    if person in REVIEWERS:
        async with town.ask_as(person) as client:
            done = await client.post(f"/api/v1/review/cases/{case}/photos/{photo}/reject", json=WORDS)
        assert done.status_code == 204, done.text
    return Asking(path={"case_id": case, "photo_id": photo}, json=WORDS)


@asks("POST /api/v1/review/cases/{case_id}/photos/{photo_id}/move")
async def move(town: Town, person: str) -> Asking:
    case = await finish_look(town, person)
    path = {"case_id": case, "photo_id": town.things["section_photo"]}
    return Asking(path=path, json={"tps": EMPTY_TPS, **WORDS})


PREPARED = tuple(ASKINGS)
