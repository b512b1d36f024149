"""Pages that take for ever to draw: the document is refused at once, by name, and costs nobody else his reader."""

import asyncio
import os
import resource
import signal
from collections.abc import Iterator

import httpx
import pytest

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from tests.hostile.form import draw_form, encode
from tests.hostile.make_corpus import FAMILIES
from tests.hostile.measured import Look, look, measure, spend
from tests.hostile.pdfs import TOO_COMPLEX
from tests.hostile.specimen import READ, Specimen
from tests.http_ground import SignInAs
from workers.job import Context
from workers.look_at_pages import DrawnPage, draw_page
from workers.reader_pool import ReaderCrashedError, ReaderPool
from workers.reader_process import PAGE_LIMITS
from workers.split_document import split_document

FORM = {"tps": "3171011001001", "pemilihan": "ppwp-2024"}
CPU_SECONDS_MAX = 2.0
"""Start of a process 0.2 s, 0.95 s for the page; the rest for a machine that starts processes while it is busy."""

pytestmark = [pytest.mark.usefixtures("election"), pytest.mark.slow(20)]


@pytest.fixture(scope="module")
def readers() -> Iterator[ReaderPool]:
    with ReaderPool(1) as pool:
        yield pool


@pytest.fixture
def context(sessions: Sessions, settings: Settings, storage: LocalStore, readers: ReaderPool) -> Context:
    return Context(sessions, settings, storage, readers)


async def send(sender: httpx.AsyncClient, data: bytes) -> dict[str, int]:
    """Upload a document; the job's payload."""
    answer = await sender.post("/api/v1/photos", files={"file": ("a.pdf", data, "application/pdf")}, data=FORM)
    assert answer.status_code == 201, answer.text
    return {"photo_id": answer.json()["photo_id"]}


def read_children_cpu() -> float:
    """Processor seconds of every child process that has ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@pytest.mark.parametrize("one", [*FAMILIES["killer"]()], ids=lambda one: one.name)
async def test_a_page_that_is_drawn_for_ever_refuses_its_document_at_once(
    one: Specimen, sign_in_as: SignInAs, context: Context
) -> None:
    sari = await sign_in_as("sari")
    payload = await send(sari, one.data)
    assert await context.ocr(abs, -3) == 3
    pids, before = context.readers.pids, read_children_cpu()

    await split_document(context, payload)  # does not raise: nothing is left for the runner to count or to try again

    assert read_children_cpu() - before < CPU_SECONDS_MAX
    (photo,) = (await sari.get("/api/v1/photos/mine")).json()["photos"]
    assert (photo["state"], photo["state_code"]) == ("refused", TOO_COMPLEX)
    assert photo["state_reason"].startswith("Halaman 1 dari 1: Halaman ini terlalu rumit")
    assert "print it on paper" in photo["state_reason"].lower()
    assert context.readers.pids == pids
    seen = Look(**await context.ocr(look, draw_form().jpeg))
    assert (seen.outcome, seen.values) == (READ, draw_form().values)
    assert context.readers.pids == pids


async def test_only_a_death_that_no_limit_explains_is_left_to_be_tried_again(readers: ReaderPool) -> None:
    ends = {signal.SIGPROF: "time", signal.SIGABRT: "memory", signal.SIGSEGV: None, signal.SIGKILL: None}
    async with readers.open_document() as reader:
        for sign, spent in ends.items():
            with pytest.raises(ReaderCrashedError) as caught:
                await reader.run(signal.raise_signal, sign)
            assert caught.value.spent == spent, sign


async def test_the_limits_are_those_of_one_page_and_begin_anew_with_the_next(readers: ReaderPool) -> None:
    document = encode(draw_form().picture, "PDF")
    async with readers.open_document() as reader:
        first = await reader.run(os.getpid)
        for _ in range(3):
            await reader.run(spend, 0.6 * PAGE_LIMITS.cpu_seconds)
        drawn = await reader.run(draw_page, document, 1)
        assert isinstance(drawn, DrawnPage)
        assert await reader.run(os.getpid) == first
        with pytest.raises(ReaderCrashedError) as caught:
            await reader.run(spend, 2 * PAGE_LIMITS.cpu_seconds)
    assert caught.value.spent == "time"


async def test_a_document_works_only_in_a_place_of_the_pool_and_leaves_it_as_it_was(readers: ReaderPool) -> None:
    await readers.run(abs, -1)
    pids = readers.pids
    async with readers.open_document() as reader:
        own = await reader.run(os.getpid)
        seconds = [asyncio.create_task(one) for one in (reader.run(measure, 0.5), readers.run(measure, 0.5))]
        one, other = sorted([await task for task in seconds])
    assert one[1] <= other[0], "both worked at once in a pool of one place"
    assert own not in readers.pids
    assert readers.pids == pids
    with pytest.raises(ProcessLookupError):
        os.kill(own, 0)
