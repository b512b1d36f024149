"""Published regions as fast as one process hands them out, beside nginx with one worker on the same bytes.

The same client (wrk, one thread) asks both for the same addresses over the same number of connections, in turns.
"""

import asyncio
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg
import brotli
import orjson

from app.core.postgres.databases import plain_dsn
from app.publication.shelf import pointer_key
from bench.publish.ground import CONTEST
from bench.publish.programs import Programs
from bench.publish.tree import Folder, Tree

ADDRESSES = 20_000
SHARES = {"nasional": 0.15, "provinsi": 0.15, "kabupaten_kota": 0.2, "kecamatan": 0.2, "kelurahan": 0.3}
"""What people look at: much of the top, and each his own village."""

CONNECTIONS, MORE_CONNECTIONS = 32, 320
_CONFIGURATION = """
{user}worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; open_file_cache max=100000;
  open_file_cache_valid 60s; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; default_type application/json;
    location / {{ add_header Content-Encoding br; add_header Vary accept-encoding;
                  add_header Cache-Control "public, max-age=5"; }} }}
}}"""
_SCRIPT = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local at = 0
local headers = { ["Accept-Encoding"] = "gzip, br" }
local made = {}
request = function()
  at = at %% #paths + 1
  if not made[at] then made[at] = wrk.format("GET", paths[at], headers) end
  return made[at]
end"""


@dataclass
class Reads:
    """What was measured, requests a second; ``queries``: transactions of the database during each of our runs."""

    ours: list[float] = field(default_factory=list)
    nginx: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    refused: int = 0

    @property
    def ratio(self) -> float:
        """Return the median of ours to nginx in the same turn."""
        return statistics.median(a / b for a, b in zip(self.ours, self.nginx, strict=True))


async def measure_reads(
    tree: Tree, *, home: Path, url: str, programs: Programs, folder: Path, seconds: int, rounds: int
) -> Reads:
    """Run both in turns."""
    reads, script = Reads(), folder / "mixed.lua"
    paths = _choose(tree)
    _lay_files(home / "objects", folder, paths)
    with ExitStack() as stack:
        nginx = stack.enter_context(_run_nginx(programs, folder))
        ours = stack.enter_context(_run_site(home, url))
        for port in (nginx, ours):
            _ask(programs, script, port, CONNECTIONS, 3)  # until everything has been asked for once
        for _ in range(rounds):
            reads.nginx.append(_ask(programs, script, nginx, CONNECTIONS, seconds)[0])
            for connections, taken in ((CONNECTIONS, reads.ours), (MORE_CONNECTIONS, reads.many)):
                before = await _count_transactions(url)
                rate, refused = _ask(programs, script, ours, connections, seconds)
                taken.append(rate)
                reads.refused += refused
                reads.queries.append(await _count_transactions(url) - before)
    return reads


def _choose(tree: Tree) -> Sequence[str]:
    draw = random.Random(7)
    levels = draw.choices(list(SHARES), list(SHARES.values()), k=ADDRESSES)
    return [f"/data/{CONTEST}/{draw.choice(tree.regions[level])}.json" for level in levels]


def _lay_files(objects: Path, folder: Path, paths: Sequence[str]) -> None:
    """Put the bytes that we hand out where nginx finds them under the same addresses, and write what wrk asks for."""
    files, where, www = Folder(objects), _find_places(objects), folder / "www"
    folder.mkdir()
    (folder / "paths").write_text("\n".join(paths))
    (folder / "mixed.lua").write_text(_SCRIPT % (folder / "paths"))
    (www / "data" / CONTEST).mkdir(parents=True)
    for path in set(paths):
        kode = path.rpartition("/")[2].removesuffix(".json")
        (www / path.lstrip("/")).write_bytes(files.packed(where[kode], kode))


def _find_places(objects: Path) -> Mapping[str, str]:
    files, found = Folder(objects), {}
    root = orjson.loads((objects / pointer_key(CONTEST)).read_bytes())["root"]
    waiting = [(root["kode"], root["volume"])]
    while waiting:
        kode, volume = waiting.pop()
        found[kode] = volume
        file = orjson.loads(brotli.decompress(files.packed(volume, kode)))
        waiting.extend((one["kode"], one["volume"]) for one in file.get("children", ()))
    return found


@contextmanager
def _run_nginx(programs: Programs, folder: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    user = "user root;\n" if os.geteuid() == 0 else ""
    configuration = folder / "nginx.conf"
    configuration.write_text(_CONFIGURATION.format(user=user, folder=folder, port=port))
    words = [programs.nginx, "-p", str(folder), "-c", str(configuration), "-e", str(folder / "error.log")]
    process = subprocess.Popen(words, env=programs.environment)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def _run_site(home: Path, url: str) -> Iterator[int]:
    words = [sys.executable, "-m", "bench.publish.site", str(home)]
    process = subprocess.Popen(words, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None, "it was asked for"
        port = int(process.stdout.readline())
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    message = f"Nothing answers at port {port}."
    raise SystemExit(message)


def _ask(programs: Programs, script: Path, port: int, connections: int, seconds: int) -> tuple[float, int]:
    """Return requests a second, and how many answers were no files."""
    words = [programs.wrk, "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{port}"]
    said = subprocess.run(words, env=programs.environment, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s*([0-9.]+)", said)
    wrong = re.search(r"Non-2xx or 3xx responses: ([0-9]+)", said)
    assert rate is not None, said
    return float(rate[1]), int(wrong[1]) if wrong else 0


async def _count_transactions(url: str) -> int:
    """Return how many transactions the database has seen; asked from another database, so as not to count itself."""
    await asyncio.sleep(1.5)  # the servers write their counts down once a second
    dsn = plain_dsn(url)
    name = dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(dsn, database="postgres")
    try:
        statement = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = $1"
        return int(await connection.fetchval(statement, name))
    finally:
        await connection.close()
