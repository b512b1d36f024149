"""Who may review: nobody who uploaded or read the form himself, and nobody who is linked to one who did."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ForbiddenError

# A reviewer who has read it as a reviewer is no obstacle to himself, but his friends are to one another.
_OBSTACLES = text(
    """WITH own AS (
         SELECT CAST(:account AS bigint) AS account_id
         UNION SELECT other.account_id FROM linked_account mine JOIN linked_account other USING (group_id)
               WHERE mine.account_id = :account)
       SELECT EXISTS (SELECT FROM photo p JOIN own ON own.account_id = p.uploader_id
                      WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode AND p.round = s.round) AS sent,
              EXISTS (SELECT FROM task t JOIN own ON own.account_id = t.account_id
                      WHERE t.section_id = s.id AND t.state IN ('leased', 'answered', 'skipped')
                        AND (t.mode <> 'review' OR t.account_id <> :account)) AS read
       FROM tps_section s WHERE s.id = :section"""
)
_SENT_PHOTO = text(
    """SELECT EXISTS (
         SELECT FROM photo p WHERE p.id = :photo AND (p.uploader_id = :account OR p.uploader_id IN (
           SELECT other.account_id FROM linked_account mine JOIN linked_account other USING (group_id)
           WHERE mine.account_id = :account)))"""
)


class NotImpartialError(ForbiddenError):
    """The reviewer, or somebody linked to him, uploaded or read what he would judge."""

    code = "not_impartial"


async def require_impartial(session: AsyncSession, *, section_id: int, account_id: int) -> None:
    """Check that a reviewer, and whoever is linked to him, neither uploaded a photo of this TPS nor read the section.

    Raises:
        NotImpartialError: says which of the two.
    """
    row = (await session.execute(_OBSTACLES, {"section": section_id, "account": account_id})).one()
    if row.sent:
        raise _not_impartial("mengunggah foto TPS ini", "uploaded a photograph of this polling station")
    if row.read:
        raise _not_impartial("sudah membaca formulir ini", "read this form before")


async def require_not_sender(session: AsyncSession, *, photo_id: int, account_id: int) -> None:
    """Check that neither a reviewer nor whoever is linked to him sent this photograph.

    Raises:
        NotImpartialError: he did.
    """
    if (await session.execute(_SENT_PHOTO, {"photo": photo_id, "account": account_id})).scalar_one():
        raise _not_impartial("mengunggah foto ini", "uploaded this photograph")


def _not_impartial(indonesian: str, english: str) -> NotImpartialError:
    message = f"Anda atau akun yang terkait dengan Anda {indonesian}. (You, or an account linked to yours, {english}.)"
    return NotImpartialError(message, "Serahkan kepada peninjau lain. (Leave it to another reviewer.)")
