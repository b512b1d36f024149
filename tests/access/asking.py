"""How each route is asked, so that whoever may do it succeeds: one entry a route whose defaults do not do.

An entry is made anew for every person who asks, so that one who succeeded leaves nothing spoilt for the next.
"""

import re
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.jaga.adopting import adopt_tps
from app.jaga.day import get_day
from app.lapor.report import send_report
from tests.access.town import DECIDED_TPS, FIELD, KELURAHAN, OWN_TPS, Town, true_numbers
from tests.intake.sending import LITTLE_PNG


@dataclass
class Asking:
    """What is put into a request beside its route: values of the address, query, JSON, form, files, another token."""

    path: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    json: Any = None
    form: dict[str, Any] | None = None
    files: dict[str, Any] | None = None
    token: str | None = None


Prepare = Callable[[Town, str], Awaitable[Asking]]
ASKINGS: dict[str, Prepare] = {}
PLACE = {"tps": OWN_TPS, "pemilihan": "ppwp-2024"}


def asks(*routes: str) -> Callable[[Prepare], Prepare]:
    """Say which routes a function prepares."""

    def note(prepare: Prepare) -> Prepare:
        for route in routes:
            assert route not in ASKINGS, f"{route} is prepared twice"
            ASKINGS[route] = prepare
        return prepare

    return note


def fill_path(path: str, given: dict[str, Any], town: Town) -> str:
    """Return the address of a route; what is not given has a usual value."""
    usual = {
        "pemilihan": "ppwp-2024",
        "pemilu": "pemilu-2024",
        "kode": KELURAHAN,
        "tps": DECIDED_TPS,
        "tps_kode": DECIDED_TPS,
        "section": "suara",
        "field": FIELD,
        "page": 2,
        "photo_id": town.things["decided_photo"],
        "number": town.things["receipt"],
        "suffix": "csv",
        "upload_id": 1,
        "account_id": town.people["other"],
        "code": "x" * 20,
        **given,
    }
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: str(usual.get(found[1], 1)), path)


@asks("POST /api/v1/session", "POST /masuk")
async def sign_in_wrongly(_town: Town, _person: str) -> Asking:
    words = {"name": f"tamu-{uuid.uuid4().hex[:8]}", "password": "salah sama sekali"}
    return Asking(json=words, form=words)


@asks("DELETE /api/v1/session", "POST /keluar")
async def sign_out(town: Town, person: str) -> Asking:
    return Asking(token=await town.open_session(town.people[person]) if person in town.people else None)


@asks("POST /api/v1/accounts")
async def make_account(_town: Town, _person: str) -> Asking:
    return Asking(json={"name": f"baru-{uuid.uuid4().hex[:8]}", "password": "empat kata yang mudah"})


@asks("POST /daftar")
async def register(_town: Town, _person: str) -> Asking:
    return Asking(form={"name": f"baru-{uuid.uuid4().hex[:8]}", "password": "empat kata yang mudah"})


@asks("POST /api/v1/invites")
async def invite(_town: Town, _person: str) -> Asking:
    return Asking(json={"uses": 1})


@asks("POST /api/v1/photos", "POST /unggah")
async def upload(_town: Town, _person: str) -> Asking:
    return Asking(form=PLACE, files={"file": ("a.png", LITTLE_PNG, "image/png")})


@asks("POST /api/v1/webhooks")
async def subscribe(_town: Town, _person: str) -> Asking:
    wanted = {"url": "https://example.org/runut", "pemilihan": "ppwp-2024", "topics": ["discrepancy"]}
    return Asking(json=wanted)


@asks("POST /api/v1/uploads")
async def announce(_town: Town, _person: str) -> Asking:
    return Asking(json={**PLACE, "sha256": "ab" * 32, "bytes": 1000})


@asks("GET /api/v1/photos/{photo_id}/original", "GET /api/v1/photos/{photo_id}/thumb.jpg")
async def own_photo(town: Town, _person: str) -> Asking:
    return Asking(path={"photo_id": town.things["own_photo"]})


@asks("GET /tps/{pemilihan}/{kode}")
async def page_of_tps(_town: Town, _person: str) -> Asking:
    return Asking(path={"kode": DECIDED_TPS})


@asks(
    "GET /api/v1/tasks/{task_id}",
    "GET /api/v1/tasks/{task_id}/source",
    "GET /api/v1/tasks/{task_id}/crops/{field}.jpg",
    "GET /api/v1/tasks/{task_id}/pages/{page}.jpg",
)
async def own_task(town: Town, _person: str) -> Asking:
    return Asking(path={"task_id": (await town.hold_task())["id"]})


@asks("GET /periksa")
async def task_page(town: Town, person: str) -> Asking:
    if person == "owner":
        await town.hold_task()
    return Asking()


@asks("POST /api/v1/tasks/{task_id}/reading")
async def answer(town: Town, _person: str) -> Asking:
    task = await town.hold_task()
    return Asking(path={"task_id": task["id"]}, json={"numbers": true_numbers(task)})


@asks("POST /periksa/{task_id}")
async def answer_on_page(town: Town, _person: str) -> Asking:
    task = await town.hold_task()
    boxes = {
        f"{name}.{place}": digit
        for name, number in true_numbers(task).items()
        for place, digit in enumerate(f"{number:03}")
    }
    return Asking(path={"task_id": task["id"]}, form=boxes | {"yakin": "1"})


@asks("POST /api/v1/tasks/{task_id}/skip")
async def skip(town: Town, _person: str) -> Asking:
    return Asking(path={"task_id": (await town.hold_task())["id"]}, json={"reason": "unreadable"})


@asks("POST /periksa/{task_id}/lewati")
async def skip_on_page(town: Town, _person: str) -> Asking:
    return Asking(path={"task_id": (await town.hold_task())["id"]}, form={"alasan": "unreadable"})


