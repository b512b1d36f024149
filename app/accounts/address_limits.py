"""How often one public address may do something, whoever asks from there."""

from starlette.requests import HTTPConnection

from app.accounts.signals import hash_address
from app.core.open_reads import RATE
from app.core.rate_limit import Limit, require_seldom

HOUR = 3600


async def require_seldom_from_address(connection: HTTPConnection, *, name: str, most: int, seconds: int = HOUR) -> None:
    """Count that somebody at this address does what ``name`` says; 0: no limit.

    Limits are wide: a village behind one mobile network shares an address. A private address says nothing of anybody
    (it is a proxy's, or an office's) and is not counted.

    Raises:
        TooManyRequestsError: more than ``most`` times within the window.
    """
    state = connection.app.state
    address = hash_address(connection, state.signer)
    if address is not None:
        rate = await require_seldom(state.sessions, [Limit(name, address, most, seconds)])
        setattr(connection.state, RATE, rate)  # the answer says how much is left
