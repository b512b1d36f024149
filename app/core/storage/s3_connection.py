"""One bucket behind an S3 interface: the connection, its limits in time, and what its answers mean to us."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError
from urllib3.exceptions import HTTPError

from app.core.storage.s3_answers import refused, translate, unreachable

CONNECTIONS = 32
"""Calls to the store at once, each in a thread of its own; more wait."""

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 20, 3
"""A call ends within about a minute whatever the network does: a sender is told to try again, a job is put back."""


_making = threading.Lock()
"""A session is not to be used by two threads at once; the clients it makes are."""


@cache
def _session() -> boto3.session.Session:
    """Return the process's session: it has read the description of S3, which takes longer than all else."""
    return boto3.session.Session()


@dataclass(frozen=True)
class SignedRequest:
    """A request that whoever holds it may send until it expires, exactly so."""

    url: str = field(repr=False)
    headers: dict[str, str]
    method: str = "PUT"


@dataclass(frozen=True)
class S3Place:
    """Where a bucket is and how it is entered. Secrets stay out of ``repr`` and so out of logs and tracebacks."""

    bucket: str
    endpoint: str | None = None
    """``http(s)://host[:port]``; null: Amazon's own for the region."""
    public_endpoint: str | None = None
    """The same store as senders reach it, for presigned addresses; null: ``endpoint``."""
    region: str = "us-east-1"
    prefix: str = ""
    """Put before every key, e.g. ``pemilu-2024/``."""
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    """Both null: the environment, files or machine role where boto3 looks."""


def make_client(place: S3Place, endpoint: str | None) -> Any:  # noqa: ANN401 (boto3 has no types)
    """Return a client of the store; it may be used by many threads."""
    config = Config(
        signature_version="s3v4",
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        max_pool_connections=CONNECTIONS,
        tcp_keepalive=True,
        s3={"addressing_style": "path" if endpoint else "auto"},
        # We name SHA-256 ourselves wherever bytes are written; the library's own CRC would be a second one beside it.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    with _making:
        return _session().client(
            "s3",
            endpoint_url=endpoint,
            region_name=place.region,
            aws_access_key_id=place.access_key,
            aws_secret_access_key=place.secret_key,
            config=config,
        )


class S3Connection:
    """A bucket and the threads that speak to it. Owned by the store that made it."""

    def __init__(self, place: S3Place) -> None:
        """Connect to nothing yet."""
        self.place = place
        self.client = make_client(place, place.endpoint)
        outside = place.public_endpoint
        self._signer = self.client if outside is None else make_client(place, outside)
        # Threads of our own: the loop's few are for files and hashes and must not wait for a slow network.
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="s3")

    @cached_property
    def credentials(self) -> Any:  # noqa: ANN401 (boto3 has no types)
        """What requests are signed with. Those of a machine role fetch themselves anew when used: in a thread."""
        place = self.place
        if place.access_key is not None:
            return Credentials(place.access_key, place.secret_key)
        with _making:
            found = _session().get_credentials()
        if found is None:
            raise NoCredentialsError
        return found

    def key(self, key: str) -> str:
        """Return the key as the bucket knows it."""
        return self.place.prefix + key

    async def call(self, operation: str, **arguments: object) -> Any:  # noqa: ANN401 (boto3 has no types)
        """Do one operation of the S3 interface on the bucket, in a thread.

        Raises:
            ClientError: the store's answer is no, for the caller to read.
            StoreUnavailableError: there was no answer, or a faulty one.
            StoreRefusedError: the bucket or the credentials are wrong.
        """
        return await self.run(partial(self.call_now, operation, arguments))

    async def run(self, step: Callable[[], Any]) -> Any:  # noqa: ANN401 (gives what the step gives)
        """Run a step that may wait for the network in one of our threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, step)

    async def sign(self, operation: str, bound: Mapping[str, object], seconds: int) -> str:
        """Return an address, as senders reach the store, that allows ``operation`` with what is ``bound``."""
        # In a thread though no network is asked: credentials of a machine role may be fetched now.
        return str(await self.run(partial(self.sign_now, self._signer, operation, bound, seconds)))

    def sign_now(self, signer: Any, operation: str, bound: Mapping[str, object], seconds: int) -> str:  # noqa: ANN401
        """Sign by a client, here and now; see :meth:`call` for errors."""
        parameters = {"Bucket": self.place.bucket, **bound}
        with self._translating():
            return str(signer.generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds))

    def call_now(self, operation: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401 (boto3 has no types)
        """Do one operation here and now; see :meth:`call`."""
        with self._translating():
            return getattr(self.client, operation)(Bucket=self.place.bucket, **arguments)

    def list_now(self, operation: str, part: str, arguments: Mapping[str, object], limit: int) -> list[dict[str, Any]]:
        """Return up to ``limit`` entries of a listing, here and now; see :meth:`call` for errors."""
        pages = self.client.get_paginator(operation)
        with self._translating():
            listed = pages.paginate(Bucket=self.place.bucket, PaginationConfig={"MaxItems": limit}, **arguments)
            return [entry for page in listed for entry in page.get(part, [])]

    @contextmanager
    def _translating(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            raise translate(error, self.place.bucket) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise refused(self.place.bucket, str(error)) from error
        except (BotoCoreError, HTTPError, OSError) as error:
            raise unreachable(error) from error

    def read_body(self, body: Any) -> bytes:  # noqa: ANN401 (boto3 has no types)
        """Return the bytes of an answer's body, read to its end; see :meth:`call` for errors."""
        with self._translating(), body:
            return bytes(body.read())

    def close(self) -> None:
        """Let go of threads and connections."""
        self._threads.shutdown()
        self._signer.close()
        self.client.close()
