"""HTTP as a patient client does it: until the service has acknowledged, at whichever of its sites answers."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import httpx

from workers.drill.kill.record import Record

TIMEOUT = httpx.Timeout(15.0, connect=3.0)
PAUSE = (0.05, 1.0)
"""Seconds between two tries: short at first, for a site that died has a twin."""


class Caller:
    """One signed-in client of two sites. Fails over, and repeats what got no answer."""

    def __init__(self, sites: Sequence[str], token: str, record: Record, chance: random.Random) -> None:
        """Begin with one of the sites at random."""
        headers = {"authorization": f"Bearer {token}"}
        self._clients = [
            httpx.AsyncClient(base_url=site, headers=headers, timeout=TIMEOUT, trust_env=False) for site in sites
        ]
        self._record, self._chance = record, chance
        self._at = chance.randrange(len(sites))

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            await client.aclose()

    def turn_to_another(self) -> None:
        """Speak to the next site from now on."""
        self._at = (self._at + 1) % len(self._clients)

    async def call(self, method: str, path: str, **words: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own words
        """Send a request until it is answered with anything but "not now"; the answer may be a refusal."""
        tries = 0
        while True:
            answer = await self._try(method, path, **words)
            if answer is not None:
                return answer
            self.turn_to_another()
            low, high = PAUSE
            await asyncio.sleep(min(high, low * 2**tries) * (0.5 + self._chance.random()))
            tries += 1

    async def _try(self, method: str, path: str, **words: Any) -> httpx.Response | None:  # noqa: ANN401
        try:
            answer = await self._clients[self._at].request(method, path, **words)
        except httpx.TransportError as error:
            self._record.trouble[type(error).__name__] += 1
            return None
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            self._record.trouble[f"status {answer.status_code}"] += 1
            if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:  # "not now" is 503; 500 nobody foresaw
                self._record.anomalies.append(f"500 at {method} {path}: {answer.text[:300]}")
            return None
        return answer
