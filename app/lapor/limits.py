"""How often somebody may report: so often that an honest person never notices, so seldom that a list stays readable."""

from fastapi import Request

from app.accounts.signals import find_sender
from app.core.access import Principal
from app.core.rate_limit import Limit, require_seldom

HOUR = 3600
BY_ACCOUNT = 30
BY_ADDRESS = 60
"""Many telephones share one address of their operator's; it is hashed with a key before it is counted."""
BY_UNKNOWN = 600
"""All together whose address a proxy does not tell, or who are on the installation's own network."""


async def count_report(request: Request, principal: Principal | None) -> None:
    """Count a report that is about to be sent.

    Raises:
        TooManyRequestsError: too many of late, from this account or, without one, this address.
    """
    await require_seldom(request.app.state.sessions, [_find_limit(request, principal)])


def _find_limit(request: Request, principal: Principal | None) -> Limit:
    if principal is not None:
        return Limit("lapor/account", str(principal.account_id), BY_ACCOUNT, HOUR)
    address = dict(find_sender(request, request.app.state.signer).hashes).get("address")
    if address is None:
        return Limit("lapor/unknown", "all", BY_UNKNOWN, HOUR)
    return Limit("lapor/address", address, BY_ADDRESS, HOUR)
