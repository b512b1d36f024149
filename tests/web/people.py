"""Volunteers who do the site's ordinary work over HTTP, so that the pages have something to show."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from playwright.async_api import BrowserContext, Page

from tests.web.small_site import SmallSite, choose_plan, find_paper
from workers.demo.night import Night, Uploader, Uploads
from workers.demo.people import Habits, Papers, Tallied, Volunteer
from workers.demo.stage import CONTEST, publish_official

PAGES = (2, 3)
FAULTLESS = Habits(field_error=0.0, catch_rate=1.0)
PATIENCE = 120.0


async def upload_pages(
    site: SmallSite, name: str, stations: Sequence[str], papers: Papers, pages: Sequence[int] = PAGES
) -> None:
    """Let a volunteer upload drawn pages and wait until the machine has read them all."""
    night = Night(site.photograph, papers, Uploads(), Tallied(), lambda *_: None)
    async with Volunteer(site.address, name, FAULTLESS, 1) as person:
        await person.sign_in(site.passwords[name])
        async with asyncio.timeout(PATIENCE):
            await Uploader(person, CONTEST, night).upload_all(dict.fromkeys(stations, pages))


async def read_until_accepted(site: SmallSite, names: Sequence[str], stations: Sequence[str], papers: Papers) -> None:
    """Let volunteers read, without a mistake, until the results of ``stations`` are accepted."""
    async with AsyncExitStack() as stack, asyncio.timeout(PATIENCE):
        everybody = [*names, "pengelola"]
        people = [await stack.enter_async_context(Volunteer(site.address, name, FAULTLESS, 1)) for name in everybody]
        for person in people:
            await person.sign_in(site.passwords[person.name])
        papers.overseer = people.pop()
        while not all([await is_accepted(site, kode) for kode in stations]):
            for person in people:
                await person.read_next(papers, Tallied())
            await asyncio.sleep(0.1)


async def is_accepted(site: SmallSite, tps_kode: str) -> bool:
    """Tell whether the numbers of a TPS are accepted, as anybody may ask."""
    async with httpx.AsyncClient(base_url=site.address, timeout=30) as client:
        answer = await client.get(f"/api/v1/results/{CONTEST}/{tps_kode}")
        return bool(answer.raise_for_status().json()["result"]["state"] == "accepted")


async def publish(site: SmallSite, stations: Sequence[str]) -> None:
    """Import the plan's official figures of some TPS, with their planted differences."""
    await publish_official(site.url, site.settings, choose_plan(stations))


def list_papers(stations: Sequence[str]) -> Papers:
    """Return what volunteers see on the papers of ``stations``."""
    return Papers({kode: find_paper(kode).numbers for kode in stations})


@asynccontextmanager
async def sign_in(site: SmallSite, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """Give a program signed in as ``name``."""
    async with Volunteer(site.address, name, FAULTLESS, 1) as person:
        await person.sign_in(site.passwords[name])
        yield person.client


async def enter(context: BrowserContext, site: SmallSite, name: str) -> Page:
    """Sign in on the page, as people do, and return the page it leads to."""
    page = await context.new_page()
    await page.goto("/masuk")
    await page.get_by_label("Nama", exact=True).fill(name)
    await page.get_by_label("Kata sandi", exact=True).fill(site.passwords[name])
    await page.get_by_role("button", name="Masuk").click()
    await page.wait_for_url("**/unggah")
    return page
