"""Accounts of sources that are no people, such as the authority's published photographs. Nobody can sign in as one."""

import re

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Account
from app.accounts.passwords import generate_password, hash_password
from app.core.access import Role
from app.core.errors import InvalidInputError

_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")


async def ensure_source_account(session: AsyncSession, *, source: str) -> int:
    """Return the account in whose name this source's files are kept, made when it is asked for first.

    Its name holds a colon, so nobody can register it; it is suspended from the start, and its password is known to
    nobody.

    Raises:
        InvalidInputError: the source's name is none.
    """
    if not _SOURCE.fullmatch(source):
        message = f"Nama sumber {source[:40]!r} tidak dapat dipakai. (This name of a source cannot be used.)"
        raise InvalidInputError(message, "Pakai 1-30 huruf a-z, angka, garis. (Use 1 to 30 of a-z, 0-9, -.)")
    name = f"sumber:{source}"
    values = {
        "name": name,
        "display_name": f"Sumber {source}",
        "password_hash": await hash_password(generate_password()),
        "role": Role.VOLUNTEER.value,
        "state": "suspended",
    }
    await session.execute(insert(Account).values(values).on_conflict_do_nothing(index_elements=[Account.name]))
    return (await session.execute(select(Account.id).where(Account.name == name))).scalar_one()
