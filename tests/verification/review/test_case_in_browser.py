"""The page of a case in a real browser: looked at like every page, on a phone and on a desk, and worked through."""

import os
import re

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.intake.object_keys import crop_key, page_key
from tests.http_ground import SignInAs
from tests.ocr.test_compare_pages import paper, photograph
from tests.verification.readings import TRUTH
from tests.verification.review.desk import dispute
from tests.verification.world import make_world, tps
from tests.web.eyes import Eyes

pytestmark = pytest.mark.browser

DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
PICTURES = os.environ.get("RUNUT_TEST_PICTURES")
"""Read before the fixtures take such variables away."""
REASON = "Kotak puluhan pada foto kedua ditimpa."


@pytest.fixture
async def case(sessions: Sessions, storage: LocalStore) -> int:
    """A case of two photographs that differ; the vote boxes have true pictures."""
    async with sessions.begin() as session:
        world = await make_world(session)
        await dispute(world, tps(1))
        number: int = (await session.execute(text("SELECT id FROM review_case"))).scalar_one()
    crops = photograph(paper(1), seed=1)
    for photo in world.photos.values():
        await storage.create(page_key(photo), crops["suara_01"])
        for name in TRUTH:
            await storage.create(crop_key(photo, name), crops.get(name, DOT))
    return number


async def keep(page: Page, name: str) -> None:
    """Keep pictures of the page at both sizes, where somebody wants to look at them."""
    for width in (900, 360) if PICTURES else ():
        await page.set_viewport_size({"width": width, "height": 800})
        await page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)


async def test_a_reviewer_looks_and_states_on_a_phone(
    browser: Browser, address: str, sign_in_as: SignInAs, case: int
) -> None:
    reviewer = await sign_in_as("rina", Role.REVIEWER)
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    await page.set_extra_http_headers({"authorization": reviewer.headers["authorization"]})
    eyes = Eyes(page, address)
    await page.goto(f"{address}/tinjau")
    await keep(page, "review-list")
    assert await eyes.look("id") == []
    await page.get_by_role("link", name=f"Perkara {case}").click()
    await keep(page, "review-before")
    await page.get_by_role("button", name="Lihat gambarnya").click()
    await expect(page.locator("input.digit").first).to_be_focused()
    await page.keyboard.type("".join(f"{number:03}" for number in TRUTH.values()))
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(rf"/tinjau/perkara/{case}$"))
    await expect(page.get_by_role("heading", name="Foto berdampingan")).to_be_visible()
    await keep(page, "review-case")
    assert await eyes.look("id") == []
    await page.get_by_text("Nyatakan: angka yang saya baca yang berlaku").click()
    await page.locator("form[action$='/usul'] textarea").fill(REASON)
    await page.get_by_role("button", name="Nyatakan", exact=True).click()
    await expect(page.get_by_role("heading", name="Pernyataan peninjau")).to_be_visible()
    await page.goto(f"{address}/tinjau/perkara/{case}?bahasa=en")
    await keep(page, "review-stated-en")
    assert await eyes.look("en") == []
    await page.goto(f"{address}/tinjau?jenis=appeal")
    await keep(page, "review-empty")
    await expect(page.get_by_text("Tidak ada perkara yang cocok")).to_be_visible()
