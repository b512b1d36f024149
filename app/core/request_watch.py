"""Sees every request from begin to end: numbers it, counts it, and writes what an operator wants to know."""

import re
import secrets
import time
from collections.abc import Awaitable, Callable

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core import metrics

log = structlog.get_logger(__name__)

HEADER = "x-request-id"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FAILURE = 500
_TOLD_ALREADY = frozenset({"internal", "database_unreachable"})
"""Codes whose handler has written a line with the story in it."""

SLOW_SECONDS = 2.0
"""A request that took longer is written down."""

ShowFailure = Callable[[Request, Exception], Awaitable[Response]]


class RequestWatch:
    """Numbers, counts and writes down requests; an error that nothing inside took becomes its answer here.

    The number is the one that a proxy gave (``X-Request-ID``) or a new one. Every log line of the request, every job it
    queued and the answer carry it. Nothing of a request but its method, route and status is written: no address of a
    person, no query, no body.
    """

    def __init__(self, app: ASGIApp, *, show_failure: ShowFailure, write_all: bool) -> None:
        """Answer unforeseen errors by ``show_failure``; ``write_all``: one line for every request."""
        self.app = app
        self.show_failure = show_failure
        self.write_all = write_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Watch one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        number = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        with structlog.contextvars.bound_contextvars(request_id=number):
            await _Watched(self, scope, number).run(receive, send)


class _Watched:
    """One request under watch. Owned by the call that answers it."""

    def __init__(self, watch: RequestWatch, scope: Scope, number: str) -> None:
        self.watch, self.scope, self.number = watch, scope, number
        self.status, self.received, self.begun, self.counted = 0, 0, time.perf_counter(), False
        scope.setdefault("state", {})

    async def run(self, receive: Receive, send: Send) -> None:
        async def count() -> Message:
            message = await receive()
            self.received += len(message.get("body", b""))
            return message

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                MutableHeaders(scope=message)[HEADER] = self.number
            elif message["type"] == "http.response.body" and not message.get("more_body", False):
                self._count()  # before the last part goes: whoever has the whole answer finds it counted
            await send(message)

        try:
            await self.watch.app(self.scope, count, note)
        except Exception as error:
            if (
                self.status
            ):  # half an answer is out; the server breaks the connection, so that nobody takes it for whole
                raise
            answer = await self.watch.show_failure(Request(self.scope), error)
            await answer(self.scope, count, note)
        finally:
            self._count()  # an answer that was never whole

    def _count(self) -> None:
        """Count and write down the request, once.

        What comes after the last part, such as closing the file that was sent, is no part of the answer.
        """
        if self.counted:
            return
        self.counted = True
        seconds = time.perf_counter() - self.begun
        route, method = find_route(self.scope), self.scope["method"] if self.scope["method"] in _METHODS else "OTHER"
        metrics.REQUESTS.labels(route, method, str(self.status)).inc()
        metrics.REQUEST_SECONDS.labels(route).observe(seconds)
        if self.received:
            metrics.RECEIVED_BYTES.labels(route).inc(self.received)
        code = self.scope["state"].get("error_code")
        if code:
            metrics.REFUSALS.labels(route, code).inc()
        words = {"route": route, "method": method, "status": self.status, "seconds": round(seconds, 3), "code": code}
        if seconds > SLOW_SECONDS:
            log.warning("slow request", **words)
        elif self.status >= _FAILURE and code and code not in _TOLD_ALREADY:
            log.error("request failed", **words)
        elif self.watch.write_all:
            log.info("request", **words)


def find_route(scope: Scope) -> str:
    """Return the template of the route that took the request (``/tps/{kode}``), so that labels stay few."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str) and path:
        return path
    return "/static" if scope["path"].startswith("/static/") else "none"
