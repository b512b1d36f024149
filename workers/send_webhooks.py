"""Tell subscribers what is new."""

from app.reports.webhooks.sending import send_due
from app.transparency.key_record import find_recorded_key
from app.transparency.signing import Signer, find_key_file, open_signer
from workers.job import Context

WEBHOOKS_EVERY = 2.0


class WebhookSender:
    """Sends what is due, if this worker has the key that the installation signs with."""

    def __init__(self, context: Context) -> None:
        """Send from this worker's database."""
        self._context = context
        self._signer: Signer | None = None

    async def step(self) -> int:
        """Serve one subscription; return how much was told."""
        if self._signer is None:
            self._signer = await self._open_signer()
        return 0 if self._signer is None else await send_due(self._context.sessions, self._signer)

    async def _open_signer(self) -> Signer | None:
        """Return the installation's signer; a worker on a machine without the key makes none of its own."""
        if not find_key_file(self._context.settings).is_file():
            return None
        signer = open_signer(self._context.settings)
        async with self._context.sessions.begin() as session:
            return signer if await find_recorded_key(session) == signer.public_key else None
