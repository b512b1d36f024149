"""Clients that cost the machine little: threads on connections that stay open, and bodies that are never copied."""

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit

TIMEOUT = 120.0
_BOUNDARY = "runut-bench-7d1f"


Pieces = tuple[bytes | memoryview, ...]
"""A body as it is sent, piece by piece: pictures are not copied to become part of one."""


@dataclass(frozen=True)
class Call:
    """One request as it goes over the wire."""

    method: str
    path: str
    body: Pieces
    headers: Mapping[str, str]
    wanted: int = 201


class WrongAnswerError(RuntimeError):
    """A server did not do what is being measured."""


def put_form(photo: Pieces, pemilihan: str, tps: str, token: str) -> Call:
    """Return the upload of ``photo`` as a browser or a program sends it."""
    texts = (_begin_part(f'name="{name}"') + f"{value}\r\n" for name, value in (("pemilihan", pemilihan), ("tps", tps)))
    begin = "".join([*texts, _begin_part('name="file"; filename="a.jpg"')]).encode()
    body = (begin + photo[0], *photo[1:], f"\r\n--{_BOUNDARY}--\r\n".encode())
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    return Call("POST", "/api/v1/photos", body, {"content-type": kind, "authorization": f"Bearer {token}"})


def _begin_part(disposition: str) -> str:
    return f"--{_BOUNDARY}\r\ncontent-disposition: form-data; {disposition}\r\n\r\n"


def count_calls(address: str, make: Callable[[int], Call], *, clients: int, seconds: float) -> float:
    """Let ``clients`` threads call for ``seconds`` and return answers a second.

    ``make`` is given the call's number. Raises ``WrongAnswerError`` when an answer is not the one that is wanted.
    """
    numbers, done, wrong = itertools.count(), itertools.count(), list[str]()
    begun = time.perf_counter()

    def work() -> None:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)
        while time.perf_counter() - begun < seconds and not wrong:
            call = make(next(numbers))
            length = {"content-length": str(sum(map(len, call.body)))}
            connection.request(call.method, call.path, call.body, {**call.headers, **length})
            answer = connection.getresponse()
            words = answer.read()
            if answer.status != call.wanted:
                wrong.append(f"{answer.status}: {words[:300]!r}")
            next(done)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise WrongAnswerError(wrong[0])
    return next(done) / (time.perf_counter() - begun)
