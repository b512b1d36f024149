"""What a case is about, looked up without a lock: a case never changes its subject."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.verification.review.cases import no_case
from app.verification.review.models import ReviewCase


async def find_case(session: AsyncSession, *, case_id: int) -> ReviewCase:
    """Return the row of a case; for reading, inside this package.

    Raises:
        NotFoundError: there is no such case.
    """
    query = select(ReviewCase).filter_by(id=case_id).execution_options(populate_existing=True)
    case = (await session.execute(query)).scalar_one_or_none()
    if case is None:
        raise no_case(case_id)
    return case


async def find_section_of_case(session: AsyncSession, *, case_id: int) -> int:
    """Return the section that a case is about.

    Raises:
        NotFoundError: there is no such case.
        ConflictError: it is about something else.
    """
    case = await find_case(session, case_id=case_id)
    if case.section_id is None:
        message = f"Perkara {case_id} bukan tentang angka suatu formulir. (Case {case_id} is about no form's numbers.)"
        raise ConflictError(message, "Lihat gambarnya dan tutup dengan catatan. (Look, and close it with a note.)")
    return case.section_id
