"""What must stand before the night begins: a folder, a database with places and people, and the running site."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from app.accounts.service import make_account
from app.core.access import Role
from app.core.config import PROJECT, Settings
from app.core.database import Sessions, make_engine, make_sessions
from app.core.storage import open_store, seal
from app.official.service import import_publication
from app.official.sources import read_source
from app.pemilu.service import get_contest, import_pemilu
from app.tally.service import rebuild
from app.wilayah.service import import_wilayah
from workers.demo.night import Login, StuckError
from workers.demo.plan import Plan, sirekap_json
from workers.team import worker_environment

CONTEST = "ppwp-2024"
ELECTION = PROJECT / "app" / "pemilu" / "data" / "ppwp_2024.toml"
BANNER = "PERAGAAN: semua angka di sini karangan. (DEMONSTRATION: every number here is invented.)"
VOLUNTEERS, REVIEWERS = 8, 3
SITE_WITHIN = 180.0
"""Seconds; a machine that twenty programs share takes a minute to load one more. One that ends is noticed at once."""


def make_logins() -> tuple[Login, ...]:
    """Return the demonstration's accounts; their passwords are new each time."""
    names = [(f"relawan{number}", Role.VOLUNTEER) for number in range(1, VOLUNTEERS + 1)]
    names += [(f"peninjau{number}", Role.REVIEWER) for number in range(1, REVIEWERS + 1)]
    names += [("pemantau", Role.MONITOR), ("pengelola", Role.ADMIN)]
    return tuple(Login(name, f"{name}-{secrets.token_hex(3)}", role.value) for name, role in names)


def write_election(folder: Path) -> Path:
    """Write the shipped election with nameless candidates: invented votes are given to no living person."""
    source = ELECTION.read_text("utf-8")
    for contest in tomllib.loads(source)["pemilihan"]:
        for choice in contest["pilihan"]:
            source = source.replace(choice["nama"], f"Pasangan calon {choice['nomor_urut']}")
    path = folder / "ppwp_demo.toml"
    path.write_text(source, "utf-8")
    return path


async def set_up(url: str, settings: Settings, wilayah: Path, logins: Sequence[Login]) -> None:
    """Import places and election and make the accounts, each whole or not at all."""
    engine = make_engine(url)
    sessions = make_sessions(engine)
    try:
        async with sessions.begin() as session:
            await import_wilayah(session, path=wilayah, name="demo")
        async with sessions.begin() as session:
            await import_pemilu(session, path=write_election(settings.home), layouts=settings.layouts)
            await rebuild(session, contest=await get_contest(session, kode=CONTEST))
        for login in logins:
            async with sessions.begin() as session:
                role = Role(login.role)
                await make_account(session, name=login.name, password=login.password, role=role, trained=True)
    finally:
        await engine.dispose()


async def publish_official(url: str, settings: Settings, plan: Plan) -> None:
    """Let the invented authority publish: a folder of Sirekap JSON, imported as any other."""
    folder = settings.home / "sirekap"
    folder.mkdir()
    for tps_kode, numbers in plan.official.items():
        (folder / f"{tps_kode}.json").write_bytes(sirekap_json(numbers))
    source = read_source(folder)
    await seal(open_store(settings), source.data)
    engine = make_engine(url)
    try:
        async with make_sessions(engine).begin() as session:
            contest = await get_contest(session, kode=CONTEST)
            await import_publication(session, contest=contest, source=source)
    finally:
        await engine.dispose()


@contextmanager
def run_site(url: str, settings: Settings, port: int) -> Iterator[str]:
    """Run ``runut serve`` as a process of its own and yield its address; it ends with this block, or with us.

    It is a new program, not a fork: nothing that this process knows reaches it but the environment given here.
    """
    address_file = settings.home / "address"
    # Few people stand for many: what one of them may send in a day would end the night early.
    environment = {**worker_environment(url, settings), "RUNUT_BANNER": BANNER, "RUNUT_UPLOADS_FIRST_DAY": "0"}
    if "base_url" not in settings.model_fields_set:
        del environment["RUNUT_BASE_URL"]  # each site names its own
    words = ["serve", "--port", str(port), "--workers", "1", "--address-file", str(address_file)]
    words += ["--parent", str(os.getpid())]
    with (settings.home / "site.log").open("wb") as log:
        site = subprocess.Popen(
            [sys.executable, "-m", "workers.cli", *words], env=environment, stdout=log, stderr=log, cwd=PROJECT
        )
    try:
        yield _wait_for_address(site, address_file)
    finally:
        site.terminate()
        site.wait(60)


def _wait_for_address(site: subprocess.Popen[bytes], address_file: Path) -> str:
    end = time.monotonic() + SITE_WITHIN
    while not address_file.exists():
        if site.poll() is not None or time.monotonic() > end:
            message = "The site did not start."
            raise StuckError(message)
        time.sleep(0.05)
    return address_file.read_text()


async def wait_for_quiet(url: str, within: float = 120.0) -> None:
    """Wait until no job and no changed region is left.

    Raises:
        StuckError: something is still waiting after ``within`` seconds.
    """
    engine = make_engine(url)
    try:
        end = time.monotonic() + within
        while left := await _count_left(make_sessions(engine)):
            if time.monotonic() > end:
                message = f"{left} jobs or changes are still waiting after {within:.0f} s."
                raise StuckError(message)
            await asyncio.sleep(0.1)
    finally:
        await engine.dispose()


async def _count_left(sessions: Sessions) -> int:
    listed = "(SELECT count(*) FROM tps_section WHERE unsettled_since IS NOT NULL)"
    query = f"SELECT (SELECT count(*) FROM pgqueuer) + (SELECT count(*) FROM tally_change) + {listed}"  # noqa: S608
    async with sessions.begin() as session:
        return int((await session.execute(text(query))).scalar_one())
