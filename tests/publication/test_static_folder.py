"""The folder that works from any web server or USB stick, opened in a real browser from a disk."""

from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import orjson
import pytest
from playwright.async_api import Browser

from app.core.database import Sessions
from app.core.errors import ConflictError
from app.pemilu.definition import Contest
from app.publication.press import Press
from app.publication.publish import publish_contest
from app.publication.reading import PublishedFiles
from tests.publication.conftest import accept
from tests.web.eyes import Eyes
from workers.publish_static import place_of, write_folder

TPS = "1101012001001"


@pytest.fixture
async def folder(press: Press, ppwp: Contest, sessions: Sessions, tmp_path: Path) -> Path:
    """A folder with everything that is published."""
    await accept(sessions, ppwp, TPS)
    await publish_contest(press, pemilihan_id=ppwp.id)
    told: list[int] = []
    count = await write_folder(PublishedFiles(press.shelf), tmp_path / "stick", tell=told.append)
    assert count == sum(told) == 18
    return tmp_path / "stick"


def test_a_region_lies_in_the_folder_of_those_above_it() -> None:
    assert str(place_of("ppwp-2024", "1101012001")) == "ppwp-2024/11/1101/110101/1101012001"
    assert str(place_of("ppwp-2024", "0")) == "ppwp-2024/0"


async def test_the_folder_holds_the_published_bytes_and_refuses_to_mix_with_others(folder: Path, press: Press) -> None:
    nation = orjson.loads((folder / "data" / "ppwp-2024" / "0.json").read_bytes())
    for child in nation["children"]:
        data = (folder / "data" / f"{place_of('ppwp-2024', child['kode'])}.json").read_bytes()
        assert sha256(data).hexdigest() == child["sha256"]
    assert orjson.loads((folder / "data" / "ppwp-2024.json").read_bytes())["root"]["kode"] == "0"
    with pytest.raises(ConflictError, match="not empty"):
        await write_folder(PublishedFiles(press.shelf), folder, tell=lambda _: None)


async def test_the_folder_is_read_from_a_disk_without_a_script_down_to_a_tps(folder: Path, browser: Browser) -> None:
    async with await browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740}) as context:
        page = await context.new_page()
        await page.goto((folder / "index.html").as_uri())
        for name in ("Presiden dan Wakil Presiden 2024", "Aceh", "Aceh Selatan", "Bakongan", "Keude Bakongan"):
            await page.get_by_role("link", name=name, exact=True).first.click()
        assert await page.locator("h1").inner_text() == "Keude Bakongan"
        station = page.locator("tbody tr").filter(has_text="satu pengunggah")
        assert await station.locator("td").all_inner_texts() == [
            "1",
            "diterima accepted",
            "11",
            "22",
            "33",
            "satu pengunggah",
        ]
        await page.get_by_role("link", name="Indonesia", exact=True).click()
        assert await page.locator("h1").inner_text() == "Indonesia"
        await page.get_by_role("link", name="JSON").click()
        assert page.url.endswith("/data/ppwp-2024/0.json")


class Quiet(SimpleHTTPRequestHandler):
    """Any web server."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(folder: Path) -> Iterator[str]:
    """Address of the folder on a web server that knows nothing of us."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_the_pages_are_readable_for_everybody(served: str, browser: Browser) -> None:
    async with await browser.new_context() as context:
        eyes = Eyes(await context.new_page(), served)
        await eyes.page.goto(f"{served}/ppwp-2024/11/1101/110101/1101012001.html")
        assert [one for one in await eyes.look("id") if "favicon" not in one] == []
