"""One site process, served as ``serve`` does: ``python -m bench.publish.site HOME``; it prints its port."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import uvicorn
import uvloop

from app.core.config import Settings
from app.core.database import make_engine, make_sessions
from app.core.storage import LocalStore
from app.main import make_app
from workers.cli.serve import configure, spare_collector


async def serve(home: Path, url: str) -> None:
    """Serve on a port that the system chooses until the process is ended."""
    settings = Settings(home=home)
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    app = make_app(settings, make_sessions(make_engine(url)), LocalStore(settings.objects))
    spare_collector()
    print(listener.getsockname()[1], flush=True)
    await uvicorn.Server(configure(app)).serve([listener])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1]), os.environ["DATABASE_URL"]))
