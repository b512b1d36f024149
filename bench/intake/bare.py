"""The yardstick: `python -m bench.intake.bare FOLDER`. Takes a raw body, hashes it, writes it, syncs it; nothing else.

No framework, no form, no account, no database: what no upload service can do without.
"""

import asyncio
import os
import socket
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import uvicorn
import uvloop


def keep(folder: Path, data: bytes) -> str:
    """Keep ``data`` under its hash; durable once it returns."""
    name = sha256(data).hexdigest()
    with (folder / name).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return name


class Bare:
    """An ASGI application of one endpoint."""

    def __init__(self, folder: Path) -> None:
        """Keep bodies in ``folder``."""
        self.folder = folder

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's own shapes
        """Take one body and answer with its hash."""
        assert scope["type"] == "http", "started with lifespan off"
        chunks, more = [], True
        while more:
            message = await receive()
            chunks.append(message.get("body", b""))
            more = message.get("more_body", False)
        name = await asyncio.to_thread(keep, self.folder, b"".join(chunks))
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"64")]})
        await send({"type": "http.response.body", "body": name.encode()})


async def serve(folder: Path) -> None:
    """Serve on a port that the system chooses, and print it."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    await uvicorn.Server(
        uvicorn.Config(Bare(folder), log_level="warning", lifespan="off", timeout_keep_alive=60)
    ).serve([listener])


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as `runut serve`
        runner.run(serve(Path(sys.argv[1])))
