"""A scan of several pages in a browser: sent once, shown with its pages, and led back to from its numbers."""

import io
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image, ImageOps
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.web.eyes import Eyes
from tests.web.people import enter, list_papers, read_until_accepted
from tests.web.small_site import STATIONS, SmallSite
from workers.demo.stage import CONTEST

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow(20),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]

PATIENCE_MS = 60_000
SENDER = "relawan2"


@pytest_asyncio.fixture(loop_scope="module")
async def phone(window: Browser, site: SmallSite) -> AsyncIterator[BrowserContext]:
    """A cheap phone's browser."""
    context = await window.new_context(base_url=site.address, viewport={"width": 360, "height": 740})
    yield context
    await context.close()


async def shoot(site: SmallSite, tps_kode: str, *pages: int) -> list[Image.Image]:
    """Drawn photographs of pages of a TPS's form, upright."""
    shot = [await site.photograph(tps_kode, page) for page in pages]
    return [ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB") for data in shot]


async def look(page: Page, name: str) -> None:
    """Keep a picture of the page for a person, when one asked for it."""
    if folder := os.environ.get("RUNUT_TEST_PICTURES"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def test_a_scan_is_sent_read_page_by_page_and_its_numbers_lead_back_to_it(
    phone: BrowserContext, site: SmallSite, pictures: Path
) -> None:
    tps = STATIONS.plain[0]
    page = await enter(phone, site, SENDER)
    eyes = Eyes(page, site.address)
    await page.goto(f"/unggah?tps={tps}")
    await expect(page.get_by_text("Pilih pindaian PDF")).to_be_visible()
    await look(page, "1-sending")
    path = pictures / "pindaian.pdf"
    first, *rest = await shoot(site, tps, 1, 2, 3)
    first.save(path, "PDF", save_all=True, append_images=rest, resolution=150)

    await page.set_input_files("input[accept*=pdf]", path)

    queue = page.locator("#queue")
    await expect(queue).to_contain_text("Dokumen terbaca: halaman formulir 1, 2, 3.", timeout=PATIENCE_MS)
    await look(page, "2-sent")
    await page.goto("/unggahan")
    upload = page.locator(".upload").first
    await expect(upload).to_contain_text("dokumen, 3 halaman")
    await expect(upload.locator(".page")).to_have_count(3)
    await expect(upload.locator(".page").nth(1)).to_contain_text("terbaca · halaman 2")
    await expect(page.locator(".upload")).to_have_count(1)
    await look(page, "3-uploads")
    assert await eyes.look("id") == []
    await upload.locator(".page").nth(1).get_by_text("Tanda terima").click()
    await expect(page.locator("main")).to_contain_text("Halaman 2 dari 3 sebuah dokumen")
    await look(page, "4-receipt")
    papers = list_papers([tps])
    await read_until_accepted(site, ["relawan4", "relawan5"], [tps], papers)
    await page.goto(f"/tps/{CONTEST}/{tps}")
    await expect(page.locator("figcaption").first).to_contain_text("Halaman 2 dari 3 sebuah dokumen")
    assert await eyes.look("id") == []
    await page.set_viewport_size({"width": 360, "height": 740})
    await look(page, "5-tps")
