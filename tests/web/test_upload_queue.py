"""The upload page on a phone with bad signal: photographs wait on the phone and are not lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.web.people import enter
from tests.web.small_site import STATIONS, SmallSite

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow(15),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(180),
]

PATIENCE_MS = 60_000
VOLUNTEER = "relawan2"


@pytest_asyncio.fixture(loop_scope="module")
async def phone(window: Browser, site: SmallSite) -> AsyncIterator[BrowserContext]:
    """A cheap phone's browser."""
    context = await window.new_context(base_url=site.address, viewport={"width": 360, "height": 740})
    yield context
    await context.close()


async def open_tps(page: Page, tps_kode: str) -> None:
    await page.goto(f"/unggah?tps={tps_kode}")
    await expect(page.get_by_text("Ambil foto")).to_be_visible()


async def take(page: Page, path: Path) -> None:
    await page.set_input_files("input[capture]", path)


async def says(page: Page, words: str) -> None:
    await expect(page.locator("#queue")).to_contain_text(words, timeout=PATIENCE_MS)


async def test_a_photograph_outlives_lost_signal_and_a_closed_page(
    phone: BrowserContext, site: SmallSite, pictures: Path
) -> None:
    page = await enter(phone, site, VOLUNTEER)
    await open_tps(page, STATIONS.plain[0])
    path = pictures / "hal2.jpg"
    path.write_bytes(await site.photograph(STATIONS.plain[0], 2))
    await phone.set_offline(True)
    await take(page, path)
    await says(page, "Tidak ada sinyal. Foto disimpan di ponsel ini")
    await page.close()

    await phone.set_offline(False)
    later = await phone.new_page()
    await open_tps(later, STATIONS.plain[1])

    await says(later, "Terkirim dan terbaca: halaman 2.")
    await says(later, "Tanda terima")
    await later.goto("/unggahan")
    await expect(later.locator(".upload").first).to_contain_text(STATIONS.plain[0])
    await later.goto(f"/unggah?tps={STATIONS.plain[1]}")
    await expect(later.locator("#queue")).to_be_hidden()


async def test_a_photograph_waits_until_its_sender_has_signed_in_again(
    phone: BrowserContext, site: SmallSite, pictures: Path
) -> None:
    page = await enter(phone, site, VOLUNTEER)
    await open_tps(page, STATIONS.plain[2])
    path = pictures / "hal3.jpg"
    path.write_bytes(await site.photograph(STATIONS.plain[2], 3))
    await phone.clear_cookies()
    await take(page, path)
    await says(page, "Anda perlu masuk lagi")
    await page.close()

    back = await enter(phone, site, VOLUNTEER)
    await open_tps(back, STATIONS.plain[2])

    await says(back, "Terkirim dan terbaca: halaman 3.")


async def test_another_person_on_the_same_phone_sends_nothing_of_mine(
    phone: BrowserContext, site: SmallSite, pictures: Path
) -> None:
    page = await enter(phone, site, VOLUNTEER)
    await open_tps(page, STATIONS.plain[3])
    path = pictures / "hal2.jpg"
    path.write_bytes(await site.photograph(STATIONS.plain[3], 2))
    await phone.set_offline(True)
    await take(page, path)
    await says(page, "Tidak ada sinyal")
    await page.close()
    await phone.set_offline(False)
    await phone.clear_cookies()

    other = await enter(phone, site, "relawan3")
    await open_tps(other, STATIONS.plain[3])

    await other.wait_for_timeout(1500)
    await expect(other.locator("#queue")).to_be_hidden()
    await other.goto("/unggahan")
    await expect(other.get_by_text("Belum ada foto.")).to_be_visible()


async def test_what_is_not_accepted_says_why_and_can_be_removed(
    phone: BrowserContext, site: SmallSite, pictures: Path
) -> None:
    page = await enter(phone, site, VOLUNTEER)
    await open_tps(page, STATIONS.plain[4])
    path = pictures / "not.jpg"
    path.write_bytes(b"GIF89a renamed")

    await take(page, path)

    await says(
        page, "Isi berkas ini bukan foto, melainkan GIF. Kirim foto JPEG, HEIC, PNG, WebP, TIFF, atau pindaian PDF."
    )
    await page.get_by_role("button", name="Hapus dari daftar").click()
    await expect(page.locator(".sent")).to_have_count(0)
