"""One spelling for every JSON value, so that a hash means the same to whoever computes it.

Source: RFC 8785 (JSON Canonicalization Scheme), by the library ``rfc8785``; any other JCS library, and ``jq -cS`` for
the plain payloads written here, gives the same bytes. What has no single spelling (NaN, integers beyond 2^53, lone
surrogates, NUL, which PostgreSQL cannot keep) is refused: an entry that some verifier would hash differently is worse
than none.
"""

from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson
import rfc8785


class NotCanonicalError(ValueError):
    """A value has no canonical JSON; the message names what is wrong with it."""


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the canonical JSON of ``value`` (dict, list, tuple, str, int, float, bool, None) as UTF-8.

    Raises:
        NotCanonicalError: something in it has no canonical form.
    """
    try:
        text = _spell_quickly(value)
        if text is None:
            text = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonicalError(str(error)) from error
    # The library spells NUL as the standard says; PostgreSQL's jsonb refuses it, so it must not be hashed either. Its
    # spelling is unmistakable: a backslash before it would itself be written as two.
    if b"\\u0000" in text.replace(b"\\\\", b""):
        message = "A text holds the character NUL, which the database cannot keep."
        raise NotCanonicalError(message)
    return text


_INT_MAX = 2**53 - 1


class _UnusualError(Exception):
    """A value that only the library of the standard may spell, or refuse."""


def _spell_quickly(value: Any) -> bytes | None:  # noqa: ANN401 - any JSON value
    """Return the same bytes from a faster library, a tenth of the time; None for what it may spell otherwise.

    Both sort ASCII keys alike and escape alike; they differ in numbers, so every float is spelled by the standard's.
    """
    try:
        return orjson.dumps(_prepare(value), option=orjson.OPT_SORT_KEYS)
    except (_UnusualError, orjson.JSONEncodeError):
        return None


@lru_cache(maxsize=4096)
def _spell_number(value: float) -> bytes:
    return rfc8785.dumps(value)  # a probability comes again and again; minus nought is spelled as nought


def _prepare(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int and -_INT_MAX <= value <= _INT_MAX:
        return value
    if kind is dict:
        if not all(type(key) is str and key.isascii() for key in value):
            raise _UnusualError
        return {key: _prepare(one) for key, one in value.items()}
    if kind is list or kind is tuple:
        return [_prepare(one) for one in value]
    if kind is float:
        return orjson.Fragment(_spell_number(value))
    raise _UnusualError


def canonical_sha256(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the SHA-256 of the canonical JSON of ``value`` as 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()
