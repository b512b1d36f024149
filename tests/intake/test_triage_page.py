"""Copies and appeals on the pages, at a phone's and a desk's size; a blurred picture before it is sent."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.core.storage import LocalStore
from ocr.draw.photograph import photograph
from ocr.draw.tps import draw_tps
from tests.http_ground import PASSWORD, SignInAs
from tests.intake.recode import close_picture, open_picture
from tests.intake.sending import NEIGHBOUR, TPS, send
from tests.web.eyes import Eyes

pytestmark = [pytest.mark.usefixtures("election"), pytest.mark.browser, pytest.mark.slow(12)]


@pytest.fixture(scope="module")
def shot() -> bytes:
    sheet = draw_tps(None, seed=5, split="demo", pages=(2,), px_per_mm=1.6).pages[2]
    return photograph(sheet, "photo", np.random.default_rng(1), quarter_turns=0, exif=False)


async def enter(browser: Browser, address: str, name: str) -> tuple[Page, Eyes]:
    context = await browser.new_context(base_url=address, viewport={"width": 360, "height": 740})
    page = await context.new_page()
    eyes = Eyes(page, address)
    await page.goto("/masuk?lanjut=/unggahan")
    await page.get_by_label("Nama", exact=True).fill(name)
    await page.get_by_label("Kata sandi", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="Masuk").click()
    await page.wait_for_url("**/unggahan*")
    return page, eyes


async def keep_look(page: Page, name: str) -> None:
    """Keep pictures of a page where somebody wants to look at it himself."""
    if folder := os.environ.get("SCREENSHOTS"):
        for width in (360, 900):
            await page.set_viewport_size({"width": width, "height": 800})
            await page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)


@pytest.fixture
async def scene(sign_in_as: SignInAs, sessions: Sessions, storage: LocalStore, shot: bytes) -> tuple[int, int]:
    """One picture sent for two TPS, and half of it, refused, with an appeal of Sari's. Returns the two photographs."""
    sari, budi = await sign_in_as("sari"), await sign_in_as("budi")
    await sign_in_as("rina", Role.REVIEWER)
    first = (await send(sari, shot)).json()["photo_id"]
    second = (await send(budi, shot, tps=NEIGHBOUR)).json()["photo_id"]
    refused = (await send(sari, close_picture(open_picture(shot)[:400], 80))).json()["photo_id"]
    small = close_picture(np.asarray(cv2.resize(open_picture(shot), (270, 480)), dtype=np.uint8), 80)
    for photo in (first, second, refused):
        await storage.create(f"thumb/{photo}.jpg", small)
    async with sessions.begin() as session:
        words = "Sebagian halaman tidak masuk foto. (Part of the page is outside the picture.)"
        await session.execute(
            text("UPDATE photo SET state = 'refused', state_code = 'half_page', state_reason = :words WHERE id = :id"),
            {"words": words, "id": refused},
        )
    assert (await sari.post(f"/api/v1/photos/{refused}/appeal", json={"note": "Angkanya jelas"})).status_code == 201
    return first, second


async def test_a_reviewer_decides_copies_and_appeals_on_the_page(
    browser: Browser, address: str, scene: tuple[int, int]
) -> None:
    page, eyes = await enter(browser, address, "rina")
    await page.goto("/tinjau/foto")
    await expect(page.get_by_text("2 kiriman dari 2 orang untuk 2 TPS")).to_be_visible()
    await keep_look(page, "copies")
    assert await eyes.look("id") == []
    await page.get_by_label(f"Foto {scene[1]}").check()
    await page.get_by_label("Alasan").fill("Di kepala formulir tertulis TPS 2")
    await page.get_by_role("button", name="Pakai foto yang dipilih").click()
    await expect(page.get_by_text("Tidak ada yang perlu ditinjau di sini sekarang.")).to_be_visible()

    await page.goto("/tinjau/foto?lihat=banding")
    await page.get_by_label("Putar sampai tegak").select_option("1")
    await page.get_by_label("Kiri", exact=True).fill("20")
    seen = await page.locator(".frame img").evaluate("image => [image.style.transform, image.style.clipPath]")
    assert seen[0].startswith("rotate(90deg)")
    assert seen[1] in {"inset(0% 0% 20%)", "inset(0% 0% 20% 0%)"}, "what will be at the left lies at the bottom now"
    await keep_look(page, "appeals")
    assert await eyes.look("id") == []
    await page.get_by_label("Jawaban untuk pengirim").fill("Separuh halaman hilang; foto lagi.")
    await page.get_by_role("button", name="Tetap ditolak").click()
    await expect(page.get_by_text("Banding (0)")).to_be_visible()

    page, eyes = await enter(browser, address, "sari")
    await expect(page.get_by_text("Separuh halaman hilang; foto lagi.")).to_be_visible()
    await keep_look(page, "uploads")
    assert await eyes.look("id") == []


async def test_a_blurred_picture_is_told_before_it_is_sent_and_can_be_sent_anyway(
    browser: Browser, address: str, sign_in_as: SignInAs, shot: bytes, tmp_path: Path
) -> None:
    await sign_in_as("sari")
    page, _ = await enter(browser, address, "sari")
    await page.goto(f"/unggah?pemilihan=ppwp-2024&tps={TPS}")
    for name, data in (("sharp.jpg", shot), ("blurred.jpg", close_picture(blur(shot), 85))):
        (tmp_path / name).write_bytes(data)
        await page.set_input_files("input[data-many]", tmp_path / name)
    await expect(page.locator("#queue")).to_contain_text("Foto ini tampak buram")
    await keep_look(page, "blurred")
    await expect(page.locator("#queue li[data-state=received]")).to_have_count(1)

    await page.get_by_role("button", name="Kirim saja").click()

    await expect(page.locator("#queue li[data-state=received]")).to_have_count(2)
    await expect(page.locator("#queue")).not_to_contain_text("tampak buram")


def blur(jpeg: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    picture = open_picture(jpeg)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(picture.shape) / 300), dtype=np.uint8)
