"""Start and stop the embedded server."""

import asyncio
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from app.core.postgres import guard
from app.core.postgres.cluster import MARK, Cluster, make_folder, make_socket_folder, open_cluster
from app.core.postgres.durability import THROW_AWAY, WATCHED, Unsafe, is_off, require_durable
from app.core.postgres.errors import OTHER_SERVER, EmbeddedPostgresError
from app.core.postgres.postmaster import READY, Postmaster, find_running, forget_dead, is_kept
from app.core.postgres.programs import Programs, readable_programs
from app.core.postgres.runner import Runner, choose_runner

SUPERUSER = "runut"
LOOK_EVERY = 0.02
READY_WITHIN = 120.0
"""Seconds; long, because recovery after a power cut may take a while."""

STOPPED_WITHIN = 30.0
LOG_BYTES_MAX = 16 * 1024 * 1024

INITDB = ("--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin",
          "--builtin-locale=C.UTF-8")  # fmt: skip
"""Whoever comes to the socket is let in: the socket's folder is closed to everybody but the server's user and root.
Texts sort by code point, the same on every machine; upper and lower case follow Unicode."""

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "jit": "off",
    # On the evening tables grow from nothing to a nation within hours: a statement planned for ten rows must not walk
    # a hundred thousand for a minute, until statistics are taken.
    "autovacuum_naptime": "10s",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
}


class EmbeddedPostgres:
    """A PostgreSQL server on a private folder and a private socket, which ends when this process ends.

    Owned by one process. A second process that starts it on the same folder is given the running server's address; it
    then lives as long as the first process does.
    """

    def __init__(self, folder: Path, options: Mapping[str, str] | None = None, *, durable: bool = True) -> None:
        """Name the folder; `options` are server settings over our own.

        `durable=False` is for data that need not survive anything: it alone allows fsync, full_page_writes and
        synchronous_commit to be off. No command, no setting and no variable of the environment leads here.
        """
        self.folder = folder
        self.durable = durable
        self.options = {**OPTIONS, **(options or {})} if durable else {**OPTIONS, **(options or {}), THROW_AWAY: "on"}
        self._guard: subprocess.Popen[bytes] | None = None
        self._found: tuple[Path, Path] | None = None
        """Data folder and socket folder of the first start; a later one has to answer at the same address."""
        self._abandoned = threading.Event()

    def start(self) -> str:
        """Start the server, or find the one that runs already; return its SQLAlchemy address once it answers.

        Raises:
            EmbeddedPostgresError: the folder is not ours, the server does not come up (the message has its words), or
                committed rows could get lost on it.
        """
        self._refuse_unsafe_options()
        address = self._start()
        if self.durable:
            try:
                with ThreadPoolExecutor(1) as thread:  # the caller may be inside a running event loop
                    thread.submit(asyncio.run, require_durable(address)).result()
            except BaseException:
                self.stop()
                raise
        return address

    def _refuse_unsafe_options(self) -> None:
        """Refuse before anything is started what the caller himself asked for."""
        unsafe = [Unsafe(name, self.options[name], "asked for by the caller") for name in WATCHED]
        if self.durable and (found := [str(one) for one in unsafe if is_off(one.value)]):
            raise EmbeddedPostgresError(
                f"The embedded server is not started in a way that may lose committed votes: {'; '.join(found)}.",
                "Leave these settings on.",
            )

    def _start(self) -> str:
        self._forget_ended_guard()
        runner = choose_runner()
        with open_cluster(self.folder, runner) as cluster:
            running = _wait_while_changing(cluster)
            if running is None:
                programs = readable_programs(runner, cluster.place)
                _make_data(cluster, programs, runner)
                self._guard = self._launch(cluster, programs, runner)
                running = _wait_until_ready(cluster, self._guard, self._abandoned)
            self._remember(cluster.data, running.sockets)
        return address_at(running.sockets)

    def _remember(self, data: Path, sockets: Path) -> None:
        if self._found is not None and self._found != (data, sockets):
            raise EmbeddedPostgresError(
                f"The database came back at another place ({sockets}, before: {self._found[1]}).", "Start Runut again."
            )
        self._found = (data, sockets)

    def runs(self) -> bool:
        """Tell whether the server of the last start, ours or another process's, still runs."""
        if self._guard is not None:
            return self._guard.poll() is None
        return self._found is not None and find_running(self._found[0]) is not None

    def abandon(self) -> None:
        """Let a start that another thread waits for fail soon; for the end of the process."""
        self._abandoned.set()

    def stop(self) -> None:
        """Stop the server, if it was started here, and wait until it is gone."""
        if self._guard is None:
            return
        if self._guard.stdin:
            self._guard.stdin.close()  # the guard takes this for our end
        self._guard.wait(STOPPED_WITHIN)
        self._guard = None

    def remove(self) -> None:
        """Stop the server and delete all it kept, wherever that lies; for databases that were made for a while.

        Raises:
            EmbeddedPostgresError: another process runs a server on the folder, or the folder is not ours.
        """
        self.stop()
        if not (self.folder / MARK).exists():
            return
        with open_cluster(self.folder, choose_runner()) as cluster:
            if running := find_running(cluster.data):
                raise EmbeddedPostgresError(
                    f"Process {running.pid} runs a server on {cluster.data}.", "Stop it, then remove the folder again."
                )
            if cluster.place != cluster.folder:
                shutil.rmtree(cluster.place)
            shutil.rmtree(cluster.folder)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _forget_ended_guard(self) -> None:
        if self._guard is not None and self._guard.poll() is not None:
            if self._guard.stdin:
                self._guard.stdin.close()
            self._guard = None

    def _launch(self, cluster: Cluster, programs: Programs, runner: Runner) -> subprocess.Popen[bytes]:
        """Start the guard, which starts the server."""
        sockets, temporary = make_socket_folder(cluster, runner, self._found[1] if self._found else None)
        if cluster.log.exists() and cluster.log.stat().st_size > LOG_BYTES_MAX:
            cluster.log.rename(cluster.log.with_suffix(".log.1"))
        options = {**self.options, "unix_socket_directories": f'"{sockets}"', "cluster_name": f"runut-{cluster.cookie}"}
        server = [str(programs.postgres), "-D", str(cluster.data)]
        server += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        who = (str(runner.uid), str(runner.gid)) if runner.changes else ("-1", "-1")
        words = [str(os.getpid()), *who, str(cluster.log), str(sockets) if temporary else "", *server]
        with cluster.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, *words],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,  # a Ctrl-C at the terminal is for us alone
            )


