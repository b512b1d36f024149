"""The way of a vote, each step by a person at a browser: photograph, machine, another person, tally, comparison."""

import asyncio
import csv
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.web.people import PATIENCE, enter, is_accepted
from tests.web.small_site import STATIONS, SmallSite, choose_plan, find_paper
from workers.demo.plan import FIELDS, VOTES
from workers.demo.stage import CONTEST, publish_official, wait_for_quiet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow(30),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]

TPS = STATIONS.plain[0]
PAPER = find_paper(TPS)
PATIENCE_MS = PATIENCE * 1000
OFF = 200
"""By how much the invented official figure of the second choice is off."""


async def open_page(window: Browser, site: SmallSite, name: str) -> Page:
    context = await window.new_context(base_url=site.address, viewport={"width": 360, "height": 740})
    return await enter(context, site, name)


async def choose_station(page: Page) -> None:
    """Find the TPS by the name of its kelurahan, as somebody does who knows no code."""
    await page.get_by_label("Cari nama kelurahan atau desa").fill(PAPER.place.kelurahan.lower())
    await page.get_by_role("button", name="Cari").click()
    await page.get_by_role("list", name="Hasil pencarian").get_by_role("link").first.click()
    await page.get_by_role("link", name=f"TPS {PAPER.place.nomor}", exact=True).click()
    await expect(page.get_by_text(TPS)).to_be_visible()


async def type_numbers(page: Page) -> None:
    """Type what is on the paper; whoever is shown the machine's numbers corrects them, right or not."""
    await expect(page.locator("fieldset.reading").first).to_be_visible()
    await page.wait_for_load_state("load")
    correct = page.get_by_role("button", name="Betulkan", exact=True)
    if await correct.is_visible():
        await correct.click()
    for field in FIELDS:
        boxes = page.locator(f"[data-field={field}] input.digit:visible")
        await expect(boxes).to_have_count(3)
        for place, digit in enumerate(f"{PAPER.numbers[field]:>3}"):
            await boxes.nth(place).fill(digit.strip())
    await page.locator("button[value=kirim]:visible").click()
    await expect(page.get_by_text("Terima kasih, jawaban Anda tercatat.")).to_be_visible()


async def test_a_photograph_is_sent_and_read(window: Browser, site: SmallSite, pictures: Path) -> None:
    page = await open_page(window, site, "relawan1")
    await choose_station(page)
    for number in (2, 3):
        path = pictures / f"hal{number}.jpg"
        path.write_bytes(await site.photograph(TPS, number))
        await page.set_input_files("input[capture]", path)
        words = f"Terkirim dan terbaca: halaman {number}."
        await expect(page.locator("#queue")).to_contain_text(words, timeout=PATIENCE_MS)
    await page.get_by_role("link", name="Lihat semua unggahan saya").click()
    await expect(page.locator(".upload .tag")).to_have_text(["terbaca · halaman 3", "terbaca · halaman 2"])
    await page.context.close()


async def test_its_sender_is_never_asked_to_read_it(window: Browser, site: SmallSite) -> None:
    page = await open_page(window, site, "relawan1")
    await page.goto("/periksa")
    await page.get_by_role("button", name="Ambil formulir").click()
    await expect(page.get_by_text("Saat ini tidak ada formulir yang menunggu Anda.")).to_be_visible()
    await page.context.close()


async def test_nothing_is_public_before_somebody_else_has_read_it(window: Browser, site: SmallSite) -> None:
    context = await window.new_context(base_url=site.address)
    page = await context.new_page()
    await page.goto(f"/tps/{CONTEST}/{TPS}")
    await expect(page.get_by_text("Sedang dibaca")).to_be_visible()
    await expect(page.locator("img.crop")).to_have_count(0)
    assert str(PAPER.numbers["suara_total"]) not in await page.locator("main").inner_text()
    await context.close()


async def test_another_person_reads_it_and_it_is_accepted(window: Browser, site: SmallSite) -> None:
    page = await open_page(window, site, "relawan2")
    await page.goto("/periksa")
    await page.get_by_role("button", name="Ambil formulir").click()
    await type_numbers(page)
    async with asyncio.timeout(PATIENCE):
        while not await is_accepted(site, TPS):  # noqa: ASYNC110 - nobody tells the public when it happens
            await asyncio.sleep(0.1)
    await wait_for_quiet(site.url)
    await page.context.close()


async def test_the_tally_shows_the_numbers_from_nation_to_kelurahan(window: Browser, site: SmallSite) -> None:
    context = await window.new_context(base_url=site.address)
    page = await context.new_page()
    for kode in ("0", TPS[:2], TPS[:4], TPS[:6], TPS[:10]):
        await page.goto(f"/hitung/{CONTEST}/{kode}")
        shown = await page.locator(".numbers strong").all_inner_texts()
        assert shown == [str(PAPER.numbers[field]) for field in VOTES], kode
        assert "belum tentu mewakili TPS lainnya" in await page.locator("main").inner_text()
    await context.close()


async def test_the_station_shows_picture_and_decision_of_every_number(window: Browser, site: SmallSite) -> None:
    context = await window.new_context(base_url=site.address, viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.goto(f"/tps/{CONTEST}/{TPS}")
    crops = page.locator("img.crop")
    await expect(crops).to_have_count(len(FIELDS))
    for crop in await crops.all():
        await crop.scroll_into_view_if_needed()
        await expect(crop).to_have_js_property("complete", value=True)
        assert await crop.evaluate("picture => picture.naturalWidth") > 0
    accepted = await page.locator("table").first.locator("td[data-label=Diterima]").all_inner_texts()
    assert accepted == [str(PAPER.numbers[field]) for field in FIELDS]
    await page.get_by_text("Bagaimana angka ini diputuskan").click()
    for reader in ("mesin", "pembaca"):
        await expect(page.locator("details[open] tr", has_text=reader).first).to_be_visible()
    await context.close()


async def test_a_difference_from_the_official_figures_is_listed_and_downloaded(
    window: Browser, site: SmallSite, pictures: Path
) -> None:
    ours = PAPER.numbers["suara_02"]
    figures = {**PAPER.numbers, "suara_02": ours + OFF}
    await publish_official(site.url, site.settings, replace(choose_plan([TPS]), official={TPS: figures}))
    await wait_for_quiet(site.url)
    context = await window.new_context(base_url=site.address, accept_downloads=True)
    page = await context.new_page()
    await page.goto(f"/selisih/{CONTEST}")
    await page.get_by_label("Jenis").select_option("number")
    await page.get_by_role("button", name="Saring").click()
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(1)
    cells = await rows.first.locator("td.n").all_inner_texts()
    assert cells == [str(ours), str(ours + OFF), f"+{OFF}"]
    async with page.expect_download() as waiting:
        await page.get_by_role("link", name="Unduh CSV").click()
    path = pictures / "selisih.csv"
    await (await waiting.value).save_as(path)
    await context.close()

    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["tps_kode"], row["field"], row["ours"], row["official"]) for row in found] == [
        (TPS, "suara_02", str(ours), str(ours + OFF))
    ]
