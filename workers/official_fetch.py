"""Fetch what the authority publishes, politely, and import what is new of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from app.core.database import Sessions
from app.core.storage import ObjectStore, seal, sha256_hex
from app.official.fetches import Fetched, Known, find_known, note_fetch
from app.official.service import ImportReport, import_publication
from app.official.sources import Source, name_source, pack_documents
from app.pemilu.definition import Contest
from workers.polite_client import Answer, PoliteClient

TOGETHER = 500
"""Answers that are imported in one transaction: what a crash makes us ask for again."""
Told = Callable[[int], None]


@dataclass(frozen=True)
class FetchReport:
    """How many addresses were asked, how many had something new, and what importing that did."""

    asked: int
    fresh: int
    imports: tuple[ImportReport, ...]


async def fetch_official(
    sessions: Sessions,
    storage: ObjectStore,
    client: PoliteClient,
    *,
    contest: Contest,
    urls: Iterable[str],
    told: Told | None = None,
) -> FetchReport:
    """Ask every address, keep each answer whole under its hash, import what is new.

    An answer is noted in the transaction that imports it. *Crash before: it is asked for again, and its sealed bytes
    are there already.*

    Raises:
        HostNotAllowedError, FetchError, TooLargeError: at one address; what came before is imported.
        OfficialFileError: what was fetched cannot be taken; it is kept, not noted, and will be asked for again.
    """
    waiting = iter(urls)
    asked = fresh = 0
    imports: list[ImportReport] = []
    while batch := list(islice(waiting, TOGETHER)):
        answers: list[tuple[Answer, Known]] = []
        try:
            for url in batch:
                answers.append(await _ask(sessions, storage, client, url))
                asked += 1
                if told:
                    told(asked)
        finally:
            imports += await _import_answers(sessions, contest, answers)
        fresh += sum(answer.data is not None for answer, _ in answers)
    return FetchReport(asked, fresh, tuple(imports))


async def _ask(sessions: Sessions, storage: ObjectStore, client: PoliteClient, url: str) -> tuple[Answer, Known]:
    async with sessions.begin() as session:
        before = await find_known(session, url=url)
    answer = await client.fetch(url, before)
    if answer.data is None:
        assert before is not None  # only a conditional question is answered with 304
        return answer, Known(before.sha256, before.byte_count, answer.etag, answer.last_modified)
    await seal(storage, answer.data)
    known = Known(sha256_hex(answer.data), len(answer.data), answer.etag, answer.last_modified)
    return answer, known


async def _import_answers(
    sessions: Sessions, contest: Contest, answers: Sequence[tuple[Answer, Known]]
) -> list[ImportReport]:
    """Import the new answers, the documents of single TPS as one publication, and note all of them, in one piece."""
    if not answers:
        return []
    sources = _make_sources(contest, [answer for answer, _ in answers if answer.data is not None])
    async with sessions.begin() as session:
        reports = [await import_publication(session, contest=contest, source=source) for source in sources]
        for answer, known in answers:
            await note_fetch(session, Fetched(answer.url, answer.final_url, answer.status, known))
    return reports


def _make_sources(contest: Contest, answers: Sequence[Answer]) -> list[Source]:
    documents: dict[str, bytes] = {}
    sources: list[Source] = []
    for answer in answers:
        name = answer.url.split("?")[0].split("#")[0].rstrip("/").rsplit("/", 1)[-1]
        data = answer.data or b""
        if name.lower().endswith(".json"):
            documents[name] = data
        else:
            sources.append(name_source(name, data))
    if documents:
        sources.append(pack_documents(f"fetched-{contest.kode}.tar", documents))
    return sources
