"""What the answers of an S3 store mean to us, and what they say about an object."""

import base64
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from app.core.storage.interface import StoreRefusedError, StoreUnavailableError

PRECONDITION_FAILED = 412
_SERVER_FAULT, _CONFLICT, _FORBIDDEN, _NOT_FOUND = 500, 409, 403, 404
_REFUSALS = frozenset({"NoSuchBucket", "InvalidBucketName", "PermanentRedirect", "AuthorizationHeaderMalformed"})
_BUSY = frozenset({"SlowDown", "RequestTimeout", "TooManyRequests"})
_SEND_AGAIN = "Belum tersimpan; kirim lagi sebentar lagi. (It was not kept; send it again in a moment.)"
_OPERATOR = (
    "Operator: periksa RUNUT_S3_BUCKET, RUNUT_S3_ENDPOINT, RUNUT_S3_ACCESS_KEY, RUNUT_S3_SECRET_KEY. "
    "(Operator: check these settings; the bucket must exist, and the key must read, write, list and delete in it.)"
)


def find_code(error: ClientError) -> str:
    """Return the store's code of an answer, e.g. ``NoSuchKey``; of a bare HEAD answer its status."""
    return str(error.response.get("Error", {}).get("Code", ""))


def find_status(error: ClientError) -> int:
    """Return the HTTP status of an answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def is_absent(error: ClientError) -> bool:
    """Tell whether an answer says that there is no such object or multipart upload."""
    return find_status(error) == _NOT_FOUND


def find_sha256(answer: Mapping[str, Any]) -> set[str]:
    """Return the SHA-256 that stand beside an object, in hexadecimal: the store's checksum and our own word.

    Bytes are right when they have every one of them; a store that keeps neither gives an empty set.
    """
    own = answer.get("Metadata", {}).get("sha256")
    return {word for word in (own, find_checksum(answer)) if word}


def find_checksum(answer: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 over the whole object that the store itself compared when the bytes came in, if it has one.

    That of an object made of parts is a checksum of checksums (it ends in ``-N``) and says nothing about the whole.
    """
    checksum = str(answer.get("ChecksumSHA256") or "")
    return base64.b64decode(checksum).hex() if checksum and "-" not in checksum else None


def translate(error: ClientError, bucket: str) -> ClientError | StoreUnavailableError:
    """Return our own error for faults of the store and of our settings, and the answer itself for the rest."""
    code, status = find_code(error), find_status(error)
    if status == _FORBIDDEN or code in _REFUSALS:
        return refused(bucket, code)
    # Conflict: somebody else writes the same key right now; who tries again finds it there.
    if status >= _SERVER_FAULT or status == _CONFLICT or code in _BUSY:
        return unreachable(error)
    return error


def refused(bucket: str, reason: str) -> StoreRefusedError:
    """Return the error of wrong settings: only the operator can help."""
    words = f"Penyimpanan foto menolak kami. (The photograph store refuses us: bucket {bucket!r}, {reason}.)"
    return StoreRefusedError(words, _OPERATOR)


def unreachable(error: Exception) -> StoreUnavailableError:
    """Return the error of a store that gives no answer, or says that it cannot now."""
    # The cause stays chained for the log; its words name inner addresses and do not belong into an answer.
    words = f"Penyimpanan foto tidak menjawab. (The photograph store does not answer: {type(error).__name__}.)"
    return StoreUnavailableError(words, _SEND_AGAIN)


def unexpected(error: ClientError) -> StoreUnavailableError:
    """Return the error of an answer that we know nothing to do with."""
    words = f"Penyimpanan foto menjawab {find_code(error)}. (The photograph store answers {find_code(error)}.)"
    return StoreUnavailableError(words, _SEND_AGAIN)
