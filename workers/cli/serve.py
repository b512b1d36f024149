"""`./runut serve`: database, site and workers in one command, until Ctrl-C."""

import asyncio
import gc
import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
import uvloop
from fastapi import FastAPI

from app.core.config import Settings, get_settings
from app.core.database import make_engine, make_sessions
from app.core.errors import ConflictError
from app.core.postgres import supervision
from app.core.storage import open_store
from app.main import make_app
from app.transparency.key_record import agree_on_key
from workers.database import Database, open_server
from workers.quick_answers import QuickAnswers
from workers.team import WorkerTeam

LOOK_EVERY = 0.5
OBJECTS_BETWEEN_SEARCHES = 10_000
"""New objects that no search of Python's collector has seen; its own measure is 700."""

ANSWERS_END_WITHIN = 8
"""Seconds that requests which have begun may still take once the site is told to stop."""

KEPT_ALIVE = 130
"""Seconds that an unused connection stays open: longer than proxies and programs keep theirs (Caddy: 120). The one who
asks must be the one who closes: a question on its way into a connection that closes is lost, and where it changes
something nobody may simply ask again. A busy site closes before it looks whether one has come."""

app = typer.Typer()


@app.command()
def serve(
    *,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 lets the system choose a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on. Put a proxy with HTTPS before it.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=0, help="Worker processes; 0 serves the site only.")] = 1,
    address_file: Annotated[
        Path | None, typer.Option(help="Write the site's address here once it answers, for programs that start this.")
    ] = None,
    parent: Annotated[
        int | None, typer.Option(metavar="PID", help="Stop when this process, which started us, is gone.")
    ] = None,
) -> None:
    """Start the database, the site and the workers; prints the address. Ctrl-C stops everything in order.

    The database is the one that DATABASE_URL names, else one under RUNUT_HOME that needs no installation.
    """
    settings = get_settings()
    listener = listen(host, port)
    if "base_url" not in settings.model_fields_set:
        settings = settings.model_copy(update={"base_url": address_of(listener)})
    site = Site(settings, listener, address_file, parent)
    signal.signal(signal.SIGTERM, leave)
    with open_server(settings) as database:
        team = WorkerTeam(workers, database.url, settings)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(run_site(site, database, team))
        finally:
            team.stop()


@dataclass(frozen=True)
class Site:
    """What one start of the site was asked for."""

    settings: Settings
    listener: socket.socket
    address_file: Path | None
    parent: int | None


def leave(*_: object) -> None:
    """End with everything stopped in order, when told to before the site serves."""
    raise typer.Exit


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`.

    Raises:
        ConflictError: the port is taken, or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConflictError(f"{host} port {port} cannot be used: {error.strerror}.", "Try --port 0.") from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address to type into a browser."""
    host, port = listener.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


async def run_site(site: Site, database: Database, team: WorkerTeam) -> None:
    """Serve until a signal comes, until the parent is gone, or until the database cannot be brought back.

    Raises:
        EmbeddedPostgresError: the embedded server ended and does not start again.
        OtherKeyError: the other sites of the database sign receipts with another key.
    """
    for sign in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises the signal again when it has stopped; we go on then
        signal.signal(sign, lambda *_: None)
    engine = make_engine(database.url, pool_size=20)
    sessions = make_sessions(engine)
    asgi = make_app(site.settings, sessions, open_store(site.settings))
    asgi.state.worker_metrics = team.metrics
    asgi.state.processes = lambda: {"site": os.getpid(), **team.processes()}
    spare_collector()
    server = uvicorn.Server(configure(asgi))
    watchers = [
        asyncio.create_task(team.keep_running()),
        asyncio.create_task(announce(server, site)),
        asyncio.create_task(stop_with(server, site.parent)),
        asyncio.create_task(stop_together(server, team)),
    ]
    database_watch = asyncio.create_task(watch_database(server, database))
    try:
        async with sessions.begin() as session:
            await agree_on_key(session, signer=asgi.state.signer)
        await server.serve(sockets=[site.listener])
    finally:
        if database.server is not None:
            database.server.abandon()
        for watcher in (*watchers, database_watch):
            watcher.cancel()
        await asyncio.gather(*watchers, database_watch, return_exceptions=True)
        await engine.dispose()
    if not database_watch.cancelled():
        database_watch.result()


def configure(asgi: FastAPI) -> uvicorn.Config:
    """Return how the site is served."""
    return uvicorn.Config(
        asgi,
        http=QuickAnswers,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=ANSWERS_END_WITHIN,
        timeout_keep_alive=KEPT_ALIVE,
    )


def spare_collector() -> None:
    """Keep what was loaded, which lives as long as we do, out of Python's search for dead cycles; search less often.

    A request makes thousands of short-lived objects and hardly a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES, *gc.get_threshold()[1:])


async def watch_database(server: uvicorn.Server, database: Database) -> None:
    """Keep the embedded server running; stop the site when that fails, for it would answer 503 for ever."""
    if database.server is None:
        return
    try:
        await supervision.keep_running(database.server)
    finally:
        server.should_exit = True


async def stop_together(server: uvicorn.Server, team: WorkerTeam) -> None:
    """Let the workers finish while the site does: both have to end within the patience of whoever stops us."""
    while not server.should_exit:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(LOOK_EVERY / 5)
    team.ask_to_stop()


async def announce(server: uvicorn.Server, site: Site) -> None:
    """Say where the site is, once it answers."""
    address = address_of(site.listener)
    while not server.started:  # noqa: ASYNC110 (uvicorn has no event for it)
        await asyncio.sleep(0.02)
    typer.echo(f"Runut: {address}   (Ctrl-C stops it)")
    if site.address_file is not None:
        unfinished = site.address_file.with_name(site.address_file.name + ".new")
        unfinished.write_text(address)
        unfinished.replace(site.address_file)


async def stop_with(server: uvicorn.Server, parent: int | None) -> None:
    """Stop the site when `parent` is no longer our parent."""
    while parent is None or os.getppid() == parent:  # noqa: ASYNC110 (the kernel tells of it no other way)
        await asyncio.sleep(LOOK_EVERY)
    server.should_exit = True
