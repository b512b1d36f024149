"""What an account may still send today.

Photographs are counted as they lie there: nothing is forgotten in a crash, and what was sent twice on a bad line counts
once.
"""

from fastapi import Request

from app.accounts.address_limits import require_seldom_from_address
from app.core.access import Principal, Role
from app.core.database import Sessions
from app.core.errors import TooManyRequestsError
from app.core.statements import look
from app.intake.triage.caps import allowed_uploads

# Bytes that were announced and never became a photograph lie in the store all the same. Pages of a document and what
# was moved were no uploads.
_SENT = """
SELECT (SELECT count(*) FROM photo WHERE uploader_id = $1 AND at > now() - interval '1 day'
          AND parent_id IS NULL AND moved_from IS NULL)
     + (SELECT count(*) FROM direct_upload WHERE account_id = $1 AND state <> 'completed'
          AND at > now() - interval '1 day') AS sent"""
_EARNED = """
SELECT floor(extract(epoch FROM now() - account.at) / 86400)::int AS age,
       (SELECT count(*) FROM photo JOIN result ON result.pemilihan_id = photo.pemilihan_id
            AND result.tps_kode = photo.tps_kode AND result.round = photo.round
        WHERE photo.uploader_id = account.id AND photo.state = 'read' AND result.state = 'accepted') AS approved,
       (SELECT ceil(extract(epoch FROM min(photo.at) + interval '1 day' - now()))::int FROM photo
        WHERE uploader_id = account.id AND at > now() - interval '1 day') AS wait
FROM account WHERE account.id = $1"""


async def limit_uploads(request: Request, principal: Principal) -> None:
    """Count an upload from this address, and refuse what is more than the account may send in a day.

    Reviewers and admins send what they must.

    Raises:
        TooManyRequestsError: too many from this address, or by this account.
    """
    if principal.role is not Role.VOLUNTEER:
        return
    settings = request.app.state.settings
    await require_seldom_from_address(request, name="upload", most=settings.uploads_an_hour)
    if settings.uploads_first_day:
        await require_allowance(
            request.app.state.sessions, account_id=principal.account_id, first=settings.uploads_first_day
        )


async def require_allowance(sessions: Sessions, *, account_id: int, first: int) -> None:
    """Refuse one upload too many; see :func:`app.intake.triage.caps.allowed_uploads`.

    Two that arrive at once may both pass: a cap of so many is not a lock.

    Raises:
        TooManyRequestsError: with what is allowed, and when there is room again.
    """
    async with look(sessions) as statements:
        row = await statements.row(_SENT, account_id)
        if row is None or row["sent"] < first:
            return
        earned = await statements.row(_EARNED, account_id)
    assert earned is not None, "who sends has an account"
    allowed = allowed_uploads(earned["approved"], earned["age"], first=first)
    if row["sent"] >= allowed:
        raise TooManyRequestsError(
            f"Hari ini Anda sudah mengirim {row['sent']} berkas; batas akun Anda {allowed} sehari. "
            f"(You have sent {row['sent']} files within a day; your account may send {allowed}.)",
            "Kirim lagi besok; batasnya naik bila foto Anda dipakai. Mendesak? Hubungi pengelola. "
            "(Send more tomorrow; the limit rises as your photographs are used. Urgent? Ask the operators.)",
            code="too_many_uploads",
            retry_after=max(1, earned["wait"] or 1),
        )
