"""Senders who put a photograph straight under its sealed key: one signed request, which the store itself checks.

The address binds key, length, SHA-256, "nothing lies there yet" and a word that names the upload. Only this
installation signs, and it never signs one word for two senders: who finds the word beside the bytes knows that its
holder sent these very bytes, and that the store compared them. So nothing is copied, and nothing is read twice. All of
this rests on a store that does compare; :meth:`Straight.is_compared` tries it before the first address is given out.
"""

import asyncio
import base64
import hashlib
import secrets
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from app.core.storage.s3_answers import is_absent, unexpected, unreachable
from app.core.storage.s3_connection import CONNECT_SECONDS, READ_SECONDS, S3Connection, SignedRequest
from app.core.storage.sealing import original_key
from app.core.storage.short_read import ShortReader

log = structlog.get_logger(__name__)

_WORD = "runut-upload"
_PROBE = b"These bytes were announced.", b"These bytes were exchanged."
"""Equally long: only their hashes differ."""
_PROBE_SECONDS = 60
_REFUSALS = range(400, 500)
_SERVER_FAULT = 500


@dataclass(frozen=True)
class Seen:
    """What lies under a sealed key: its whole length, the word of the upload it came by, and its first bytes."""

    byte_count: int
    word: str | None
    """Null: it came another way, through the site or as a copy."""
    start: bytes


class Straight:
    """The sealed keys of a bucket, as senders may write them. Owned by the store whose connection it uses."""

    def __init__(self, connection: S3Connection) -> None:
        """Use a bucket's connection; nothing is asked of it yet."""
        self._connection = connection
        self._reader = ShortReader(connection)
        self._trying = asyncio.Lock()
        self._compared: bool | None = None
        """What trying said; null: not tried yet, or the store was away then."""

    async def sign(self, sha256: str, *, byte_count: int, word: str, seconds: int) -> SignedRequest:
        """Allow exactly these bytes under their sealed key, once, with ``word`` beside them."""
        bound, headers = _bind(self._connection.key(original_key(sha256)), sha256, byte_count, word)
        return SignedRequest(await self._connection.sign("put_object", bound, seconds), headers)

    async def look(self, sha256: str, length: int) -> Seen | None:
        """Return what lies there with up to ``length`` first bytes, in one call; null when nothing does."""
        return await self._look(original_key(sha256), length)

    async def _look(self, key: str, length: int) -> Seen | None:
        seen: Seen | None = await self._connection.run(partial(self._look_now, self._connection.key(key), length))
        return seen

    def _look_now(self, key: str, length: int) -> Seen | None:
        found = self._reader.read_now(key, length)
        if found is not None:
            return Seen(found.byte_count, found.words.get(f"x-amz-meta-{_WORD}"), found.start)
        return self._look_long(key, length)

    def _look_long(self, key: str, length: int) -> Seen | None:
        asked = {"Key": key, "Range": f"bytes=0-{length - 1}"}
        try:
            answer = self._connection.call_now("get_object", asked)
        except ClientError as error:
            if is_absent(error):
                return None
            raise unexpected(error) from error
        start = self._connection.read_body(answer["Body"])
        # A store that does not know spans gives everything, and no ContentRange.
        whole = str(answer.get("ContentRange") or "").rpartition("/")[2]
        return Seen(int(whole or len(start)), answer.get("Metadata", {}).get(_WORD), start)

    def close(self) -> None:
        """Let go of connections."""
        self._reader.close()

    async def is_compared(self) -> bool:
        """Tell whether the store refuses other bytes than a signed address names, and keeps its word; tried once.

        Raises:
            StoreUnavailableError: it is away; the next call tries again.
        """
        async with self._trying:
            if self._compared is None:
                self._compared = await self._try()
                if not self._compared:
                    log.warning("the object store compares no checksums of signed addresses: uploads are copied")
            return self._compared

    async def _try(self) -> bool:
        """Put other bytes by a signed address, then the right ones: of the two, only the second may be let in."""
        key, word = f"incoming/{secrets.token_hex(16)}", secrets.token_hex(8)
        announced, exchanged = _PROBE
        sha256 = hashlib.sha256(announced).hexdigest()
        bound, headers = _bind(self._connection.key(key), sha256, len(announced), word)
        put = partial(self._put_now, bound, headers)
        try:
            refused = await self._connection.run(partial(put, exchanged))
            if refused not in _REFUSALS:
                return False
            await self._connection.run(partial(put, announced))
            return await self._look(key, len(announced)) == Seen(len(announced), word, announced)
        finally:
            await self._connection.call("delete_object", Key=self._connection.key(key))

    def _put_now(self, bound: dict[str, object], headers: dict[str, str], data: bytes) -> int:
        """Send a signed request as a stranger would, over the inner address, and return the answer's status."""
        url = self._connection.sign_now(self._connection.client, "put_object", bound, _PROBE_SECONDS)
        session = URLLib3Session(proxies=get_environ_proxies(url), timeout=(CONNECT_SECONDS, READ_SECONDS))
        try:
            answer = session.send(AWSRequest("PUT", url, headers, data).prepare())
        except BotoCoreError as error:
            raise unreachable(error) from error
        finally:
            session.close()
        if answer.status_code >= _SERVER_FAULT:
            raise unreachable(ConnectionError(answer.status_code))
        return int(answer.status_code)


def _bind(name: str, sha256: str, byte_count: int, word: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what an address binds, and the headers that its holder has to send so."""
    checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
    kind = "application/octet-stream"  # whatever the bytes are, a browser must not render them
    bound = {
        "Key": name,
        "ContentLength": byte_count,
        "ChecksumSHA256": checksum,
        "IfNoneMatch": "*",
        "ContentType": kind,
        "Metadata": {"sha256": sha256, _WORD: word},
    }
    headers = {
        "x-amz-checksum-sha256": checksum,
        "if-none-match": "*",
        "content-type": kind,
        "x-amz-meta-sha256": sha256,
        f"x-amz-meta-{_WORD}": word,
    }
    return bound, headers
