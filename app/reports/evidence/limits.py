"""How often a pack may be asked for: a person looks through fewer; a flood must not keep the workers from votes."""

from fastapi import Request

from app.accounts.signals import find_sender
from app.core.access import Principal
from app.core.rate_limit import Limit, require_seldom

HOUR = 3600
BY_ACCOUNT = 30
BY_ADDRESS = 12
BY_UNKNOWN = 120
"""All together whose address a proxy does not tell, or who are on the installation's own network."""
BY_ALL = 600
"""All together: what a worker can make in an hour beside its other work."""


async def count_order(request: Request, principal: Principal | None) -> None:
    """Count an order that is about to be given.

    Raises:
        TooManyRequestsError: too many of late, from this account or, without one, this address, or from all.
    """
    limits = [_find_limit(request, principal), Limit("evidence/all", "all", BY_ALL, HOUR)]
    await require_seldom(request.app.state.sessions, limits)


def _find_limit(request: Request, principal: Principal | None) -> Limit:
    if principal is not None:
        return Limit("evidence/account", str(principal.account_id), BY_ACCOUNT, HOUR)
    address = dict(find_sender(request, request.app.state.signer).hashes).get("address")
    if address is None:
        return Limit("evidence/unknown", "all", BY_UNKNOWN, HOUR)
    return Limit("evidence/address", address, BY_ADDRESS, HOUR)
