"""Invitations: a link that lets somebody make a volunteer account where registration is closed, and says who asked."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import Invite
from app.core.access import Role
from app.core.errors import InvalidInputError, NotFoundError, TooManyRequestsError

LIVE_MAX = 5
"""A volunteer's open invitations, counted by uses: whoever knows more people asks an operator."""

USES_MAX = 500
LASTS = timedelta(days=7)
_CODE_MAX = 100


@dataclass(frozen=True)
class InviteView:
    """A new invitation. ``code`` is shown once and kept nowhere."""

    code: str
    uses: int
    expires_at: datetime


async def make_invite(session: AsyncSession, *, by: int, role: Role, uses: int = 1) -> InviteView:
    """Make an invitation for ``uses`` accounts, in the name of ``by``, whose role is ``role``.

    Raises:
        InvalidInputError: ``uses`` is not 1 to :data:`USES_MAX`.
        TooManyRequestsError: this volunteer has enough open ones.
    """
    if not 1 <= uses <= USES_MAX:
        message = f"Undangan untuk {uses} orang tidak dapat dibuat. (No invitation for {uses} people.)"
        raise InvalidInputError(message, f"Pilih 1 sampai {USES_MAX}. (Choose 1 to {USES_MAX}.)")
    live = select(func.coalesce(func.sum(Invite.uses_left), 0)).where(
        Invite.made_by == by, Invite.expires_at > func.now()
    )
    if role is not Role.ADMIN and int((await session.execute(live)).scalar_one()) + uses > LIVE_MAX:
        message = f"Undangan Anda yang masih terbuka sudah {LIVE_MAX}. (You have {LIVE_MAX} open invitations.)"
        remedy = "Tunggu sampai dipakai, atau minta pengelola. (Wait until they are used, or ask an operator.)"
        raise TooManyRequestsError(message, remedy, code="too_many_invites")
    code = secrets.token_urlsafe(12)
    invite = Invite(code_sha256=_hash(code), made_by=by, uses_left=uses)
    invite.expires_at = func.now() + LASTS
    session.add(invite)
    await session.flush()
    await session.refresh(invite)
    return InviteView(code, uses, invite.expires_at)


async def take_invite(session: AsyncSession, *, code: str) -> int:
    """Use an invitation once, in the transaction that makes the account; return who invited.

    Raises:
        NotFoundError: no such invitation, or it is used up or over; which of these is not told.
    """
    # The condition is in the statement: two who use the last one at once are told apart by the row's lock.
    statement = (
        update(Invite)
        .where(Invite.code_sha256 == _hash(code), Invite.uses_left > 0, Invite.expires_at > func.now())
        .values(uses_left=Invite.uses_left - 1)
        .returning(Invite.made_by)
    )
    by = (await session.execute(statement)).scalar_one_or_none()
    if by is None:
        message = "Undangan ini tidak berlaku (lagi). (This invitation is not valid, or no longer.)"
        raise NotFoundError(message, "Minta yang baru kepada pengundang. (Ask for a new one.)", code="no_such_invite")
    return by


def _hash(code: str) -> str:
    """A fast hash will do: the code has 96 random bits."""
    return sha256(code[:_CODE_MAX].encode("utf-8", "replace")).hexdigest()
