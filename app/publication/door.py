"""The way in to published files, before everything else: no session, no account, no database, no route.

Public by nature: it knows nothing but what was published, and takes nothing but GET and HEAD.
"""

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.core import metrics
from app.core.errors import RunutError
from app.core.storage import CorruptObjectError, StoreUnavailableError
from app.publication.counter import PREFIX, Counter, Ready, spell_refusal

log = structlog.get_logger(__name__)

_METHODS = frozenset({"GET", "HEAD"})
OK, NOT_MODIFIED, NOT_ALLOWED = 200, 304, 405


class PublishedDoor:
    """Answers requests under ``/data/``; lets all others through."""

    def __init__(self, app: ASGIApp, *, counter: Counter) -> None:
        """Stand before ``app``."""
        self.app = app
        self.counter = counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        status, head, body = await self._answer(scope, headers)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        metrics.REQUESTS.labels(PREFIX, method, str(status)).inc()
        lines = [tuple(line.split(b": ", 1)) for line in head.split(b"\r\n") if line]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _answer(self, scope: Scope, headers: Headers) -> tuple[int, bytes, bytes]:
        """Return status, header lines and body."""
        if scope["method"] not in _METHODS:
            error = RunutError("Berkas hanya dibaca. (Published files are only read.)", "Use GET.", code="read_only")
            return NOT_ALLOWED, *spell_refusal(error)
        packed = understands_brotli(headers.get("accept-encoding", ""))
        try:
            ready = await self.counter.answer(scope["path"], packed=packed)
        except RunutError as error:
            return error.status, *spell_refusal(error)
        except CorruptObjectError as error:
            log.exception("a published file is broken", path=scope["path"], exc_info=error)
            away = StoreUnavailableError(
                "Berkas ini rusak di penyimpanan. (This file is broken where it is kept.)", "Tell the operator."
            )
            return away.status, *spell_refusal(away)
        return _give(ready, headers.get("if-none-match"))


def _give(ready: Ready, if_none_match: str | None) -> tuple[int, bytes, bytes]:
    if if_none_match is not None and ready.is_known_to(if_none_match.encode("latin-1")):
        return NOT_MODIFIED, ready.unchanged_head, b""
    return OK, ready.head, ready.body


def understands_brotli(accept_encoding: str) -> bool:
    """Tell whether an ``Accept-Encoding`` header lets an answer be a brotli stream."""
    for part in accept_encoding.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "br":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
