"""One spelling for every JSON value, so that a hash means the same to whoever computes it.

Source: RFC 8785 (JSON Canonicalization Scheme): keys sorted by UTF-16 code units, no spaces, UTF-8, numbers as
ECMAScript writes them. Any JCS library, and ``jq -cS`` for the plain payloads written here, gives the same bytes. What
has no single spelling (NaN, integers beyond 2^53, lone surrogates, NUL, which PostgreSQL cannot keep) is refused: an
entry that some verifier would hash differently is worse than none.
"""

import json
import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

INTEGER_MAX = 2**53 - 1
_PLAIN_BELOW = 21
_PLAIN_ABOVE = -7


class NotCanonicalError(ValueError):
    """A value has no canonical JSON; the message names it."""


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """Return the canonical JSON of ``value`` (dict, list, tuple, str, int, float, bool, None) as UTF-8.

    Raises:
        NotCanonicalError: something in it has no canonical form.
    """
    return _spell(value).encode("utf-8")


def canonical_sha256(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return the SHA-256 of the canonical JSON of ``value`` as 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()


def _spell(value: Any) -> str:  # noqa: ANN401, PLR0911 - one return a JSON type
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _spell_text(value)
    if isinstance(value, int):
        return _spell_integer(value)
    if isinstance(value, float):
        return _spell_float(value)
    if isinstance(value, Mapping):
        return _spell_object(value)
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_spell, value)) + "]"
    message = f"{type(value).__name__} {value!r} is no JSON value."
    raise NotCanonicalError(message)


def _spell_object(value: Mapping[Any, Any]) -> str:
    for key in value:
        if not isinstance(key, str):
            message = f"Key {key!r} is no text."
            raise NotCanonicalError(message)
    keys = sorted(value, key=_utf16_order)
    return "{" + ",".join(f"{_spell_text(key)}:{_spell(value[key])}" for key in keys) + "}"


def _utf16_order(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _spell_text(text: str) -> str:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        message = f"The text {text!r} holds NUL or half a surrogate pair."
        raise NotCanonicalError(message)
    return json.dumps(text, ensure_ascii=False)


def _spell_integer(value: int) -> str:
    if abs(value) > INTEGER_MAX:
        message = f"{value} is beyond 2^53 - 1; write it as text."
        raise NotCanonicalError(message)
    return str(int(value))


def _spell_float(value: float) -> str:
    """Spell as ECMAScript's Number::toString does: the shortest digits that read back as ``value``."""
    if not math.isfinite(value):
        message = f"{value} has no JSON."
        raise NotCanonicalError(message)
    if value == 0:
        return "0"
    mantissa, _, exponent_text = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    raw = (whole + fraction).lstrip("0")
    digits = raw.rstrip("0")
    # The value is 0.DIGITS times ten to the power `point`.
    leading_zeros = len(whole + fraction) - len(raw)
    point = len(whole) - leading_zeros + int(exponent_text or "0")
    return ("-" if value < 0 else "") + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    if len(digits) <= point <= _PLAIN_BELOW:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _PLAIN_BELOW:
        return f"{digits[:point]}.{digits[point:]}"
    if _PLAIN_ABOVE < point - 1 < 0 or point == 0:
        return "0." + "0" * -point + digits
    exponent = point - 1
    tail = f".{digits[1:]}" if digits[1:] else ""
    return f"{digits[0]}{tail}e{'+' if exponent > 0 else '-'}{abs(exponent)}"
