"""Where senders write straight into the bucket: a place beside the sealed originals, entered by signed addresses.

Everything here lies under ``incoming/`` until it is checked. A signed address allows one thing only: these many bytes,
with this SHA-256, under this key; the store refuses whatever differs. Parts are signed by length only, so what was put
together from parts is never trusted without being read.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from app.core.storage.interface import require_key
from app.core.storage.s3_answers import PRECONDITION_FAILED, find_checksum, find_status, is_absent, unexpected
from app.core.storage.s3_connection import S3Connection, SignedRequest
from app.core.storage.sealing import original_key

PREFIX = "incoming/"
PART_BYTES_MIN = 5 * 1024 * 1024
"""S3's own rule: every part but the last has at least this many bytes."""

LISTED_MAX = 20_000
"""Incoming objects looked at in one sweep; what lies behind them waits for the next."""


@dataclass(frozen=True)
class Arrived:
    """What lies under an incoming key. ``sha256`` is null when the store has not itself compared it."""

    byte_count: int
    sha256: str | None
    version: str
    """The store's entity tag: other bytes have another one."""


class Incoming:
    """The part of a bucket that senders write into. Owned by the store whose connection it uses."""

    def __init__(self, connection: S3Connection) -> None:
        """Use a bucket's connection; nothing is asked of it yet."""
        self._connection = connection

    def _name(self, key: str) -> str:
        return self._connection.key(require_key(key))

    async def sign_whole(self, key: str, *, byte_count: int, sha256: str, seconds: int) -> SignedRequest:
        """Allow one object of exactly these bytes to be put under ``key``, again and again."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        bound = {"Key": self._name(key), "ContentLength": byte_count, "ChecksumSHA256": checksum}
        url = await self._connection.sign("put_object", bound, seconds)
        return SignedRequest(url, {"x-amz-checksum-sha256": checksum})

    async def sign_part(self, key: str, multipart: str, *, number: int, byte_count: int, seconds: int) -> SignedRequest:
        """Allow part ``number`` (from 1) of this length to be put."""
        bound = {"Key": self._name(key), "UploadId": multipart, "PartNumber": number, "ContentLength": byte_count}
        return SignedRequest(await self._connection.sign("upload_part", bound, seconds), {})

    async def begin_parts(self, key: str) -> str:
        """Begin an object made of parts and return the store's name for it."""
        answer = await self._call("create_multipart_upload", Key=self._name(key))
        return str(answer["UploadId"])

    async def list_parts(self, key: str, multipart: str) -> dict[int, tuple[int, str]]:
        """Return number, length and tag of the parts that are there; none when the parts were joined or dropped."""
        try:
            answer = await self._connection.call("list_parts", Key=self._name(key), UploadId=multipart)
        except ClientError as error:
            if is_absent(error):
                return {}
            raise unexpected(error) from error
        return {int(part["PartNumber"]): (int(part["Size"]), str(part["ETag"])) for part in answer.get("Parts", [])}

    async def join_parts(self, key: str, multipart: str, tags: Mapping[int, str]) -> bool:
        """Make one object of the parts; joined already, by whomever, is as good. False: a part was put anew since."""
        parts = [{"PartNumber": number, "ETag": tag} for number, tag in sorted(tags.items())]
        try:
            await self._connection.call(
                "complete_multipart_upload",
                Key=self._name(key),
                UploadId=multipart,
                MultipartUpload={"Parts": parts},
            )
        except ClientError as error:
            return is_absent(error)
        return True

    async def find(self, key: str) -> Arrived | None:
        """Return what lies under ``key``, without its bytes; null when nothing does."""
        try:
            answer = await self._connection.call("head_object", Key=self._name(key), ChecksumMode="ENABLED")
        except ClientError as error:
            if is_absent(error):
                return None
            raise unexpected(error) from error
        return Arrived(int(answer["ContentLength"]), find_checksum(answer), str(answer["ETag"]))

    async def read(self, key: str, arrived: Arrived, span: range | None = None) -> bytes | None:
        """Return the bytes under ``key``, or only those of ``span``; null when other bytes lie there by now."""
        asked = {"Key": self._name(key), "IfMatch": arrived.version}
        if span is not None:
            asked["Range"] = f"bytes={span.start}-{span.stop - 1}"

        def fetch() -> bytes:
            return self._connection.read_body(self._connection.call_now("get_object", asked)["Body"])

        try:
            return bytes(await self._connection.run(fetch))
        except ClientError as error:
            if is_absent(error) or find_status(error) == PRECONDITION_FAILED:
                return None
            raise unexpected(error) from error

    async def seal_as(self, key: str, arrived: Arrived, sha256: str) -> bool:
        """Copy, inside the store, exactly the version that was looked at to the originals; sealed before: no change.

        False: other bytes lie under ``key`` by now.
        """
        source = {"Bucket": self._connection.place.bucket, "Key": self._name(key)}
        try:
            await self._connection.call(
                "copy_object",
                Key=self._connection.key(original_key(sha256)),
                CopySource=source,
                CopySourceIfMatch=arrived.version,
                IfNoneMatch="*",
                MetadataDirective="REPLACE",
                Metadata={"sha256": sha256},
                ContentType="application/octet-stream",
            )
        except ClientError as error:
            if is_absent(error):
                return False
            if find_status(error) != PRECONDITION_FAILED:
                raise unexpected(error) from error
            # One answer for two conditions: the original stands already, or the source changed.
            return await self.find(key) == arrived
        return True

    async def remove(self, key: str) -> None:
        """Remove what lies under ``key``; nothing there is as good."""
        await self._call("delete_object", Key=self._name(key))

    async def _drop_parts(self, name: str, multipart: str) -> None:
        try:
            await self._connection.call("abort_multipart_upload", Key=name, UploadId=multipart)
        except ClientError as error:
            if not is_absent(error):
                raise unexpected(error) from error

    async def sweep(self, *, before: datetime) -> int:
        """Remove everything that came in before then, and return how much it was.

        The bucket is asked, not a table: what a crash left without any row is found too.
        """
        asked = {"Prefix": self._connection.key(PREFIX)}
        objects = await self._list("list_objects_v2", "Contents", asked)
        uploads = await self._list("list_multipart_uploads", "Uploads", asked)
        old = [one["Key"] for one in objects if one["LastModified"] < before]
        begun = [(one["Key"], one["UploadId"]) for one in uploads if one["Initiated"] < before]
        for name in old:
            await self._call("delete_object", Key=name)
        for name, multipart in begun:
            await self._drop_parts(name, multipart)
        return len(old) + len(begun)

    async def _list(self, operation: str, part: str, asked: Mapping[str, object]) -> list[dict[str, Any]]:
        step = partial(self._connection.list_now, operation, part, asked, LISTED_MAX)
        listed: list[dict[str, Any]] = await self._connection.run(step)
        return listed

    async def _call(self, operation: str, **arguments: object) -> Any:  # noqa: ANN401 (boto3 has no types)
        """Do what there is no second answer to."""
        try:
            return await self._connection.call(operation, **arguments)
        except ClientError as error:
            raise unexpected(error) from error
