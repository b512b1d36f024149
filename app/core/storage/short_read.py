"""The short way to an object's first bytes: one signed request, without the library's description of all of S3.

boto3 spends four times the processor time of all else on a read. Here its signer is used on connections that stay open,
and an answer is taken only if it is a plain yes. Whatever else happens (refused, absent, away, a store with ways of its
own) is left to who asks again through boto3, which repeats, follows and knows the words.
"""

import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from queue import Empty, LifoQueue
from urllib.parse import quote, urlsplit

import structlog
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from app.core.storage.s3_connection import READ_SECONDS, S3Connection

log = structlog.get_logger(__name__)

_PROBE = "x"


@dataclass(frozen=True)
class FirstBytes:
    """The first bytes of an object, its whole length, and the words beside it by their names in lower case."""

    start: bytes
    byte_count: int
    words: dict[str, str]


class ShortReader:
    """Reads first bytes of a bucket's objects. Owned by the store whose connection it uses; for its threads."""

    def __init__(self, connection: S3Connection) -> None:
        """Use a bucket's connection; nothing is asked of it yet."""
        self._connection = connection
        self._free = LifoQueue[HTTPConnection]()
        """Connections that nobody uses at the moment; whoever takes one out owns it until it is put back."""

    @cached_property
    def _bucket(self) -> str:
        """Address of the bucket as the library spells it: by host or by path, of whatever region."""
        signed = self._connection.sign_now(self._connection.client, "get_object", {"Key": _PROBE}, 1)
        return signed.partition("?")[0].removesuffix(_PROBE)

    @cached_property
    def _is_direct(self) -> bool:
        """Whether no proxy stands between; boto3 knows how to speak through one."""
        return not get_environ_proxies(self._bucket)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=get_cert_path(verify=True))

    def read_now(self, key: str, length: int) -> FirstBytes | None:
        """Return up to ``length`` first bytes under ``key`` (the bucket's); null for anything but a plain yes."""
        if not self._is_direct:
            return None
        try:
            request = AWSRequest("GET", self._bucket + quote(key), {"Range": f"bytes=0-{length - 1}"})
            S3SigV4Auth(self._connection.credentials, "s3", self._connection.place.region).add_auth(request)
            return self._ask(urlsplit(request.url).path, dict(request.headers))
        except (BotoCoreError, HTTPException, OSError) as error:
            log.info("short read failed; asking again", error=repr(error))
            return None

    def _ask(self, path: str, headers: dict[str, str]) -> FirstBytes | None:
        connection = self._take()
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            start = answer.read()  # raises when fewer bytes come than were announced
        except BaseException:
            connection.close()
            raise
        self._free.put(connection)  # one that the store closes opens itself anew
        words = {name.lower(): word for name, word in answer.getheaders()}
        if answer.status == HTTPStatus.OK:  # a store that knows no spans gives everything
            return FirstBytes(start, len(start), words)
        whole = words.get("content-range", "").rpartition("/")[2]
        if answer.status != HTTPStatus.PARTIAL_CONTENT or not whole.isdecimal():
            return None
        return FirstBytes(start, int(whole), words)

    def _take(self) -> HTTPConnection:
        with suppress(Empty):
            return self._free.get_nowait()
        where = urlsplit(self._bucket)
        if where.scheme == "https":
            return HTTPSConnection(where.netloc, timeout=READ_SECONDS, context=self._trust)
        return HTTPConnection(where.netloc, timeout=READ_SECONDS)

    def close(self) -> None:
        """Let go of connections."""
        with suppress(Empty):
            while True:
                self._free.get_nowait().close()
