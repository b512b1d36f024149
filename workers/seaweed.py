"""A real S3 store of our own, for tests, drills and benchmarks: SeaweedFS in a folder, gone with whoever asked.

Run as a program (``python -m workers.seaweed PARENT COMMAND...``) it becomes the server after asking the kernel to be
killed with its parent. The server is ended by SIGKILL: its orderly end takes many seconds and keeps nothing more.
"""

import contextlib
import ctypes
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from app.core.config import PROJECT
from app.core.errors import RunutError
from app.core.storage import S3Place
from app.core.storage.s3_answers import find_code
from app.core.storage.s3_connection import make_client

PR_SET_PDEATHSIG = 1
BUCKET = "runut"
START_SECONDS = 40
TRIES = 3
"""A port that the system gave us may be taken before the server listens; then others are tried."""

PORTS = tuple(f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc"))
_SOCKETS = Path("/tmp")  # noqa: S108 (where the server itself puts its sockets, named by port; no option moves them)


class SeaweedError(RunutError):
    """The object store for tests does not start."""

    code = "seaweed"


@dataclass
class Seaweed:
    """One server: where it is, how it is entered, and its process, which the maker of this owns."""

    folder: Path
    program: str
    access_key: str = field(default_factory=lambda: secrets.token_hex(8))
    secret_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    """Made for this start: whoever accepts them is the server we started, not another on a port we meant to have."""
    bucket: str = BUCKET
    ports: dict[str, int] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def endpoint(self) -> str:
        """Address of the S3 interface."""
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    @property
    def place(self) -> S3Place:
        """The bucket as a store of ours takes it."""
        return S3Place(
            bucket=self.bucket, endpoint=self.endpoint, access_key=self.access_key, secret_key=self.secret_key
        )

    @property
    def environment(self) -> dict[str, str]:
        """Settings that make Runut use the bucket."""
        return {
            "RUNUT_S3_BUCKET": self.bucket,
            "RUNUT_S3_ENDPOINT": self.endpoint,
            "RUNUT_S3_ACCESS_KEY": self.access_key,
            "RUNUT_S3_SECRET_KEY": self.secret_key,
        }

    def start(self) -> None:
        """Start the server, on the ports it had before if it ran before, and wait until its bucket takes a write.

        From the process's main thread: when the thread that starts it ends, the kernel takes that for our end.

        Raises:
            SeaweedError: it did not come up; the end of its log is in the message.
        """
        tries = 1 if self.ports else TRIES
        for _ in range(tries):
            self.ports = self.ports or _find_ports()
            self._launch()
            if self._comes_up():
                return
            self.stop()
            if tries > 1:
                self.ports = {}
        log = (self.folder / "seaweed.log").read_text("utf-8", "replace")[-2000:]
        raise SeaweedError(f"SeaweedFS did not start in {self.folder}.", f"Its last words:\n{log}")

    def _launch(self) -> None:
        identity = {"name": "runut", "credentials": [{"accessKey": self.access_key, "secretKey": self.secret_key}]}
        config = self.folder / "s3.json"
        config.touch(mode=0o600)
        config.write_text(json.dumps({"identities": [identity | {"actions": ["Admin", "Read", "Write", "List"]}]}))
        wrapper = [sys.executable, "-m", "workers.seaweed", str(os.getpid())]
        with (self.folder / "seaweed.log").open("wb") as log:
            self.process = subprocess.Popen(
                [*wrapper, self.program, *_words(self.folder, config, self.ports)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=PROJECT,
                start_new_session=True,  # Ctrl-C is for us, who stop it
            )

    def _comes_up(self) -> bool:
        assert self.process is not None, "just launched"
        client = make_client(self.place, self.endpoint)
        deadline = time.monotonic() + START_SECONDS
        try:
            while self.process.poll() is None and time.monotonic() < deadline:
                with contextlib.suppress(BotoCoreError, ClientError):
                    _write_something(client)
                    return True
                time.sleep(0.05)
        finally:
            client.close()
        return False

    def stop(self) -> None:
        """End the server at once; what it has acknowledged stays in its folder. It may be started again."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None
        for port in self.ports.values():
            for stale in _SOCKETS.glob(f"seaweedfs-*-{port}.sock"):
                with contextlib.suppress(OSError):
                    stale.unlink()


@contextmanager
def start_seaweed(folder: Path) -> Iterator[Seaweed]:
    """Give a running server that keeps everything in ``folder``, for as long as the block lasts.

    Raises:
        SeaweedError: it is not installed, or did not come up.
    """
    seaweed = Seaweed(folder, find_weed())
    folder.mkdir(parents=True, exist_ok=True)
    try:
        seaweed.start()
        yield seaweed
    finally:
        seaweed.stop()


def find_weed() -> str:
    """Return SeaweedFS's program, beside our Python or on the path.

    Raises:
        SeaweedError: there is none.
    """
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise SeaweedError("SeaweedFS (weed) is not installed.", "It comes with the packages for tests: ./runut test")
    return found


def _write_something(client: Any) -> None:  # noqa: ANN401 (boto3 has no types)
    """Make the bucket and write into it: only then volume servers have room, and only our own server lets us."""
    try:
        client.create_bucket(Bucket=BUCKET)
    except ClientError as error:
        if not find_code(error).startswith("BucketAlready"):  # there since an earlier start
            raise
    client.put_object(Bucket=BUCKET, Key="ready", Body=b"yes")


def _find_ports() -> dict[str, int]:
    """Return free ports by the server's own names; all held at once, so that they differ."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in PORTS]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {name: one.getsockname()[1] for name, one in zip(PORTS, sockets, strict=True)}


def _words(folder: Path, config: Path, ports: dict[str, int]) -> list[str]:
    """Return the command's words. Every port is named: those left out are fixed ones or another one plus 10000."""
    return [
        "-logtostderr=true",
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.telemetry=false",
        "-master.electionTimeout=1s",
        "-master.heartbeatInterval=100ms",
        "-master.volumeSizeLimitMB=1024",
        "-volume.max=100",
        "-filer",
        f"-filer.localSocket={folder / 'f.sock'}",
        "-s3",
        f"-s3.config={config}",
        f"-s3.localSocket={folder / 's.sock'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.autoCreateBucket=false",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]


def become_server(parent: int, command: list[str]) -> None:
    """Turn this process into the server, which the kernel kills when ``parent`` ends."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 (the signal stays asked for)


if __name__ == "__main__":
    become_server(int(sys.argv[1]), sys.argv[2:])
