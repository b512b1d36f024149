"""What the benchmark stands on: a durable PostgreSQL, a running site, signed-in volunteers, and the yardstick."""

import asyncio
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from app.accounts.sign_in import hash_token
from app.core.config import PROJECT, Settings
from app.core.database import open_sessions
from app.core.postgres import EmbeddedPostgres, prepare_database
from app.core.schema import migrate
from workers.demo.places import wilayah_csv_for
from workers.demo.stage import set_up

TPS = tuple(f"317103{1001 + kelurahan}{number:03}" for kelurahan in range(10) for number in range(1, 51))
STARTED_WITHIN = 120.0
_PEOPLE = text(
    """INSERT INTO account (name, display_name, password_hash, role)
       SELECT 'bench-' || n, '', '-', 'volunteer' FROM generate_series(1, :count) n ORDER BY n RETURNING id"""
)
_SESSIONS = text(
    """INSERT INTO account_session (token_sha256, account_id, expires_at)
       SELECT t.hash, t.account, now() + interval '1 day'
       FROM unnest(CAST(:hashes AS text[]), CAST(:accounts AS bigint[])) AS t (hash, account)"""
)


@dataclass(frozen=True)
class Ground:
    """The database's address, the installation's folder, and the tokens of people who may upload."""

    url: str
    home: Path
    tokens: tuple[str, ...]


@contextmanager
def lay_ground(folder: Path, *, people: int) -> Iterator[Ground]:
    """Start a durable database with places, election and people; it ends with the block."""
    home = folder / "home"
    home.mkdir()
    with EmbeddedPostgres(folder / "postgres") as server:
        url = asyncio.run(prepare_database(server.start(), "bench"))
        asyncio.run(migrate(url))
        places = folder / "places.csv"
        places.write_text(wilayah_csv_for(TPS), "utf-8")
        asyncio.run(set_up(url, Settings(home=home), places, ()))
        yield Ground(url, home, asyncio.run(_sign_in(url, people)))


async def _sign_in(url: str, people: int) -> tuple[str, ...]:
    tokens = tuple(secrets.token_urlsafe(24) for _ in range(people))
    async with open_sessions(url) as sessions, sessions.begin() as session:
        accounts = list((await session.execute(_PEOPLE, {"count": people})).scalars())
        await session.execute(_SESSIONS, {"hashes": [hash_token(one) for one in tokens], "accounts": accounts})
    return tokens


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, and its process."""

    address: str
    pid: int


@contextmanager
def run_site(ground: Ground, name: str, given: Mapping[str, str]) -> Iterator[Server]:
    """Run a real site without workers; ``given``: settings beside its own."""
    address_file = ground.home / f"{name}.address"
    own = {"DATABASE_URL": ground.url, "RUNUT_HOME": str(ground.home)}
    own["RUNUT_UPLOADS_FIRST_DAY"] = "0"  # a few accounts send what a city would
    environment = {**os.environ, **own, **given}
    words = ["serve", "--workers", "0", "--address-file", str(address_file), "--parent", str(os.getpid())]
    with (ground.home / f"{name}.log").open("wb") as log:
        site = subprocess.Popen(
            [sys.executable, "-m", "workers.cli", *words], env=environment, stdout=log, stderr=log, cwd=PROJECT
        )
    try:
        yield Server(_wait_for(site, address_file), site.pid)
    finally:
        site.terminate()
        site.wait()


def _wait_for(site: subprocess.Popen[bytes], address_file: Path) -> str:
    end = time.monotonic() + STARTED_WITHIN
    while not address_file.exists():
        if site.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"The site did not start; see {address_file.with_suffix('.log')}.")
        time.sleep(0.05)
    return address_file.read_text()


@contextmanager
def run_bare(folder: Path) -> Iterator[Server]:
    """Run the yardstick."""
    folder.mkdir()
    bare = subprocess.Popen(
        [sys.executable, "-m", "bench.intake.bare", str(folder)], stdout=subprocess.PIPE, text=True, cwd=PROJECT
    )
    assert bare.stdout is not None
    try:
        yield Server(f"http://127.0.0.1:{bare.stdout.readline().strip()}", bare.pid)
    finally:
        bare.kill()
        bare.wait()
