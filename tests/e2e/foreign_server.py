"""A PostgreSQL that is not ours, as an operator would give it: the system's programs, TCP, a password.

Without one on the machine the programs of the wheel serve, on a socket: still a server that the service did not start.
"""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from app.core.postgres import EmbeddedPostgres, guard, prepare_database
from app.core.postgres.runner import Runner, choose_runner

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
NAME = "runut_e2e"
READY_WITHIN = 60.0


@contextmanager
def start_foreign_server(folder: Path) -> Iterator[str]:
    """Give the address of an empty database on a server of the test's own, which ends with the block or with us."""
    if not PROGRAMS:
        with EmbeddedPostgres(folder / "postgres") as embedded:
            yield asyncio.run(prepare_database(embedded.start(), NAME))
        return
    runner, programs = choose_runner(), PROGRAMS[-1].parent
    password, port = secrets.token_hex(12), _find_port()
    data = _make_cluster(folder, programs, runner, password)
    words = ["-1", "-1"] if not runner.changes else [str(runner.uid), str(runner.gid)]
    command = [str(programs / "postgres"), "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1"]
    command += ["-c", f"unix_socket_directories={folder}"]
    (folder / "log").touch()
    # The guard ends it when this process is gone, however it went.
    guarded = subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, str(os.getpid()), *words, str(folder / "log"), "", *command],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        address = f"postgresql://operator:{password}@127.0.0.1:{port}"
        asyncio.run(_wait_until_ready(f"{address}/postgres", folder / "log"))
        yield asyncio.run(prepare_database(f"{address}/postgres", NAME))
    finally:
        assert guarded.stdin is not None
        guarded.stdin.close()
        guarded.wait(30)


def _make_cluster(folder: Path, programs: Path, runner: Runner, password: str) -> Path:
    """Make a data folder whose only way in is the password: whoever lets us in with it is this server."""
    folder.chmod(0o755)
    place = folder / "cluster"
    place.mkdir()
    secret = place / "password"
    secret.write_text(password)
    for path in (place, secret):
        runner.own(path)
    words = ["--username=operator", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    subprocess.run(
        [str(programs / "initdb"), "--pgdata", str(place / "data"), *words],
        check=True,
        capture_output=True,
        cwd="/",
        user=runner.uid if runner.changes else None,
        group=runner.gid if runner.changes else None,
        extra_groups=[] if runner.changes else None,
    )
    runner.own(folder)
    return place / "data"


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


async def _wait_until_ready(address: str, log: Path) -> None:
    end = time.monotonic() + READY_WITHIN
    while True:
        try:
            connection = await asyncpg.connect(address)
        except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
            assert time.monotonic() < end, log.read_text()
            await asyncio.sleep(0.05)
        else:
            await connection.close()
            return
