"""A client that asks other people's servers as they would like to be asked, and only servers that were named to it.

Only hosts of the allow-list are asked, also after a redirect. A name is looked up once and the address that was checked
is the one that is used; an address of our own network only when the list names the address itself. One question at a
time, a pause between two to the same host, what is known is asked for conditionally, Retry-After is kept, failures
wait longer each time, and no answer is taken without end.
"""

import asyncio
import email.utils
import ipaddress
import random
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from app.core.errors import ForbiddenError, InvalidInputError, RunutError, TooLargeError
from app.official.fetches import Known
from app.reports.webhooks.address import is_public_address

TIMEOUT = httpx.Timeout(20.0)
WHOLE = 300.0
"""Seconds that one answer may take altogether."""
BYTES_MAX = 256 * 1024 * 1024
TRIES, FIRST_WAIT, LONGEST_WAIT = 5, 2.0, 3600.0
REDIRECTS_MAX = 5
OK, NOT_MODIFIED, TOO_MANY, SERVER_ERROR = 200, 304, 429, 500
MOVED = frozenset({301, 302, 303, 307, 308})

Sleep = Callable[[float], Awaitable[None]]


class HostNotAllowedError(ForbiddenError):
    """The allow-list does not name the host."""

    code = "host_not_allowed"

    def __init__(self, host: str) -> None:
        """Say which host, and how to allow it."""
        super().__init__(
            f"{host} is not among the hosts that may be asked.",
            "Name it in RUNUT_OFFICIAL_HOSTS (several with commas, with its port if it is an unusual one), "
            "after looking at what its owner allows.",
        )


class FetchError(RunutError):
    """The server did not answer as it should."""

    status = 502
    code = "fetch_failed"


@dataclass(frozen=True)
class Answer:
    """What came back. ``data``: null when nothing changed (304)."""

    url: str
    final_url: str
    status: int
    data: bytes | None
    etag: str | None
    last_modified: str | None


