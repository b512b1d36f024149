"""A monitor subscribes on a page, tries it, sees what is wrong with it, and removes it."""

import re
from datetime import UTC, datetime

from fastapi import FastAPI

from app.core.access import Role
from app.core.database import Sessions
from app.reports.webhooks.service import WebhookView
from app.reports.webhooks.trying import TRIES, send_test
from tests.http_ground import SignInAs
from tests.official.places import prepare_contest
from tests.reports.test_webhooks import Receiver
from tests.reports.test_webhooks import receiver as receiver

BROWSER = {"accept": "text/html"}
WANTED = {"url": "https://127.0.0.1/x", "pemilihan": "ppwp-2024", "wilayah": "11", "topik": ["discrepancy", "alarm"]}


async def test_subscribe_try_and_remove(sessions: Sessions, sign_in_as: SignInAs) -> None:
    async with sessions.begin() as session:
        await prepare_contest(session)
    monitor = await sign_in_as("pemantau", Role.MONITOR)
    empty = await monitor.get("/langganan", headers=BROWSER)
    assert "Anda belum berlangganan." in empty.text

    wrong = await monitor.post("/langganan", data={**WANTED, "url": "http://a.example/x"}, headers=BROWSER)
    assert wrong.status_code == 422
    assert "Alamat ini tidak dapat dikirimi." in wrong.text
    assert 'value="http://a.example/x"' in wrong.text  # what was typed is not lost
    unticked = await monitor.post("/langganan?bahasa=en", data={**WANTED, "topik": []}, headers=BROWSER)
    assert "Tick at least one." in unticked.text
    nowhere = await monitor.post("/langganan", data={**WANTED, "wilayah": "77"}, headers=BROWSER)
    assert nowhere.status_code == 404

    assert (await monitor.post("/langganan", data=WANTED, headers=BROWSER)).status_code == 303
    page = (await monitor.get("/langganan?bahasa=en", headers=BROWSER)).text
    assert "https://127.0.0.1/x" in page
    assert "alarms about official figures, new differences" in page
    number = int(re.findall(r"/langganan/(\d+)/coba", page)[0])

    tried = [await monitor.post(f"/langganan/{number}/coba", headers=BROWSER) for _ in range(TRIES)]
    assert {one.status_code for one in tried} == {200}
    assert "Percobaan belum sampai:</strong> 127.0.0.1 bukan alamat umum." in tried[0].text
    too_often = await monitor.post(f"/langganan/{number}/coba", headers=BROWSER)
    assert too_often.status_code == 429
    by_program = await monitor.post(f"/api/v1/webhooks/{number}/test")
    assert by_program.status_code == 429

    assert (await monitor.post(f"/langganan/{number}/hapus", headers=BROWSER)).status_code == 303
    assert "Anda belum berlangganan." in (await monitor.get("/langganan", headers=BROWSER)).text


async def test_a_test_arrives_signed_like_every_delivery(app: FastAPI, receiver: Receiver) -> None:
    hook = WebhookView(7, receiver.address, "ppwp-2024", "0", ("alarm",), "active", 0, "", None, datetime.now(UTC))
    assert await send_test(hook, app.state.signer, private=True) == ""
    ((headers, body),) = receiver.got
    assert b'"topic":"test"' in body
    assert headers["webhook-signature"].startswith("v1a,")
    receiver.status = 500
    assert await send_test(hook, app.state.signer, private=True) == "HTTP 500"
