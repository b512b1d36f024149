"""Nobody judges what he, or an account linked to his, has sent."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError

_OWN = """
    own AS (
      SELECT CAST(:account AS bigint) AS account_id
      UNION SELECT other.account_id FROM linked_account mine JOIN linked_account other USING (group_id)
            WHERE mine.account_id = :account)"""
_SENT_PHOTO = text(
    f"""WITH {_OWN} SELECT EXISTS (
         SELECT FROM photo p JOIN own ON own.account_id = p.uploader_id WHERE p.id = :photo)"""  # noqa: S608 - ours
)
_SENT_TO_PLACE = text(
    f"""WITH {_OWN} SELECT EXISTS (
         SELECT FROM photo asked JOIN photo p USING (pemilihan_id, tps_kode, round)
         JOIN own ON own.account_id = p.uploader_id WHERE asked.id = :photo)"""  # noqa: S608 - ours
)


async def require_not_sender(session: AsyncSession, *, photo_id: int, account_id: int) -> None:
    """Check that neither a reviewer nor an account linked to his sent this photograph.

    Raises:
        ConflictError: he did.
    """
    if (await session.execute(_SENT_PHOTO, {"photo": photo_id, "account": account_id})).scalar_one():
        raise _own("foto ini", "this photograph")


async def require_no_part(session: AsyncSession, *, photo_id: int, account_id: int) -> None:
    """Check that neither a reviewer nor an account linked to his sent any photograph of this one's TPS.

    Raises:
        ConflictError: he did.
    """
    if (await session.execute(_SENT_TO_PLACE, {"photo": photo_id, "account": account_id})).scalar_one():
        raise _own("foto TPS ini", "a photograph of this polling station")


def _own(indonesian: str, english: str) -> ConflictError:
    message = (
        f"Anda atau akun yang terkait dengan Anda mengirim {indonesian}. (You, or an account linked to yours, "
        f"sent {english}.)"
    )
    return ConflictError(message, "Biarkan peninjau lain memutuskan. (Leave it to another reviewer.)", code="not_yours")
