"""uvicorn's HTTP protocol with a short cut: an answer that lies ready is written as soon as its request is read.

Nothing is parsed here: httptools does that, as for every request. What is not a plain GET for a file that lies ready
(anything else, another file, a full buffer, a request behind one that is still being answered) goes the ordinary way
through the application, which gives the same answer. A task, a scope and a dozen layers cost five times what this does.
"""

from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.core import metrics
from app.publication.counter import PREFIX, Counter, Ready
from app.publication.door import understands_brotli

_PREFIX = PREFIX.encode()
_OK, _NOT_MODIFIED = b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 304 Not Modified\r\n"
_GIVEN = metrics.REQUESTS.labels(PREFIX, "GET", "200")
_UNCHANGED = metrics.REQUESTS.labels(PREFIX, "GET", "304")


class QuickAnswers(HttpToolsProtocol):
    """One connection. Owned by uvicorn's server."""

    def __init__(self, config: Any, *rest: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own, handed on
        """Find the counter that the application left on its state."""
        super().__init__(config, *rest, **named)
        self.counter: Counter = config.app.state.published
        self._ready: Ready | None = None

    def on_message_begin(self) -> None:
        """Begin a request; what only the ordinary way needs is made when it is taken."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False

    def on_headers_complete(self) -> None:
        """Look whether the answer lies ready; else go on as usual."""
        self._ready = self._find_ready() if self.url.startswith(_PREFIX) else None
        if self._ready is None:
            url, headers, expected = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()
            self.url, self.expect_100_continue = url, expected
            self.headers.extend(headers)  # the list that the request's scope holds
            super().on_headers_complete()

    def _find_ready(self) -> Ready | None:
        parser = self.parser
        if parser.get_method() != b"GET" or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return None
        if parser.should_upgrade() or self.expect_100_continue or self.flow.write_paused:
            return None
        # Answers go out in the order of the requests. uvicorn types the cycle as never null, and begins with null.
        if self.cycle is not None and not self.cycle.response_complete:  # type: ignore[redundant-expr]
            return None
        packed = False
        for name, value in self.headers:
            if name == b"accept-encoding":
                packed = _packed_for(value)
        return self.counter.find_ready(self.url, packed=packed)

    def on_body(self, body: bytes) -> None:
        """Pass over what nobody asked for."""
        if self._ready is None:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Write the answer."""
        ready, self._ready = self._ready, None
        if ready is None:
            super().on_message_complete()
            return
        known = next((value for name, value in self.headers if name == b"if-none-match"), None)
        dated = _spell_lines(tuple(self.server_state.default_headers))
        if known is not None and ready.is_known_to(known):
            _UNCHANGED.inc()
            self.transport.write(b"".join((_NOT_MODIFIED, dated, ready.unchanged_head)))
        else:
            _GIVEN.inc()
            self.transport.write(b"".join((_OK, dated, ready.head, ready.body)))
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)


@lru_cache(maxsize=256)
def _packed_for(accept_encoding: bytes) -> bool:
    """Remember what browsers say; there are not many ways to say it."""
    return understands_brotli(accept_encoding.decode("latin-1"))


@lru_cache(maxsize=4)
def _spell_lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """Return the headers that the server puts on every answer; they change with the second."""
    return b"".join(b"%b: %b\r\n" % line for line in headers)
