"""What workers do about readers now and then: estimate them, link accounts; and deal confirmations again by job."""

from app.accounts.link_accounts import link_accounts
from app.verification.trust.estimate import estimate_due
from app.verification.trust.redeal import redeal_confirmations as redeal_batch
from app.verification.trust.shared_sections import settle_shared
from workers.job import Context, Payload

TRUST_EVERY = 60.0
LINK_EVERY = 300.0


async def redeal_confirmations(context: Context, payload: Payload) -> None:
    """Deal one batch of ``{"account_id"}``'s confirmations again; it queues the next batch itself."""
    async with context.sessions.begin() as session:
        await redeal_batch(session, account_id=payload["account_id"])


async def trust_once(context: Context) -> int:
    """Estimate the readers of whom there is news, one batch; return how many those were."""
    async with context.sessions.begin() as session:
        return await estimate_due(session)


async def link_once(context: Context) -> int:
    """Bring the groups of linked accounts up to date, and have looked at again what they read together."""
    async with context.sessions.begin() as session:
        await settle_shared(session, groups=await link_accounts(session))
    return 0
