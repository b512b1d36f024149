"""The page for reading in a real browser: hands that never leave the keyboard, a hint that comes after the entry."""

from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from app.core.database import Sessions
from app.core.storage import LocalStore
from app.intake.object_keys import crop_key, page_key
from tests.http_ground import SignInAs, address, app, sign_in_as, storage
from tests.verification.readings import PAGE1_TRUTH, TRUTH
from tests.verification.world import make_world, tps

__all__ = ["address", "app", "sign_in_as", "storage"]

pytestmark = pytest.mark.browser

DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
"""A picture of one transparent pixel; a browser goes by the content, not by the name."""


@pytest.fixture
async def form(request: pytest.FixtureRequest, sessions: Sessions, storage: LocalStore) -> None:
    """One form with its pictures: votes that the machine is sure of or not, or page 1, of which it is not."""
    sure = request.param is True
    page_1: dict[str, Any] = {"pages": (1,), "numbers": PAGE1_TRUTH} if request.param == "page 1" else {}
    async with sessions.begin() as session:
        world = await make_world(session)
        await world.read(tps(1), confidence=0.9999 if sure else 0.5, sure=sure, **page_1)
    for photo in world.photos.values():
        await storage.create(page_key(photo), DOT)
        for name in {**TRUTH, **PAGE1_TRUTH}:
            await storage.create(crop_key(photo, name), DOT)


@pytest.fixture
async def page(form: None, browser: Browser, address: str, sign_in_as: SignInAs) -> Page:
    """The page on a phone, signed in."""
    reader = await sign_in_as("sari")
    page = await browser.new_page(viewport={"width": 360, "height": 740})
    await page.set_extra_http_headers({"authorization": reader.headers["authorization"]})
    await page.goto(f"{address}/periksa")
    return page


def keys(**changed: int) -> str:
    return "".join(f"{number:03}" for number in {**TRUTH, **changed}.values())


@pytest.mark.parametrize("form", [False], indirect=True)
async def test_a_form_is_read_with_the_keyboard_alone(page: Page) -> None:
    await expect(page.get_by_role("button", name="Ambil formulir")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("input.digit").first).to_be_focused()
    hint = page.locator("form[data-focus] [data-hint]")
    await page.keyboard.type(keys(suara_total=999)[:-1])
    await expect(hint).to_be_hidden()
    await page.keyboard.type("9")
    await expect(page.locator("button[value=kirim]")).to_be_focused()
    await expect(hint).to_be_visible()
    await page.locator("input.digit").nth(15).focus()
    await page.keyboard.type("437")
    await expect(hint).to_be_hidden()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Terima kasih")).to_be_visible()


@pytest.mark.parametrize("form", [True], indirect=True)
async def test_a_wrong_number_is_corrected_beside_its_picture(page: Page) -> None:
    await page.get_by_role("button", name="Ambil formulir").click()
    await expect(page.get_by_role("button", name="Benar semua")).to_be_visible()
    await page.get_by_role("button", name="Betulkan", exact=True).click()
    await expect(page.get_by_role("button", name="Benar semua")).to_be_hidden()
    first = page.locator("#correct input.digit").first
    await expect(first).to_be_focused()
    await expect(first).to_have_value("1")
    await page.keyboard.type("9")
    await page.get_by_role("button", name="Kirim yang dibetulkan").click()
    await expect(page.get_by_text("mohon cek lagi apa yang tertulis").first).to_be_visible()
    await expect(page.locator("input.digit").first).to_have_value("9")
    await page.get_by_role("button", name="Memang begitu tertulis").click()
    await expect(page.get_by_text("Terima kasih")).to_be_visible()


@pytest.mark.parametrize("form", ["page 1"], indirect=True)
async def test_page_1_is_read_row_by_row_on_a_phone(page: Page) -> None:
    await page.get_by_role("button", name="Ambil formulir").click()
    boxes = page.locator("input.digit")
    await expect(boxes).to_have_count(66)
    await expect(page.locator(".block h2")).to_have_text(
        ["pemilih DPT", "pengguna DPT", "pengguna DPTb", "pengguna DPK", "pengguna total", "surat suara", "disabilitas"]
    )
    assert await page.evaluate("document.documentElement.scrollWidth") == 360
    for line in await page.locator(".line").all():
        crop, digit = await line.locator(".crop").bounding_box(), await line.locator(".digit").first.bounding_box()
        assert crop is not None
        assert digit is not None
        assert crop["x"] + crop["width"] <= digit["x"], "the picture stands beside its boxes"
        assert crop["y"] < digit["y"] + digit["height"]
        assert digit["y"] < crop["y"] + crop["height"]
        assert min(digit["width"], digit["height"]) >= 36, "a thumb's width"
    wrong = {**PAGE1_TRUTH, "pengguna_dpk_l": 4}
    digits = "".join(f"{number:03}" for number in wrong.values())
    hint = page.locator("[data-sum='pengguna_dpk_j=pengguna_dpk_l+pengguna_dpk_p']")
    await boxes.first.focus()
    await page.keyboard.type(digits[: 3 * 11 + 2])
    await expect(hint).to_be_hidden()
    await page.keyboard.type(digits[3 * 11 + 2 :])
    await expect(page.locator("button[value=kirim]")).to_be_focused()
    await expect(hint).to_contain_text("J = L + P: tertulis 3, dihitung 4.")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Memang begitu tertulis").click()
    await expect(page.get_by_text("Terima kasih")).to_be_visible()
