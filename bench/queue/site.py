"""One API process of the benchmark: `python -m bench.queue.site HOME` with DATABASE_URL; it prints its port."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import uvicorn

from app.core.config import Settings
from app.core.database import make_engine, make_sessions
from app.core.storage import LocalStore
from app.main import make_app

POOL = 20


async def serve(home: Path, url: str) -> None:
    """Serve on a port that the system chooses until the process is ended."""
    settings = Settings(home=home)
    listener = socket.create_server(("127.0.0.1", 0))
    app = make_app(settings, make_sessions(make_engine(url, pool_size=POOL)), LocalStore(settings.objects))
    print(listener.getsockname()[1], flush=True)
    await uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", timeout_keep_alive=60)).serve(
        [listener]
    )


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), os.environ["DATABASE_URL"]))
