"""One spelling for every JSON value, so that a hash means the same to whoever computes it.

Source: RFC 8785 (JSON Canonicalization Scheme), by the library ``rfc8785``; any other JCS library, and ``jq -cS`` for
the plain payloads written here, gives the same bytes. What has no single spelling (NaN, integers beyond 2^53, lone
surrogates, NUL, which PostgreSQL cannot keep) is refused: an entry that some verifier would hash differently is worse
than none.
"""

from hashlib import sha256
from typing import Any

import rfc8785


class NotCanonicalError(ValueError):
    """A value has no canonical JSON; the message names what is wrong with it."""


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the canonical JSON of ``value`` (dict, list, tuple, str, int, float, bool, None) as UTF-8.

    Raises:
        NotCanonicalError: something in it has no canonical form.
    """
    try:
        text = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise NotCanonicalError(str(error)) from error
    # The library spells NUL as the standard says; PostgreSQL's jsonb refuses it, so it must not be hashed either. Its
    # spelling is unmistakable: a backslash before it would itself be written as two.
    if b"\\u0000" in text.replace(b"\\\\", b""):
        message = "A text holds the character NUL, which the database cannot keep."
        raise NotCanonicalError(message)
    return text


def canonical_sha256(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the SHA-256 of the canonical JSON of ``value`` as 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()
