"""The page of downloads leads to files that are there; the page of the API shows commands that work."""

import re
from datetime import UTC, datetime
from html import unescape

import httpx

from app.core.database import Sessions
from app.core.storage import LocalStore
from app.reports.dump.making import begin_dump, make_dump
from app.web.downloads import format_size
from bench.report.ground import lay_ground


async def test_every_link_leads_to_a_file_and_every_command_to_an_answer(
    client: httpx.AsyncClient, sessions: Sessions, storage: LocalStore
) -> None:
    empty = await client.get("/unduh")
    assert "Belum ada angka yang boleh dibuka." in empty.text
    contest = await lay_ground(sessions, places=40)
    now = datetime.now(UTC)
    number = await begin_dump(sessions, contest=contest, now=now)
    assert number is not None
    await make_dump(sessions, storage, contest=contest, dump_id=number, site="", now=now)

    page = (await client.get("/unduh")).text
    links = [unescape(link) for link in re.findall(r'href="(/api/v1/[^"]+)"', page)]
    assert len(links) > 10
    for link in links:
        assert (await client.get(link)).status_code == 200, link
    assert f"runut-ppwp-2024-{now:%Y-%m-%d}.zip" in page
    assert "<code>official_snapshot_sha256</code>" in page
    assert "Accepted numbers" in (await client.get("/unduh?bahasa=en")).text

    words = unescape((await client.get("/api")).text)
    commands = re.findall(r"curl (?:-OJ )?'http://127\.0\.0\.1(/api/v1/[^']+)'", words)
    assert len(commands) > 8
    for command in commands:
        if "NEXT" not in command:
            answer = await client.get(command.replace("wilayah=34", "wilayah=12"))
            assert answer.status_code in {200, 401}, command  # 401: the list of one's own webhooks
    assert "Errors and limits" in (await client.get("/api?bahasa=en")).text


def test_sizes_are_told_in_words() -> None:
    assert [format_size(one) for one in (0, 999, 1000, 48_211_934, 3 * 10**12)] == [
        "0 bita",
        "999 bita",
        "1,0 kB",
        "48,2 MB",
        "3000,0 GB",
    ]
