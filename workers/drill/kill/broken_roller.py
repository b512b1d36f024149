"""A roller that is broken on purpose, for the negative control: nothing else may run it.

The right one takes, deletes and adds up in one transaction. This one takes and deletes in a first one and adds up in a
second: killed in between, the regions it took are never added up.
"""

import asyncio

from sqlalchemy import text

from app.core.config import get_settings
from app.core.database import Sessions, open_sessions
from app.tally.service import roll_up

IDLE = 0.02
_TAKE = text("DELETE FROM tally_change RETURNING pemilihan_id, kelurahan")
_PUT_BACK = text("INSERT INTO tally_change (pemilihan_id, kelurahan) VALUES (:pemilihan_id, :kelurahan)")


async def roll_up_in_two_steps(sessions: Sessions) -> int:
    """Take the list, commit, and only then add up; return how many rows were taken."""
    async with sessions.begin() as session:
        taken = [dict(row) for row in (await session.execute(_TAKE)).mappings()]
    if taken:
        async with sessions.begin() as session:
            await session.execute(_PUT_BACK, taken)
            await roll_up(session)
    return len(taken)


async def main() -> None:
    """Roll up until killed."""
    url = get_settings().database_url
    assert url is not None, "the drill names its database"
    async with open_sessions(url) as sessions:
        while True:
            if not await roll_up_in_two_steps(sessions):
                await asyncio.sleep(IDLE)


if __name__ == "__main__":
    asyncio.run(main())
