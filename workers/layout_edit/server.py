"""The editor's server: one page, its script, pictures of the form, checks and the save. Only this machine can ask it.

It binds the loopback address, answers to no other host name (a foreign page cannot be led here by a name of its own),
and writes only for whoever holds the token that is in the page's address.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import TYPE_CHECKING, Any

import cv2

from workers.layout_edit.desk import EditDesk, SaveRefusedError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MOST_BYTES = 8 * 1024 * 1024
STATIC = {
    "editor.js": "text/javascript",
    "panel.js": "text/javascript",
    "shapes.js": "text/javascript",
    "editor.css": "text/css",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class EditServer(ThreadingHTTPServer):
    """Serves one editor until it is closed. `address` is what to open."""

    daemon_threads = True

    def __init__(self, desk: EditDesk) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.desk = desk
        self.token = secrets.token_urlsafe(16)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def address(self) -> str:
        return f"http://{self.host}/{self.token}/"


def open_editor(target: Path, pages: dict[int, NDArray[np.uint8]]) -> EditServer:
    """An editor for the layout file `target`, over pictures (grey) of the blank pages; LayoutError if it is no JSON."""
    return EditServer(EditDesk(target, pages))


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    server: EditServer

    def do_GET(self) -> None:
        path = self._own_path()
        if path is None:
            return
        kind, _, name = path.partition("/")
        if path == "":
            self._send(_read_static("editor.html"), "text/html; charset=utf-8")
        elif path in STATIC:
            self._send(_read_static(path), f"{STATIC[path]}; charset=utf-8")
        elif path == "state":
            self._send_json(self.server.desk.state())
        elif kind == "page" and name.isdecimal() and int(name) in self.server.desk.pages:
            done, encoded = cv2.imencode(".png", self.server.desk.pages[int(name)])
            self._send(encoded.tobytes() if done else b"", "image/png")
        elif kind == "lines" and name.isdecimal() and int(name) in self.server.desk.pages:
            self._send_json(asdict(self.server.desk.lines(int(name))))
        else:
            self._send_json({"error": "there is nothing here"}, HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        path = self._own_path()
        if path is None:
            return
        try:
            sent = self._read_json()
        except ValueError as error:
            self._send_json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
            return
        if path == "check":
            self._send_json({"problem": self.server.desk.check(sent)})
        elif path == "save":
            self._save(sent)
        else:
            self._send_json({"error": "there is nothing here"}, HTTPStatus.NOT_FOUND)

    def _save(self, sent: dict[str, Any]) -> None:
        try:
            self.server.desk.save(sent.get("layout"), overwrite=sent.get("overwrite") is True)
        except SaveRefusedError as error:
            self._send_json({"error": str(error), "exists": error.exists}, HTTPStatus.CONFLICT)
            return
        self._send_json({"saved": str(self.server.desk.target)})

    def _own_path(self) -> str | None:
        """The path behind the token; None after a 403 for whoever does not hold it or came by another host name."""
        prefix = f"/{self.server.token}/"
        named_right = self.headers.get("Host") == self.server.host
        if named_right and self.path.startswith(prefix):
            return self.path.removeprefix(prefix)
        self._send_json({"error": "open the address that the command printed"}, HTTPStatus.FORBIDDEN)
        return None

    def _read_json(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            raise ValueError("the layout is too large")
        sent = json.loads(self.rfile.read(int(length)))
        if not isinstance(sent, dict):
            raise ValueError("an object is wanted")  # noqa: TRY004  the sender's mistake, not ours
        return sent

    def _send_json(self, answer: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json.dumps(answer).encode(), "application/json", status)

    def _send(self, data: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nobody reads a log of one's own clicks."""


def _read_static(name: str) -> bytes:
    return resources.files("workers.layout_edit").joinpath(name).read_bytes()
