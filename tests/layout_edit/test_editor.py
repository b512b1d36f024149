"""A form is added the documented way: drawn in the editor, in a real browser, then drawn, photographed and read."""

import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Dialog, Page, expect

from ocr.layout import parse_layout
from tests.layout_edit.practice import CELLS, ROWS, SIGNATURES_MM, TITLE_MM, practice_png, rules
from workers.blank_pages import open_blank_pages
from workers.layout_edit.server import EditServer, open_editor

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

ROOT = Path(__file__).resolve().parents[2]
SUMS = {"suara_sah": ("suara_01", "suara_02"), "suara_total": ("suara_sah", "suara_tidak_sah")}


@pytest.fixture
def blank(tmp_path: Path) -> Path:
    file = tmp_path / "latihan.png"
    file.write_bytes(practice_png())
    return file


@pytest.fixture
def server(blank: Path) -> Iterator[EditServer]:
    server = open_editor(blank.with_suffix(".json"), open_blank_pages(blank))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest_asyncio.fixture(loop_scope="module")
async def page(window: Browser, server: EditServer) -> AsyncIterator[Page]:
    page = await window.new_page(viewport={"width": 1280, "height": 900})
    await page.goto(server.address)
    await page.wait_for_selector("body[data-ready]")
    yield page
    await page.close()


async def drag(page: Page, tool: str, rect: tuple[float, float, float, float], slack: float = 0.0) -> None:
    """Draw a rectangle given in mm, `slack` mm larger than it is."""
    await page.click(f"#tool-{tool}")
    canvas = page.locator("#sheet")
    scale, left, top = map(float, str(await canvas.get_attribute("data-view")).split(","))
    box = await canvas.bounding_box()
    assert box
    for at, (x, y) in enumerate(((rect[0] - slack, rect[1] - slack), (rect[2] + slack, rect[3] + slack))):
        await page.mouse.move(box["x"] + left + x * scale, box["y"] + top + y * scale, steps=2)
        await (page.mouse.down() if at == 0 else page.mouse.up())


async def fill(page: Page, field: str, text: str) -> None:
    await page.fill(field, text)
    await page.press(field, "Tab")


async def test_a_form_is_described_saved_and_read(page: Page, blank: Path) -> None:
    problem = page.locator("#problem")
    await expect(problem).to_contain_text("Perlu diperbaiki")
    await page.click("#all-rules")
    for name, (top, bottom) in ROWS.items():
        await drag(page, "field", (CELLS[0], top, CELLS[-1], bottom), slack=0.8)
        await fill(page, "#field-name", name)
    await expect(problem).to_contain_text("pages.1")
    await drag(page, "title", TITLE_MM)
    await fill(page, "#title-words", "latihan simulasi")
    await expect(problem).to_contain_text("private_areas_note")
    await drag(page, "private", SIGNATURES_MM)
    for total, terms in SUMS.items():
        await page.select_option("#sum-total", total)
        await page.select_option("#sum-terms", list(terms))
        await page.click("#sum-add")
    await fill(page, "#form-name", "C.HASIL latihan")
    await fill(page, "#form-source", "Drawn for practice.")
    await expect(problem).to_have_text("Tata letak lengkap dan dapat disimpan.")
    await page.click("#save")
    await expect(problem).to_contain_text("Tersimpan")

    saved = blank.with_suffix(".json")
    layout = parse_layout(saved.read_bytes())
    assert {field.name: len(field.boxes) for field in layout.pages[1].fields} == dict.fromkeys(ROWS, 3)
    for field in layout.pages[1].fields:
        found = [box.rect for box in field.boxes]
        wanted = [(left, ROWS[field.name][0], right, ROWS[field.name][1]) for left, right in pairwise(CELLS)]
        assert found == [pytest.approx(rect, abs=0.3) for rect in wanted]
    assert len(layout.pages[1].rules) == len(rules()), "letters are no rules"
    assert {one.total: one.terms for one in layout.identities} == SUMS
    assert layout.pages[1].titles[0].words == ("LATIHAN", "SIMULASI")

    command = [sys.executable, "-m", "workers.cli", "layout", "check", str(saved), "--form", str(blank)]
    done = subprocess.run(
        [*command, "--count", "2", "--tier", "scan", "--pictures", str(blank.parent / "wrong")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 (100.0%)" in done.stdout


async def test_steps_are_undone_and_done_again(page: Page) -> None:
    hint = page.locator("#panel .hint")
    await expect(hint).to_contain_text("0 garis")
    await page.click("#all-rules")
    await expect(hint).not_to_contain_text("0 garis;")
    await page.click("#undo")
    await expect(hint).to_contain_text("0 garis")
    await page.click("#redo")
    await expect(hint).not_to_contain_text("0 garis;")


async def test_a_box_in_a_private_area_is_shown_where_it_is(page: Page) -> None:
    await page.click("#all-rules")
    await drag(page, "field", (CELLS[0], 52.0, CELLS[-1], 68.0), slack=0.8)
    await drag(page, "private", (140.0, 45.0, 190.0, 66.0))
    await drag(page, "title", TITLE_MM)
    await fill(page, "#title-words", "latihan simulasi")
    await expect(page.locator("#problem")).to_contain_text("pages.1.fields.field_1: a box lies in a private area")
    await page.click("#problem button")
    await expect(page.locator("#field-name")).to_have_value("field_1")


async def test_a_file_that_is_there_is_replaced_only_when_asked(window: Browser, blank: Path) -> None:
    target = blank.with_name("ada.json")
    shipped = (ROOT / "ocr" / "layouts" / "c1_plano_ppwp_2019.json").read_bytes()
    target.write_bytes(shipped)
    desk = open_editor(target, open_blank_pages(blank))
    thread = threading.Thread(target=desk.serve_forever, daemon=True)
    thread.start()
    try:
        page = await window.new_page()
        asked: list[str] = []

        async def refuse(dialog: Dialog) -> None:
            asked.append(dialog.message)
            await dialog.dismiss()

        page.on("dialog", refuse)
        await page.goto(desk.address)
        await page.wait_for_selector("body[data-ready]")
        await page.click("#save")
        await expect(page.locator("#problem")).to_contain_text("ada.json is there already")
        assert asked
        assert target.read_bytes() == shipped
    finally:
        desk.shutdown()
        desk.server_close()
        thread.join()
    assert json.loads(shipped)["key"] == "c1_plano_ppwp_2019"
