"""Which part of a file is asked for (RFC 9110, 14): one range of bytes, or all of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ONE = re.compile(r"bytes=(\d{1,18})?-(\d{1,18})?")


@dataclass(frozen=True)
class Found:
    """The bytes to send, and how the answer says so."""

    span: range
    status: int
    headers: dict[str, str]


def find_range(headers: Mapping[str, str], *, size: int, tag: str) -> Found:
    """Return what a request wants of a file of ``size`` bytes that never changes and goes by ``tag``.

    Several ranges, or words that make no sense, mean the whole file, as the standard allows. So does ``If-Range`` with
    another tag: what the client has is a part of something else.
    """
    common = {"accept-ranges": "bytes", "etag": f'"{tag}"'}
    asked = _ONE.fullmatch(headers.get("range", "").strip())
    if asked is None or headers.get("if-range", f'"{tag}"') != f'"{tag}"':
        return Found(range(size), 200, {**common, "content-length": str(size)})
    first, last = asked.groups()
    if first is None and last is None:
        return Found(range(size), 200, {**common, "content-length": str(size)})
    begin = max(0, size - int(last)) if first is None else int(first)
    end = size if first is None or last is None else min(size, int(last) + 1)
    if begin >= size or begin >= end:
        return Found(range(0), 416, {**common, "content-range": f"bytes */{size}", "content-length": "0"})
    span = range(begin, end)
    about = {"content-range": f"bytes {begin}-{end - 1}/{size}", "content-length": str(len(span))}
    return Found(span, 206, {**common, **about})
