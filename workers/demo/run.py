"""The demonstration from beginning to end."""

import asyncio
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app.core.config import Settings
from workers.database import open_database
from workers.demo.night import Login, Night, StuckError, Uploader, Uploads, read_until_done, sign_in_all
from workers.demo.people import Habits, Papers, Tallied, Volunteer
from workers.demo.photographs import Camera
from workers.demo.places import wilayah_csv
from workers.demo.plan import Plan
from workers.demo.stage import CONTEST, VOLUNTEERS, make_logins, publish_official, run_site, set_up, wait_for_quiet
from workers.demo.summary import Summary, summarise, view_section_states

STEPS = {"upload": "photographs uploaded", "read": "photographs read by machine", "readings": "readings by people",
         "sections": "sections decided"}  # fmt: skip


class Board:
    """The progress bars. Owned by the demonstration; everybody else only tells it counts."""

    def __init__(self, console: Console) -> None:
        """Show nothing yet."""
        columns = (TextColumn("{task.description:30}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=console)
        self._bars: dict[str, TaskID] = {}

    def begin(self, totals: dict[str, int | None]) -> None:
        """Show one bar for each step."""
        for step, total in totals.items():
            self._bars[step] = self.progress.add_task(STEPS[step], total=total)

    def tell(self, step: str, count: int) -> None:
        """Move a bar."""
        self.progress.update(self._bars[step], completed=count)

    def say(self, words: str) -> None:
        """Print a line above the bars."""
        self.progress.console.print(words)


@dataclass(frozen=True)
class Ground:
    """Database and sites of a demonstration, with its accounts."""

    settings: Settings
    url: str
    addresses: Sequence[str]
    logins: Sequence[Login]

    @property
    def address(self) -> str:
        """The first site; each shows the same."""
        return self.addresses[0]


@contextmanager
def open_ground(
    settings: Settings, wilayah: str, port: int, say: Callable[[str], None], *, sites: int = 1
) -> Iterator[Ground]:
    """Start database and sites with the regions of ``wilayah`` (CSV text); all end with the block.

    A database and a bucket that ``settings`` name are used as they are. ``port`` is the first site's.
    """
    logins = make_logins()
    path = settings.home / "wilayah_demo.csv"
    path.write_text(wilayah, "utf-8")
    say("Starting the embedded database ..." if settings.database_url is None else "Preparing the given database ...")
    with open_database(settings) as url:
        say("Importing places, election and people ...")
        asyncio.run(set_up(url, settings, path, logins))
        with ExitStack() as running:
            first = running.enter_context(run_site(url, settings, port))
            more = [
                running.enter_context(run_site(url, move_in(settings, number), 0)) for number in range(2, sites + 1)
            ]
            yield Ground(settings, url, (first, *more), logins)


def move_in(settings: Settings, number: int) -> Settings:
    """Return settings with a home of another site's own, as on another machine; the signing key is the first one's."""
    home = settings.home / f"site-{number}"
    home.mkdir()
    shutil.copytree(settings.home / "keys", home / "keys")
    return settings.model_copy(update={"home": home})


@contextmanager
def open_demo(
    settings: Settings, plan: Plan, seed: int, port: int, board: Board, *, sites: int = 1
) -> Iterator["Demo"]:
    """Start database, sites and camera for ``plan`` and yield the demonstration; all end with the block."""
    camera = Camera(plan, seed)
    try:
        with open_ground(settings, wilayah_csv(), port, board.say, sites=sites) as ground:
            yield Demo(ground, plan, seed, camera, board)
    finally:
        camera.close()


@dataclass(frozen=True)
class Demo:
    """A running demonstration: what :func:`open_demo` has made."""

    ground: Ground
    plan: Plan
    seed: int
    camera: Camera
    board: Board

    async def run_night(self, habits: Habits) -> Summary:
        """Upload, read, decide, publish, compare; return what came of it."""
        started = time.monotonic()
        papers = Papers({paper.place.tps_kode: paper.numbers for paper in self.plan.papers})
        night = Night(self.camera.make, papers, Uploads(), Tallied(), self.board.tell)
        pages = self.plan.count_pages()
        self.board.begin({"upload": pages, "read": pages, "readings": None, "sections": self.plan.count_sections()})
        workers = [login for login in self.ground.logins if login.role in {"volunteer", "reviewer"}]
        admins = [login for login in self.ground.logins if login.role == "admin"]
        async with (
            sign_in_all(self.ground.addresses, admins, habits, self.seed) as (papers.overseer, *_),
            sign_in_all(self.ground.addresses, workers, habits, self.seed) as people,
        ):
            await self._work(people, night)
        await wait_for_quiet(self.ground.url)
        return await summarise(self.ground.address, self.plan, night.uploads, night.tallied, time.monotonic() - started)

    async def _work(self, people: Sequence[Volunteer], night: Night) -> None:
        stations = sorted((paper.place.tps_kode, paper.pages) for paper in self.plan.papers)
        volunteers = people[:VOLUNTEERS]
        async with asyncio.TaskGroup() as tasks, httpx.AsyncClient(base_url=self.ground.address, timeout=30) as client:
            for number, person in enumerate(volunteers):
                mine = dict(stations[number :: len(volunteers)])
                tasks.create_task(Uploader(person, CONTEST, night).upload_all(mine))
            tasks.create_task(publish_official(self.ground.url, self.ground.settings, self.plan))
            await read_until_done(people, night, lambda: self._is_decided(client, night))

    async def _is_decided(self, client: httpx.AsyncClient, night: Night) -> bool:
        # A page that is read late opens its section again, so nothing is over while a photograph or a job is waiting.
        expected = self.plan.count_sections()
        if await self._count_decided(client) < expected or night.uploads.read < self.plan.count_pages():
            return False
        await wait_for_quiet(self.ground.url)
        return await self._count_decided(client) == expected

    async def _count_decided(self, client: httpx.AsyncClient) -> int:
        answer = await client.get(f"/api/v1/tally/{CONTEST}/0")
        answer.raise_for_status()
        coverage = answer.json()["tally"]["coverage"]
        decided: int = coverage["tps_accepted"] + coverage["tps_disputed"]
        if decided == len(self.plan.papers):  # the sums know nothing of page 1's state; ask only when they are complete
            states = await view_section_states(client, self.plan)
            decided = sum(state != "waiting" for state in states)
        self.board.tell("sections", decided)
        return decided


def make_demo_home(settings: Settings, *, own_servers: bool = True) -> Settings:
    """Return settings with a new folder of the demonstration's own inside the installation's home.

    With ``own_servers`` everything lies there; otherwise the database and the bucket that the settings name are used.
    Never one without the other: photographs are numbered by the database, and two databases in one bucket would show
    each other's pictures.
    """
    home = settings.home / f"demo-{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 10**6:06d}"
    home.mkdir(parents=True)
    given = {"database_url": None, "s3_bucket": None} if own_servers else {}
    return settings.model_copy(update={"home": home, **given})


def explain_stuck(error: BaseExceptionGroup[StuckError] | StuckError, home: Path) -> str:
    """Return one sentence on why the demonstration stopped, with where to look."""
    first: BaseException = error
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    words = str(first) if isinstance(first, StuckError) else f"{type(first).__name__}: {first}"
    if isinstance(first, httpx.RequestError):
        words = f"{words} ({first.request.method} {first.request.url})"
    return f"The demonstration stopped: {words} The site's log is {home / 'site.log'}."
