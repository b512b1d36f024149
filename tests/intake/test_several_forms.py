"""From two papers to one result: a wall sheet and its A4 copy, drawn, read by the real reader, dealt, accepted."""

from collections.abc import Iterator, Sequence

import httpx
import numpy as np
import pytest

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from ocr.draw.hands import make_hand
from ocr.draw.photograph import photograph
from ocr.draw.plain import draw_plain
from ocr.draw.tps import draw_tps
from ocr.draw.written import Written
from ocr.layout import load_layout
from tests.http_ground import SignInAs
from tests.verification.world import settle_waiting
from workers.job import Context
from workers.read_photo import read_photo
from workers.reader_pool import ReaderPool

TPS = "3171011001001"
VALUES = {"suara_01": 87, "suara_02": 104, "suara_03": 36, "suara_sah": 227, "suara_tidak_sah": 5, "suara_total": 232}

pytestmark = [pytest.mark.usefixtures("election"), pytest.mark.slow(15)]


def shoot(picture: np.ndarray, number: int) -> bytes:
    return photograph(picture, "scan", np.random.default_rng(number), quarter_turns=0, exif=False)


def draw_sheets() -> list[bytes]:
    """Pages 2 and 3 of the wall sheet."""
    drawn = draw_tps(VALUES, seed=7, split="evaluation")
    return [shoot(page, number) for number, page in drawn.pages.items()]


def draw_copy(page: int, values: dict[str, int]) -> bytes:
    written = {name: Written(f"{value:X>3}") for name, value in values.items()}
    layout = load_layout("c_hasil_salinan_ppwp_2024").pages[page]
    rng = np.random.default_rng(5)
    return shoot(draw_plain(layout, written, hand=make_hand("evaluation", 8), rng=rng, px_per_mm=9.0), 3)


@pytest.fixture
def context(sessions: Sessions, settings: Settings, storage: LocalStore) -> Iterator[Context]:
    with ReaderPool(1) as readers:
        yield Context(sessions, settings, storage, readers)


async def send(context: Context, sender: httpx.AsyncClient, pictures: Sequence[bytes]) -> list[int]:
    """Upload and read photographs; return their numbers."""
    ids = []
    for data in pictures:
        answer = await sender.post("/api/v1/photos", files={"file": data}, data={"tps": TPS, "pemilihan": "ppwp-2024"})
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["photo_id"])
        await read_photo(context, {"photo_id": ids[-1]})
    return ids


async def read_all(context: Context, people: Sequence[httpx.AsyncClient]) -> list[dict[str, object]]:
    """Let each person read what he is dealt, and the rule look at it; every picture that he is pointed to is there."""
    tasks = []
    for person in people:
        dealt = await person.post("/api/v1/tasks")
        if dealt.status_code != 201:
            continue
        task = dealt.json()
        for path in [*(field["crop"] for field in task["fields"]), *task["pages"].values()]:
            assert (await person.get(path)).content[:3] == b"\xff\xd8\xff", path
        numbers = {field["name"]: VALUES[field["name"]] for field in task["fields"]}
        sent = await person.post(f"/api/v1/tasks/{task['id']}/reading", json={"numbers": numbers})
        assert sent.status_code == 201, sent.text
        tasks.append(task)
        await settle_waiting(context.sessions)
    return tasks


async def test_a_wall_sheet_and_a_copy_by_two_uploaders_make_one_result(
    sign_in_as: SignInAs, client: httpx.AsyncClient, context: Context
) -> None:
    sari, budi = await sign_in_as("sari"), await sign_in_as("budi")
    await send(context, sari, draw_sheets())
    (copy,) = await send(context, budi, [draw_copy(2, VALUES)])
    mine = (await budi.get("/api/v1/photos/mine")).json()["photos"]
    assert [(one["state"], one["form"], one["page"]) for one in mine] == [("read", "C.HASIL SALINAN-PPWP 2024", 2)]

    tasks = await read_all(context, [await sign_in_as(name) for name in ("citra", "dewi", "eko")])
    assert tasks

    (section,) = (await client.get(f"/api/v1/sections/ppwp-2024/{TPS}")).json()["sections"]
    decision = section["decision"]
    assert (section["state"], decision["numbers"], decision["flags"]) == ("accepted", VALUES, [])
    assert {one["photo_id"] for one in decision["readings"]} >= {copy}
    page = (await client.get(f"/tps/ppwp-2024/{TPS}")).text
    assert any(name in page for name in ("C.HASIL-PPWP 2024", "C.HASIL SALINAN-PPWP 2024"))
    for photo in set(decision["photos"].values()):
        assert (await client.get(f"/foto/{photo}/angka/suara_01.jpg")).status_code == 200


async def test_who_sent_the_copy_alone_is_asked_for_nothing_more(
    sign_in_as: SignInAs, client: httpx.AsyncClient, context: Context
) -> None:
    budi = await sign_in_as("budi")
    sending = (await budi.get(f"/unggah?pemilihan=ppwp-2024&tps={TPS}")).text
    assert "C.HASIL-PPWP 2024, halaman 2 &amp; 3; C.HASIL SALINAN-PPWP 2024, halaman 2." in sending
    await send(context, budi, [draw_copy(2, VALUES)])
    (section,) = (await client.get(f"/api/v1/sections/ppwp-2024/{TPS}")).json()["sections"]
    assert section["waits_for"]["code"] not in {"page_missing", "page_without_sum"}

    tasks = await read_all(context, [await sign_in_as(name) for name in ("citra", "dewi")])

    assert [field["name"] for field in tasks[0]["fields"]] == list(VALUES)  # type: ignore[attr-defined]
    (section,) = (await client.get(f"/api/v1/sections/ppwp-2024/{TPS}")).json()["sections"]
    assert (section["state"], section["decision"]["flags"]) == ("accepted", [])
    page = (await client.get(f"/tps/ppwp-2024/{TPS}")).text
    assert "C.HASIL SALINAN-PPWP 2024<br>Halaman 2" in page
    assert page.count("/halaman.jpg") == 2, "one figure with its link: the sheet is shown once"
