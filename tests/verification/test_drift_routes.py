"""What monitors and reviewers see of the machine against blind readers, as numbers, as a page, as metrics."""

import re

import httpx
import pytest
from prometheus_client.metrics_core import Metric
from sqlalchemy import text

from app.core.access import Role
from app.core.database import Sessions
from app.web.figures import SLOW, make_families
from tests.http_ground import SignInAs, address, app, client, sign_in_as, storage
from tests.verification.readings import TRUTH
from tests.verification.test_drift import accept, read_blind
from tests.verification.world import make_world, tps

__all__ = ["address", "app", "client", "sign_in_as", "storage"]

API = "/api/v1/drift/ppwp-2024"
PAGE = "/mesin/ppwp-2024"


@pytest.fixture
async def decided(sessions: Sessions) -> None:
    """Two sections: on one the machine was sure of another number than three people read; one more is undecided."""
    async with sessions.begin() as session:
        world = await make_world(session)
        people = [await world.person() for _ in range(3)]
        await accept(world, await read_blind(world, tps(1)), people)
        await accept(world, await read_blind(world, tps(2), {**TRUTH, "suara_02": 279}), people)
        await read_blind(world, tps(3), {**TRUTH, "suara_03": 38})


async def test_counts_with_exact_intervals(sign_in_as: SignInAs, decided: None) -> None:
    answer = (await (await sign_in_as("mona", Role.MONITOR)).get(API)).raise_for_status().json()
    whole = next(one for one in answer["counts"] if one["by"] == "all")
    assert whole["sure_wrong"] == {
        "count": 1, "of": 12, "low": pytest.approx(0.0021, abs=1e-4), "high": pytest.approx(0.3848, abs=1e-4)
    }  # fmt: skip
    assert answer["confusions"] == [{"machine": "9", "decided": "4", "count": 1}]
    assert answer["boxes"] == 36


async def test_the_page_shows_where_it_stands(sign_in_as: SignInAs, decided: None) -> None:
    browser = await sign_in_as("rina", Role.REVIEWER)
    page = (await browser.get(PAGE)).raise_for_status().text
    wrong = re.findall(r'<tr class="differs">.*?<td class="whole">(.*?)</td>', page, re.DOTALL)
    named = [re.sub(r"<[^>]+>|\s+", " ", one).split() for one in wrong]
    assert ["angka", "No.", "2"] in named
    assert ["bagian", "pilihan"] in named
    assert ["angka", "No.", "3"] not in named, "nothing undecided"
    assert page.count("<circle") == sum(words[0] != "angka" for words in named)
    assert f'href="{PAGE}"' in (await browser.get("/selisih/ppwp-2024")).text
    assert "Machine and readers" in (await browser.get(f"{PAGE}?bahasa=en")).text


async def test_an_empty_page_says_so(sign_in_as: SignInAs, sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await make_world(session)
    page = (await (await sign_in_as("mona", Role.MONITOR)).get(PAGE)).raise_for_status().text
    assert "Belum ada yang dapat dibandingkan." in page


@pytest.mark.parametrize("path", [API, PAGE])
async def test_who_may_see_it(sign_in_as: SignInAs, client: httpx.AsyncClient, decided: None, path: str) -> None:
    assert (await client.get(path)).status_code == 401
    assert (await (await sign_in_as("sari")).get(path)).status_code == 403


async def test_nothing_before_voting_has_ended(sign_in_as: SignInAs, sessions: Sessions, decided: None) -> None:
    async with sessions.begin() as session:
        later = """UPDATE pemilihan SET definisi = definisi || '{"publish_not_before": "2999-01-01T00:00:00Z"}'"""
        await session.execute(text(later))
    assert (await (await sign_in_as("mona", Role.MONITOR)).get(API)).status_code == 409


async def test_metrics_say_the_same(sessions: Sessions, decided: None) -> None:
    question = next(one for one in SLOW if one.metrics[0][0] == "runut_machine_fields")
    async with sessions.begin() as session:
        families = make_families(question, (await session.execute(text(question.statement))).all())
    assert {family.name: _only_value(family) for family in families} == {
        "runut_machine_fields": 12,
        "runut_machine_told": 12,
        "runut_machine_sure": 12,
        "runut_machine_differing": 1,
        "runut_machine_wrong": 1,
        "runut_machine_sure_wrong": 1,
    }


def _only_value(family: Metric) -> float:
    (sample,) = family.samples
    assert sample.labels == {"pemilihan": "ppwp-2024", "section": "suara"}
    return float(sample.value)