def address_at(sockets: Path) -> str:
    """Return the SQLAlchemy address of a server that has its socket in `sockets`."""
    return f"postgresql+asyncpg://{SUPERUSER}@/postgres?host={quote(str(sockets), safe='/')}"


def _make_data(cluster: Cluster, programs: Programs, runner: Runner) -> None:
    """Make the data folder on first use; check its release otherwise.

    initdb works under another name and the folder is renamed when it is whole: a kill in between leaves nothing that
    looks like a database.
    """
    if cluster.data.exists():
        _check_release(cluster, programs)
        forget_dead(cluster.data)
        return
    for left_behind in cluster.place.glob("data.new-*"):  # by a start that was killed; we hold the lock
        shutil.rmtree(left_behind)
    unfinished = cluster.place / f"data.new-{secrets.token_hex(4)}"
    make_folder(unfinished, 0o700)
    runner.own(unfinished)
    made = subprocess.run(
        [str(programs.initdb), "--pgdata", str(unfinished), *INITDB],
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        user=runner.uid if runner.changes else None,
        group=runner.gid if runner.changes else None,
        extra_groups=[] if runner.changes else None,
        check=False,
    )
    if made.returncode:
        raise EmbeddedPostgresError(f"PostgreSQL's initdb failed: {made.stderr.strip()}", OTHER_SERVER)
    unfinished.rename(cluster.data)


def _check_release(cluster: Cluster, programs: Programs) -> None:
    version = cluster.data / "PG_VERSION"
    if not version.is_file():
        raise EmbeddedPostgresError(
            f"{cluster.data} is no PostgreSQL data folder: PG_VERSION is missing.",
            "Restore it from a backup, or name another folder: RUNUT_HOME=/path/to/folder.",
        )
    if (found := version.read_text().strip()) != programs.major:
        raise EmbeddedPostgresError(
            f"{cluster.data} was made by PostgreSQL {found}; this Runut brings {programs.release}.",
            f"Dump it with the older one and load it into a new folder. {OTHER_SERVER}",
        )


def _wait_while_changing(cluster: Cluster) -> Postmaster | None:
    """Return the server that runs already; one that comes or goes, or whose owner was killed, is waited for."""
    end = time.monotonic() + STOPPED_WITHIN
    while running := find_running(cluster.data):
        is_late = time.monotonic() > end
        if running.status == READY and (is_kept(running.pid) or is_late):
            return running  # one that nobody keeps and that stays all the same was started by hand
        if is_late:
            raise EmbeddedPostgresError(
                f"A server on {cluster.data} (process {running.pid}) stays {running.status}.",
                f"Its words are in {cluster.log}.",
            )
        time.sleep(LOOK_EVERY)
    return None


def _wait_until_ready(cluster: Cluster, started: subprocess.Popen[bytes], abandoned: threading.Event) -> Postmaster:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and started.poll() is None and not abandoned.is_set():
        running = find_running(cluster.data)
        if running and running.status == READY:
            return running
        time.sleep(LOOK_EVERY)
    if started.stdin:
        started.stdin.close()
    started.wait(STOPPED_WITHIN)
    last = "\n    ".join(cluster.log.read_text(errors="replace").splitlines()[-8:])
    raise EmbeddedPostgresError(
        f"The database did not start. Its last words ({cluster.log}):\n    {last}\n ", OTHER_SERVER
    )