class PoliteClient:
    """Asks one thing after another. ``pause``: seconds between two questions to one host. Owns when each was asked."""

    def __init__(
        self, hosts: frozenset[str], *, pause: float, bytes_max: int = BYTES_MAX, sleep: Sleep = asyncio.sleep
    ) -> None:
        """Ask only ``hosts``: names or addresses, with a port where it is not the scheme's own."""
        self._hosts = hosts
        self._pause = pause
        self._bytes_max = bytes_max
        self._sleep = sleep
        self._asked: dict[str, float] = {}

    async def fetch(self, url: str, known: Known | None = None) -> Answer:
        """Return what an address answers; conditionally, where an earlier answer is ``known``.

        Raises:
            HostNotAllowedError: host, or one that it redirects to, is not on the list, or is within our own network.
            InvalidInputError: no http address. TooLargeError: more bytes than are taken. FetchError: no good answer.
        """
        at = url
        for _ in range(REDIRECTS_MAX + 1):
            response = await self._ask_patiently(at, known)
            if response.status_code not in MOVED:
                return self._read(url, at, response, known)
            at = str(httpx.URL(at).join(response.headers.get("location", "")))
        raise FetchError(f"{url} redirects again and again.", "Look at the address.")

    def _read(self, url: str, at: str, response: httpx.Response, known: Known | None) -> Answer:
        status = response.status_code
        if status == NOT_MODIFIED and known is not None:
            etag, modified = known.etag, known.last_modified
            return Answer(url, at, status, None, response.headers.get("etag", etag), modified)
        if status != OK:
            raise FetchError(f"{at} answered {status}.", "Look at the address, or try again later.")
        headers = response.headers
        return Answer(url, at, status, response.content, headers.get("etag"), headers.get("last-modified"))

    async def _ask_patiently(self, url: str, known: Known | None) -> httpx.Response:
        """Ask, and after a failure that may pass ask again, later each time; as late as the server says."""
        problem = ""
        for attempt in range(TRIES):
            response: httpx.Response | None = None
            try:
                response = await self._ask(url, known)
                if response.status_code != TOO_MANY and response.status_code < SERVER_ERROR:
                    return response
                problem = str(response.status_code)
            except (httpx.TransportError, TimeoutError) as error:
                problem = type(error).__name__
            if attempt + 1 < TRIES:
                await self._sleep(_choose_wait(attempt, response))
        raise FetchError(f"{url} failed {TRIES} times ({problem}).", "Try again later.")

    async def _ask(self, url: str, known: Known | None) -> httpx.Response:
        address = httpx.URL(url)
        target = await self._find_address(address)
        await self._wait_for_turn(address.host)
        headers = {"host": address.netloc.decode("ascii"), "user-agent": "runut", "accept-encoding": "identity"}
        if known is not None and known.etag:
            headers["if-none-match"] = known.etag
        if known is not None and known.last_modified:
            headers["if-modified-since"] = known.last_modified
        extensions = {"sni_hostname": address.host} if address.scheme == "https" else {}
        async with (
            asyncio.timeout(WHOLE),
            httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", address.copy_with(host=target), headers=headers, extensions=extensions) as response,
        ):
            if response.status_code == OK:
                data = await self._take(url, response)
                return httpx.Response(response.status_code, headers=_without_length(response), content=data)
            return httpx.Response(response.status_code, headers=_without_length(response))

    async def _take(self, url: str, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise FetchError(f"{url} came packed, although it was asked not to.", "Look at the server.")
        taken = bytearray()
        async for piece in response.aiter_raw():
            taken += piece
            if len(taken) > self._bytes_max:
                megabytes = self._bytes_max // (1024 * 1024)
                raise TooLargeError(f"{url} has more than {megabytes} MB.", "Fetch it in parts.")
        expected = response.headers.get("content-length")
        if expected is not None and expected.isdigit() and int(expected) != len(taken):
            raise httpx.RemoteProtocolError("the answer ended early")
        return bytes(taken)

    async def _find_address(self, url: httpx.URL) -> str:
        """Return the network address to ask, after looking at list, scheme and address."""
        if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
            raise InvalidInputError(f"{str(url)[:200]} is no address to fetch.", "Write https://host/path.")
        if url.netloc.decode("ascii") not in self._hosts:
            raise HostNotAllowedError(url.netloc.decode("ascii"))
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchError(f"{url.host} is not known.", "Check the name, or try again later.") from error
        addresses = [str(one[4][0]) for one in found]
        if not _is_address(url.host) and not all(is_public_address(one) for one in addresses):
            raise HostNotAllowedError(f"{url.host}, which is within a private network,")
        return addresses[0]

    async def _wait_for_turn(self, host: str) -> None:
        now = time.monotonic()
        turn = max(now, self._asked.get(host, now - self._pause) + self._pause)
        self._asked[host] = turn
        if turn > now:
            await self._sleep(turn - now)


def read_hosts(words: str) -> frozenset[str]:
    """Return the hosts of a list with commas; an empty one allows nobody."""
    return frozenset(word.strip().lower() for word in words.split(",") if word.strip())


def _choose_wait(attempt: int, response: httpx.Response | None) -> float:
    """Return the seconds to wait: as the server says, else doubled each time and shaken, so that many do not meet."""
    said = _read_retry_after(response.headers.get("retry-after", "")) if response is not None else None
    # The randomness spreads load, it protects no secret.
    shaken: float = FIRST_WAIT * 2**attempt * random.uniform(0.5, 1.5)
    return min(LONGEST_WAIT, shaken if said is None else max(said, 0.0))


def _read_retry_after(words: str) -> float | None:
    if words.strip().isdigit():
        return float(words)
    try:
        moment = email.utils.parsedate_to_datetime(words)
    except ValueError:
        return None
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _without_length(response: httpx.Response) -> list[tuple[str, str]]:
    """Return the headers without those that speak of the way and not of the thing."""
    of_the_way = {"content-length", "transfer-encoding"}
    return [(name, value) for name, value in response.headers.items() if name not in of_the_way]
