"""What stands before every route: a limit on bodies, a look at where a request comes from, headers on every answer."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import ForbiddenError, RunutError, TooLargeError

Renderer = Callable[[Request, RunutError], Response]

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
SECURITY_HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(), microphone=(), camera=(self)",
}
"""On every answer that has no value of its own for them."""


class BodyTooLargeError(HTTPException):
    """A body grew beyond its limit while it was read. FastAPI lets this kind through; others become a 400."""

    def __init__(self, error: TooLargeError) -> None:
        """Carry ``error`` to the one handler."""
        # Without this header the server would go on swallowing what an endless client sends.
        super().__init__(TooLargeError.status, error.message, headers={"connection": "close"})
        self.error = error


def _too_large(limit: int) -> TooLargeError:
    size = f"{limit / 1_048_576:.0f} MB" if limit >= 1_048_576 else f"{limit // 1024} kB"  # noqa: PLR2004 - one MB
    return TooLargeError(
        f"Kiriman lebih besar dari {size}. (The request is larger than {size}.)",
        "Kirim satu foto asli JPEG, bukan berkas lain. (Send one original JPEG photograph and nothing else.)",
    )


class BodyLimit:
    """Counts a body's bytes as they arrive; what is beyond the limit is never kept.

    A declared length is refused before anything is read; a lying or missing one when the count passes the limit.
    """

    def __init__(self, app: ASGIApp, *, limit: int, paths: Mapping[str, int], render: Renderer) -> None:
        """Allow ``limit`` bytes, on ``paths`` the number given there."""
        self.app = app
        self.limit = limit
        self.paths = paths
        self.render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through under watch, or answer 413."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.paths.get(scope["path"], self.limit)
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await _discard(receive, limit)
            answer = self.render(Request(scope), _too_large(limit))
            answer.headers["connection"] = "close"
            await answer(scope, receive, send)
            return
        await self.app(scope, _counting(receive, limit), send)


def _counting(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def count() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                await _discard(receive, limit)
                raise BodyTooLargeError(_too_large(limit))
        return message

    return count


async def _discard(receive: Receive, limit: int) -> None:
    """Read on without keeping anything, for another ``limit`` bytes.

    A client that is still sending when the connection closes never sees the answer; an honest one is done by then.
    """
    seen = 0
    while seen <= limit:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return


class OriginCheck:
    """Refuses changes that another site's page asks a signed-in browser for (CSRF).

    Browsers say where a request comes from in ``Origin`` or ``Sec-Fetch-Site``; programs send neither. A bearer token
    is never sent by a browser on its own, so it needs no check.
    """

    def __init__(self, app: ASGIApp, *, base_url: str, render: Renderer) -> None:
        """Accept the host that was asked and the one of ``base_url``."""
        self.app = app
        self.own = urlsplit(base_url).netloc
        self.render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through or answer 403."""
        if scope["type"] == "http" and scope["method"] not in _SAFE_METHODS:
            request = Request(scope)
            if not self._is_own(request.headers):
                error = ForbiddenError(
                    "Permintaan ini datang dari situs lain. (This request comes from another site.)",
                    "Buka halaman Runut sendiri, lalu ulangi. (Open Runut's own page and try again.)",
                    code="foreign_origin",
                )
                await self.render(request, error)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        if headers.get("authorization", "").lower().startswith("bearer "):
            return True
        origin = headers.get("origin")
        if origin is not None:
            # Compared as text: taking nonsense apart (``http://[``) would fail instead of refusing it.
            return origin.partition("://")[2] in {headers.get("host"), self.own} - {None, ""}
        return headers.get("sec-fetch-site", "none") in {"same-origin", "none"}


class SecurityHeaders:
    """Puts the security headers on every answer; a route's own value stays."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers as the answer starts."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                # What a signed-in person sees must not stay in a shared phone's or a proxy's cache.
                if scope.get("state", {}).get("principal") is not None:
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)
