"""Where a webhook may be sent to: public addresses only. The name is looked up once, and that answer is what is used.

A subscriber chooses the address, and we stand inside a network that he does not: without this he could have us knock at
the database, at a cloud's metadata service, at a neighbour (server-side request forgery). Looking a second time when we
connect would let a name server answer differently.
"""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass

import httpx

from app.core.errors import InvalidInputError

URL_MAX = 500


@dataclass(frozen=True)
class Target:
    """An address to send to: the host as subscribed, and the one network address that is used for it."""

    url: httpx.URL
    address: str

    def make_request(self, client: httpx.AsyncClient, *, body: bytes, headers: dict[str, str]) -> httpx.Request:
        """Return the request to the address that was checked; name and certificate are the subscribed host's."""
        named = {**headers, "host": self.url.netloc.decode("ascii")}
        pinned = self.url.copy_with(host=self.address)
        extensions = {"sni_hostname": self.url.host} if self.url.scheme == "https" else {}
        return client.build_request("POST", pinned, content=body, headers=named, extensions=extensions)


def check_url(text: str, *, private: bool = False) -> httpx.URL:
    """Return the address if its words are those of one that we send to. ``private``: also within our own network.

    Raises:
        InvalidInputError: no https address, or one with a user, a password or a fragment.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL("")
    schemes = {"https", "http"} if private else {"https"}
    if len(text) > URL_MAX or url.scheme not in schemes or not url.host or url.userinfo or url.fragment:
        raise InvalidInputError(
            "Alamat ini tidak dapat dikirimi. (Nothing can be sent to this address.)",
            "Tulis https://tuan-rumah/jalur tanpa nama pengguna. (Write https://host/path without a user name.)",
        )
    return url


async def find_target(text: str, *, private: bool = False) -> Target:
    """Look the host up and return what is to be sent to.

    Raises:
        InvalidInputError: the words are wrong, the host is not known, or one of its addresses is not public.
    """
    url = check_url(text, private=private)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise InvalidInputError(
            f"{url.host} tidak dikenal. ({url.host} is not known.)", "Periksa namanya. (Check its name.)"
        ) from error
    addresses = [str(one[4][0]) for one in found]
    if not private and not all(is_public_address(one) for one in addresses):
        raise InvalidInputError(
            f"{url.host} bukan alamat umum. ({url.host} is no public address.)",
            "Pakai alamat yang terjangkau dari internet. (Use one that the internet can reach.)",
        )
    return Target(url, addresses[0])


def is_public_address(text: str) -> bool:
    """Tell whether an IP address is one of the internet's own; one wrapped in IPv6 is unwrapped first."""
    address = ipaddress.ip_address(text.partition("%")[0])
    inside = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    teredo = getattr(address, "teredo", None)
    if inside is not None:
        address = inside
    return address.is_global and not address.is_multicast and teredo is None
