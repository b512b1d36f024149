"""The publisher: writes what changed as files for everybody. Every worker process has one; one at a time works.

A worker without the installation's key publishes nothing: a pointer signed by another key would be nobody's word.
"""

from datetime import UTC, datetime, timedelta

import structlog

from app.core.database import Sessions, is_outage
from app.core.statements import look
from app.core.storage import StoreUnavailableError
from app.publication.known import OvertakenError, list_due
from app.publication.press import Press, mend_pointers
from app.publication.publish import publish_contest
from app.publication.shelf import open_shelf
from app.publication.sweep import sweep_volumes
from app.transparency.key_record import find_recorded_key
from app.transparency.signing import Signer, find_key_file, open_signer
from workers.job import Context

log = structlog.get_logger(__name__)

PUBLISH_EVERY = 2.0
"""Seconds between two looks whether something is to be published."""

MEND_EVERY = 60.0
LATELY = timedelta(minutes=10)
"""A publication whose worker died before it put the pointer is found by the others well within this."""


async def publish_once(context: Context) -> int:
    """Publish every contest of which something changed.

    Returns 0: the next look comes in its own time, however much there was. One publication of what came in within two
    seconds costs less than twenty small ones.
    """
    async with look(context.sessions) as ask:
        due = await list_due(ask)
    press = await open_press(context) if due else None
    if press is not None:
        for pemilihan_id in due:
            await _publish(press, pemilihan_id)
    return 0


async def open_press(context: Context) -> Press | None:
    """Return what is needed to publish; none while this worker has not the key that the installation signs with."""
    if not find_key_file(context.settings).is_file():
        return None
    signer = open_signer(context.settings)
    if not await _is_ours(context.sessions, signer):
        return None
    return Press(context.sessions, open_shelf(context.storage), signer)


async def _is_ours(sessions: Sessions, signer: Signer) -> bool:
    async with sessions.begin() as session:
        return await find_recorded_key(session) == signer.public_key


async def _publish(press: Press, pemilihan_id: int) -> None:
    """Publish one contest; what keeps it from being published keeps no other back."""
    try:
        await publish_contest(press, pemilihan_id=pemilihan_id)
    except OvertakenError:
        log.info("another worker was faster", pemilihan_id=pemilihan_id)
    except StoreUnavailableError as error:
        log.warning("nothing can be published while the store is away", pemilihan_id=pemilihan_id, error=str(error))
    except Exception as error:
        if is_outage(error):
            raise
        log.exception("a contest could not be published", pemilihan_id=pemilihan_id, exc_info=error)


class Mender:
    """Puts right what a crash left of pointers and volumes. Owned by one worker process.

    The first look is at every contest: the database, or the store, may have been restored. Later ones are at what was
    published lately, by whichever worker: there are thousands of contests, and each look asks the store.
    """

    def __init__(self, context: Context) -> None:
        """Look at nothing yet."""
        self._context = context
        self._within: timedelta | None = None

    async def mend(self) -> int:
        """Look once; 0, see :func:`publish_once`."""
        press = await open_press(self._context)
        if press is not None:
            await mend_pointers(press, within=self._within)
            await sweep_volumes(press, now=datetime.now(UTC))
            self._within = LATELY
        return 0