@asks("POST /api/v1/tasks/{task_id}/undo", "POST /periksa/{task_id}/batal")
async def undo(town: Town, _person: str) -> Asking:
    return Asking(path={"task_id": await town.answer_task()})


@asks("POST /api/v1/accounts/{account_id}/withdraw")
async def withdraw(town: Town, _person: str) -> Asking:
    return Asking(path={"account_id": await town.add_volunteer()}, json={"reason": "Percobaan tabel hak."})


@asks("POST /api/v1/withdrawals")
async def withdraw_several(town: Town, _person: str) -> Asking:
    accounts = [await town.add_volunteer(), await town.add_volunteer()]
    return Asking(json={"accounts": accounts, "reason": "Percobaan tabel hak."})


async def open_report(town: Town) -> tuple[int, int, str]:
    """Return (case, report, token) of something that the owner has just reported."""
    async with town.sessions.begin() as session:
        sent = await send_report(
            session,
            tps=town.next_tps(),
            photo_id=None,
            category="other",
            note="Papan pengumuman kosong.",
            account_id=town.people["owner"],
        )
    newest = "SELECT {} FROM lapor_report ORDER BY id DESC LIMIT 1"
    case, number = [await town.ask_database(newest.format(column)) for column in ("case_id", "id")]
    return case, number, sent.token


@asks("POST /api/v1/reports")
async def report(_town: Town, _person: str) -> Asking:
    return Asking(json={"tps": OWN_TPS, "category": "missing_form"})


@asks("POST /lapor")
async def report_on_page(_town: Town, _person: str) -> Asking:
    return Asking(form={"tps": OWN_TPS, "jenis": "missing_form", "catatan": ""})


@asks(
    "GET /api/v1/reports/{token}", "DELETE /api/v1/reports/{token}", "GET /lapor/{token}", "POST /lapor/{token}/tarik"
)
async def report_by_token(town: Town, _person: str) -> Asking:
    return Asking(path={"token": (await open_report(town))[2]})


@asks("DELETE /api/v1/reports/mine/{report_id}", "POST /laporan-saya/{report_id}/tarik")
async def own_report(town: Town, _person: str) -> Asking:
    return Asking(path={"report_id": (await open_report(town))[1]})


@asks(
    "GET /api/v1/reports/cases/{case_id}", "GET /tinjau/laporan/{case_id}", "POST /api/v1/reports/cases/{case_id}/look"
)
async def reported_case(town: Town, _person: str) -> Asking:
    return Asking(path={"case_id": (await open_report(town))[0]}, json={"seen": 1})


@asks("POST /api/v1/reports/cases/{case_id}/answer")
async def answer_report(town: Town, _person: str) -> Asking:
    body = {"seen": 1, "state": "resolved", "answer": "Sudah ditempel."}
    return Asking(path={"case_id": (await open_report(town))[0]}, json=body)


@asks("POST /tinjau/laporan/{case_id}/{deed}")
async def answer_report_on_page(town: Town, _person: str) -> Asking:
    path = {"case_id": (await open_report(town))[0], "deed": "jawab"}
    return Asking(path=path, form={"versi": "1", "hasil": "resolved", "jawaban": "Sudah ditempel."})


@asks("POST /api/v1/reports/cases/{case_id}/reopen")
async def reopen_report(town: Town, _person: str) -> Asking:
    case, _, _ = await open_report(town)
    update = "UPDATE lapor_case SET state = 'resolved', answer = 'Ya.', version = 2 WHERE id = :id RETURNING id"
    await town.ask_database(update, id=case)
    return Asking(path={"case_id": case}, json={"seen": 2, "reason": "Salah baca."})


@asks("POST /api/v1/reports/cases/{case_id}/merge")
async def merge_reports(town: Town, _person: str) -> Asking:
    (one, _, _), (two, _, _) = await open_report(town), await open_report(town)
    same = "UPDATE lapor_case SET category = 'procedure', tps_kode = (SELECT tps_kode FROM lapor_case WHERE id = :two) "
    await town.ask_database(f"{same} WHERE id = :one RETURNING id", one=one, two=two)
    return Asking(path={"case_id": one}, json={"seen": 1, "into": two})


@asks("GET /api/v1/jaga/reminders")
async def reminders(_town: Town, _person: str) -> Asking:
    return Asking(query={"before": "2999-01-01T00:00:00+07:00"})


@asks("POST /api/v1/jaga/{pemilu}/kelurahan/{kode}/emptiest")
async def emptiest(_town: Town, _person: str) -> Asking:
    return Asking(json={"count": 1})


@asks("PUT /api/v1/jaga/{pemilu}/tps/{kode}")
async def adopt(town: Town, _person: str) -> Asking:
    return Asking(path={"kode": town.next_tps()})


@asks("POST /jaga/ambil")
async def adopt_on_page(town: Town, _person: str) -> Asking:
    return Asking(form={"pemilu": "pemilu-2024", "tps": town.next_tps()})


async def own_adoption(town: Town) -> str:
    """Return a TPS that the owner guards."""
    tps = town.things.setdefault("guarded", town.next_tps())
    async with town.sessions.begin() as session:
        day = await get_day(session, pemilu="pemilu-2024")
        await adopt_tps(session, day=day, tps=tps, account_id=town.people["owner"])
    return str(tps)


@asks("DELETE /api/v1/jaga/{pemilu}/tps/{kode}")
async def give_back(town: Town, _person: str) -> Asking:
    return Asking(path={"kode": await own_adoption(town)})


@asks("POST /jaga/kembalikan")
async def give_back_on_page(town: Town, _person: str) -> Asking:
    return Asking(form={"pemilu": "pemilu-2024", "tps": await own_adoption(town)})
