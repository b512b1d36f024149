"""Public reads of the API may be asked by any site's page (CORS): with GET, without cookies or tokens. Nothing else.

Whether a route is public, its declaration says (``core.access``); it leaves a mark on the request, and the headers are
put on the answer. A browser that asks beforehand (preflight) is told that GET is allowed; the answer to a read that is
not public carries no mark, so its page never gets to see it.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MARK = "open_read"
"""Name on the request's state: a public route was asked with GET."""

RATE = "rate_limit"
"""Name on the request's state: (at most, left, seconds until the count begins anew) of the tightest limit counted."""

_API = "/api/"
_READS = frozenset({"GET", "HEAD"})
_ANSWER = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": (
        "content-disposition, content-range, etag, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset"
    ),
    "cross-origin-resource-policy": "cross-origin",
}
_PREFLIGHT = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD",
    "access-control-allow-headers": "if-none-match, if-range, range",
    "access-control-max-age": "86400",
}


class OpenReads:
    """Lets other sites' pages read what is public, and says on every counted answer how much of a limit is left."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or add headers as the answer starts."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if _is_preflight(scope):
            await Response(status_code=204, headers=_PREFLIGHT)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(scope, MutableHeaders(scope=message))
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _is_preflight(scope: Scope) -> bool:
    if scope["method"] != "OPTIONS" or not scope["path"].startswith(_API):
        return False
    return Headers(scope=scope).get("access-control-request-method", "") in _READS


def _add_headers(scope: Scope, headers: MutableHeaders) -> None:
    state = scope.get("state", {})
    if state.get(MARK) and scope["path"].startswith(_API):
        for name, value in _ANSWER.items():
            headers[name] = value
    if (rate := state.get(RATE)) is not None:
        for name, value in zip(("limit", "remaining", "reset"), rate, strict=True):
            headers[f"ratelimit-{name}"] = str(value)
