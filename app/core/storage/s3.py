"""A store in a bucket of any S3: conditional writes; a SHA-256 checked by the store when written, by us when read.

A write carries its SHA-256 twice: as the checksum that the store compares with what arrived (and refuses what differs),
and as a word of our own beside the object, for stores that do not give the checksum back.
"""

import base64
import hashlib
from functools import partial

from botocore.exceptions import ClientError

from app.core.storage.incoming import Incoming
from app.core.storage.interface import CorruptObjectError, no_object, require_key
from app.core.storage.s3_answers import PRECONDITION_FAILED, find_sha256, find_status, is_absent, unexpected
from app.core.storage.s3_connection import S3Connection, S3Place
from app.core.storage.sealing import original_key, sha256_hex
from app.core.storage.straight import Straight


class S3Store:
    """An :class:`~app.core.storage.interface.ObjectStore` in a bucket."""

    def __init__(self, place: S3Place) -> None:
        """Use the bucket of ``place``, which must exist; nothing is asked of it yet."""
        self.connection = S3Connection(place)
        self.incoming = Incoming(self.connection)
        self.straight = Straight(self.connection)

    async def create(self, key: str, data: bytes) -> bool:
        """See :meth:`ObjectStore.create`. Of two writers of one key the store lets one win."""
        return bool(await self.connection.run(lambda: self._create(require_key(key), data, sha256_hex(data))))

    async def seal(self, data: bytes) -> str:
        """See :meth:`ObjectStore.seal`."""
        return str(await self.connection.run(partial(self._seal, data)))

    def _seal(self, data: bytes) -> str:
        sha256 = sha256_hex(data)
        self._create(original_key(sha256), data, sha256)
        return sha256

    def _create(self, key: str, data: bytes, sha256: str) -> bool:
        arguments = {
            "Key": self.connection.key(key),
            "Body": data,
            "IfNoneMatch": "*",
            "ChecksumSHA256": base64.b64encode(bytes.fromhex(sha256)).decode(),
            "Metadata": {"sha256": sha256},
            "ContentType": "application/octet-stream",  # whatever the bytes are, a browser must not render them
        }
        try:
            self.connection.call_now("put_object", arguments)
        except ClientError as error:
            # Also after a retry of our own write whose answer was lost: then it is there as well.
            if find_status(error) == PRECONDITION_FAILED:
                return False
            raise unexpected(error) from error
        return True

    async def read(self, key: str) -> bytes:
        """See :meth:`ObjectStore.read`."""
        return bytes(await self.connection.run(partial(self._read, require_key(key))))

    def _read(self, key: str) -> bytes:
        try:
            answer = self.connection.call_now(
                "get_object", {"Key": self.connection.key(key), "ChecksumMode": "ENABLED"}
            )
        except ClientError as error:
            if is_absent(error):
                raise no_object(key) from error
            raise unexpected(error) from error
        data = self.connection.read_body(answer["Body"])
        if find_sha256(answer) - {hashlib.sha256(data).hexdigest()}:
            message = f"The object {key} was changed in the store; restore it from a backup."
            raise CorruptObjectError(message)
        return data

    async def exists(self, key: str) -> bool:
        """See :meth:`ObjectStore.exists`."""
        try:
            await self.connection.call("head_object", Key=self.connection.key(require_key(key)))
        except ClientError as error:
            if is_absent(error):
                return False
            raise unexpected(error) from error
        return True

    async def check(self) -> None:
        """See :meth:`ObjectStore.check`."""
        await self.connection.run(self.check_now)

    def check_now(self) -> None:
        """Ask for one name: the cheapest call whose refusal tells a wrong bucket from wrong credentials."""
        arguments = {"Prefix": self.connection.key("original/"), "MaxKeys": 1}
        try:
            self.connection.call_now("list_objects_v2", arguments)
        except ClientError as error:
            raise unexpected(error) from error

    def close(self) -> None:
        """See :meth:`ObjectStore.close`."""
        self.connection.close()
        self.straight.close()
