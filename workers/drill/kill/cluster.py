"""The drill's own PostgreSQL: durable, killed at will, and started again as a supervisor would."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import structlog

from app.core.postgres import EmbeddedPostgres, EmbeddedPostgresError, prepare_database
from app.core.postgres.postmaster import find_running
from workers.drill.kill.processes import list_children, read_command_line

NAME = "runut"
LOOK_EVERY = 0.1
TRIES = 60
OPTIONS = {"max_connections": "150", "recovery_init_sync_method": "syncfs"}
"""Durable in every respect. syncfs asks the kernel once for what recovery would ask of each file: only faster."""

log = structlog.get_logger(__name__)


class KeptPostgres:
    """An embedded server that is started again whenever its postmaster is gone."""

    def __init__(self, folder: Path, options: Mapping[str, str] = OPTIONS, *, durable: bool = True) -> None:
        """Name the folder. ``durable=False`` is for the negative control alone."""
        self.folder, self.starts = folder, 0
        self._options, self._durable = options, durable
        self._server: EmbeddedPostgres | None = None

    def start(self) -> str:
        """Start the server and return the address of the drill's database."""
        self.starts += 1
        self._server = EmbeddedPostgres(self.folder, self._options, durable=self._durable)
        return self._server.start()

    async def open_database(self) -> str:
        """Start the server, make the drill's database if it is not there, and return its address."""
        return await prepare_database(await asyncio.to_thread(self.start), NAME)

    def find_postmaster(self) -> int | None:
        """Return the postmaster's process; null while none runs."""
        running = find_running(self.folder / "data")
        return None if running is None else running.pid

    def find_backends(self) -> list[int]:
        """Return the processes that serve a client of ours."""
        postmaster = self.find_postmaster()
        children = [] if postmaster is None else list_children(postmaster)
        return [pid for pid in children if f" {NAME} {NAME} " in read_command_line(pid)]

    async def keep(self) -> None:
        """Start the server again whenever it is gone; until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if self.find_postmaster() is None:
                await asyncio.to_thread(self._start_again)

    def _start_again(self) -> None:
        # Children of a killed postmaster hold its shared memory for a moment, and the next kill may come before the
        # start has ended: a supervisor tries again.
        for _ in range(TRIES):
            try:
                self.start()
            except (EmbeddedPostgresError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.info("the database does not start yet", why=str(error).partition("\n")[0])
            else:
                return

    def stop(self) -> None:
        """Stop the server in order."""
        if self._server is not None:
            self._server.stop()
