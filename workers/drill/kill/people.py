"""The people of the drill: uploaders send until they have a receipt, readers answer until it is written down."""

import asyncio
import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from workers.demo.stage import CONTEST
from workers.drill.kill.calls import Caller
from workers.drill.kill.ground import Person
from workers.drill.kill.pictures import Album, Sent
from workers.drill.kill.record import AnswerKept, Record, UploadKept

ERROR_SHARE = 0.12
"""Part of the answers with a misread field: sections then take up to five readings."""

REPEAT_SHARE = 0.05
"""Part of the acknowledged calls that are sent once more, to the other site: nothing may come twice."""

IDLE = 0.3
LEAD, PACE = 0.02, 0.05
OK, MADE, NOTHING = httpx.codes.OK, httpx.codes.CREATED, httpx.codes.NO_CONTENT


@dataclass
class Crowd:
    """What everybody shares. ``papers``: photograph's hash -> what is written on its page. ``overseer``: an admin."""

    record: Record
    papers: dict[str, Mapping[str, int]]
    overseer: Person
    uploads_wanted: int
    readings_wanted: int

    @property
    def uploads_done(self) -> float:
        """Return which part of the uploads is acknowledged, 0 to 1."""
        return len(self.record.uploads) / max(1, self.uploads_wanted)

    @property
    def readings_done(self) -> float:
        """Return which part of the readings is acknowledged, 0 to 1."""
        return min(1.0, self.record.readings / max(1, self.readings_wanted))

    @property
    def progress(self) -> float:
        """Return which part of the work is acknowledged: of the slower kind."""
        return min(self.uploads_done, self.readings_done)


async def send_all(caller: Caller, crowd: Crowd, album: Album, numbers: Sequence[int], account: int) -> None:
    """Send the uploads ``numbers``, not much faster than the readers read: both are to be under fire to the end."""
    for number in numbers:
        while crowd.uploads_done > crowd.readings_done + LEAD:  # noqa: ASYNC110 (counts have no event)
            await asyncio.sleep(PACE)
        sent = album.take(number)
        if sent.numbers is not None:
            crowd.papers[hashlib.sha256(sent.data).hexdigest()] = sent.numbers
        await send(caller, crowd.record, sent, account)
        if random.Random(number).random() < REPEAT_SHARE:
            crowd.record.repeated += 1
            caller.turn_to_another()
            await send(caller, crowd.record, sent, account)


async def send(caller: Caller, record: Record, sent: Sent, account: int) -> None:
    """Send one upload until it is acknowledged, and write the receipt down."""
    answer = await caller.call(
        "POST",
        "/api/v1/photos",
        data={"pemilihan": CONTEST, "tps": sent.tps_kode},
        files={"file": ("foto.jpg", sent.data, "image/jpeg")},
    )
    if answer.status_code not in {OK, MADE}:
        record.anomalies.append(f"upload refused: {answer.status_code} {answer.text[:200]}")
        return
    receipt = answer.json()
    sha = hashlib.sha256(sent.data).hexdigest()
    kept = UploadKept(sha, sent.tps_kode, account, receipt["photo_id"], receipt, sent.page, sent.numbers)
    record.keep_upload(kept)


async def read_all(caller: Caller, crowd: Crowd, account: int, chance: random.Random) -> None:
    """Take tasks and answer them until enough readings are acknowledged."""
    while crowd.record.readings < crowd.readings_wanted:
        answer = await caller.call("POST", "/api/v1/tasks")
        if answer.status_code == NOTHING:
            await asyncio.sleep(IDLE)
        elif answer.status_code not in {OK, MADE}:
            crowd.record.anomalies.append(f"no task: {answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(IDLE)
        else:
            await _answer(caller, crowd, answer.json(), account, chance)


async def _answer(caller: Caller, crowd: Crowd, task: Mapping[str, Any], account: int, chance: random.Random) -> None:
    """Answer one task, always with the same numbers however often it has to be sent."""
    photos = await _find_photos(caller, crowd, task["id"])
    numbers = read_paper(task, photos, crowd.papers, chance)
    times = 1 + (chance.random() < REPEAT_SHARE)
    crowd.record.repeated += times - 1
    for _ in range(times):
        path = f"/api/v1/tasks/{task['id']}/reading"
        answer = await caller.call("POST", path, json={"numbers": numbers})
        if answer.status_code not in {OK, MADE}:
            crowd.record.anomalies.append(f"answer {task['id']} refused: {answer.status_code} {answer.text[:200]}")
            return
        ids = tuple(answer.json()["reading_ids"])
        crowd.record.keep_answer(AnswerKept(task["id"], account, numbers, photos, ids))
        caller.turn_to_another()


async def _find_photos(caller: Caller, crowd: Crowd, task_id: str) -> Mapping[str, str]:
    """Return the photographs that a task shows, by page: the admin's word, for the task itself does not say."""
    headers = {"authorization": f"Bearer {crowd.overseer.token}"}
    answer = await caller.call("GET", f"/api/v1/tasks/{task_id}/source", headers=headers)
    photos: Mapping[str, str] = answer.json()["photos"]
    return photos


def read_paper(
    task: Mapping[str, Any],
    photos: Mapping[str, str],
    papers: Mapping[str, Mapping[str, int]],
    chance: random.Random,
) -> dict[str, int | None]:
    """Return what this person reads on the task's photographs; now and then one field is misread."""
    numbers: dict[str, int | None] = {
        one["name"]: papers[photos[str(one["page"])]][one["name"]] for one in task["fields"]
    }
    if chance.random() < ERROR_SHARE:
        name = chance.choice(sorted(numbers))
        wrong = (numbers[name] or 0) + chance.choice((1, 5, 10))
        numbers[name] = chance.choice((wrong, wrong, None))
    return numbers
