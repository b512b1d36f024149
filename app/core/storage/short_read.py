"""The short way to an object's first bytes: one signed request, without the library's description of all of S3.

boto3 spends twice the processor time of all else on a read. Here its signer and its connections are used, and an answer
is taken only if it is a plain yes. Whatever else happens (refused, absent, away, a store with ways of its own) is left
to who asks again through boto3, which repeats, follows and knows the words.
"""

from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from urllib.parse import quote

import structlog
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from app.core.storage.s3_connection import CONNECT_SECONDS, CONNECTIONS, READ_SECONDS, S3Connection

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

    @cached_property
    def _bucket(self) -> str:
        """Address of the bucket as the library spells it: by host or by path, of whatever region."""
        signed = self._connection.sign_now(self._connection.client, "get_object", {"Key": _PROBE}, 1)
        return signed.partition("?")[0].removesuffix(_PROBE)

    @cached_property
    def _http(self) -> URLLib3Session:
        return URLLib3Session(
            proxies=get_environ_proxies(self._bucket),
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            max_pool_connections=CONNECTIONS,
        )

    def read_now(self, key: str, length: int) -> FirstBytes | None:
        """Return up to ``length`` first bytes under ``key`` (the bucket's); null for anything but a plain yes."""
        try:
            request = AWSRequest("GET", self._bucket + quote(key), {"Range": f"bytes=0-{length - 1}"})
            S3SigV4Auth(self._connection.credentials, "s3", self._connection.place.region).add_auth(request)
            answer = self._http.send(request.prepare())
            start = bytes(answer.content)
        except (BotoCoreError, HTTPError, OSError) as error:
            log.info("short read failed; asking again", error=str(error))
            return None
        words = {str(name).lower(): str(word) for name, word in answer.headers.items()}
        if answer.status_code == HTTPStatus.OK:  # a store that knows no spans gives everything
            return FirstBytes(start, len(start), words)
        whole = words.get("content-range", "").rpartition("/")[2]
        if answer.status_code != HTTPStatus.PARTIAL_CONTENT or not whole.isdecimal():
            return None
        return FirstBytes(start, int(whole), words)

    def close(self) -> None:
        """Let go of connections, if any were made."""
        if "_http" in vars(self):
            self._http.close()
