"""Uploads that went straight to the object store: announced and sent outside the clock, completed on it."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from bench.intake.clients import TIMEOUT, Call, WrongAnswerError

EACH = 18
"""Open uploads of one person: an account may have twenty."""

SENDERS = 4


def send_all(
    address: str, tokens: Sequence[str], make: Callable[[], bytes], pemilihan: str, tps: Sequence[str]
) -> list[Call]:
    """Announce and send a photograph that ``make`` gives for each of ``tps``, ``EACH`` a person.

    Returns the calls that complete them.
    """
    with ThreadPoolExecutor(SENDERS) as pool:
        return list(
            pool.map(
                lambda number: _send(
                    address, tokens[number // EACH], make(), {"pemilihan": pemilihan, "tps": tps[number]}
                ),
                range(len(tps)),
            )
        )


def _send(address: str, token: str, photo: bytes, place: dict[str, str]) -> Call:
    said = {**place, "sha256": sha256(photo).hexdigest(), "bytes": len(photo)}
    signed_in = {"authorization": f"Bearer {token}"}
    headers = {**signed_in, "content-type": "application/json"}
    announced = json.loads(_ask(address, "POST", "/api/v1/uploads", json.dumps(said).encode(), headers))
    put = announced["parts"][0]["put"]
    target = urlsplit(put["url"])
    _ask(f"{target.scheme}://{target.netloc}", put["method"], f"{target.path}?{target.query}", photo, put["headers"])
    return Call("POST", f"/api/v1/uploads/{announced['upload']}/complete", (), signed_in)


def _ask(address: str, method: str, path: str, body: bytes, headers: dict[str, Any]) -> bytes:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=TIMEOUT)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        words = answer.read()
    finally:
        connection.close()
    if answer.status not in {200, 201}:
        raise WrongAnswerError(f"{method} {path}: {answer.status} {words[:300]!r}")
    return words
