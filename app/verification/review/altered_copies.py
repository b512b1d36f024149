"""Photographs of one page of a TPS, two by two: which are to be compared, and the case that a changed box opens."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue_many
from app.pemilu.service import get_contest
from app.verification.review.cases import open_case

OTHERS_MAX = 4
"""Earlier photographs of the same page that one is compared with, the oldest first."""

# A reading that does not say by which layout its boxes were found leaves nothing to compare.
_HAVE_OTHERS = text(
    """SELECT p.id FROM photo p WHERE p.id = ANY(CAST(:photos AS bigint[])) AND p.state = 'read'
         AND EXISTS (SELECT FROM reading r WHERE r.photo_id = p.id AND r.mode = 'machine' AND r.details ? 'layout_key')
         AND EXISTS (
         SELECT FROM photo o WHERE o.pemilihan_id = p.pemilihan_id AND o.tps_kode = p.tps_kode AND o.round = p.round
         AND o.form = p.form AND o.page = p.page AND o.state = 'read' AND o.id < p.id)
       ORDER BY p.id"""
)
_PAIRS = text(
    """SELECT p.id AS ours, o.id AS theirs, p.page, p.form, p.pemilihan_id, p.tps_kode, p.round,
              (SELECT r.details ->> 'layout_key' FROM reading r
               WHERE r.photo_id = p.id AND r.mode = 'machine' ORDER BY r.id DESC LIMIT 1) AS layout_key
       FROM photo p JOIN photo o ON o.pemilihan_id = p.pemilihan_id AND o.tps_kode = p.tps_kode AND o.round = p.round
         AND o.form = p.form AND o.page = p.page AND o.state = 'read' AND o.id < p.id
       WHERE p.id = :photo AND p.state = 'read' ORDER BY o.id LIMIT :most"""
)
_SECTION = text(
    """SELECT id FROM tps_section WHERE pemilihan_id = :pemilihan AND tps_kode = :tps AND round = :round
       AND section = :section"""
)
_KNOWN = text(
    """SELECT EXISTS (SELECT FROM review_case WHERE kind = 'altered_copy' AND subject = :subject
                      AND facts -> 'photos' = CAST(:photos AS jsonb))"""
)


@dataclass(frozen=True)
class Pair:
    """Two read photographs of one page of one form; ``ours`` came later. ``fields``: what the page holds."""

    ours: int
    theirs: int
    page: int
    layout_key: str
    pemilihan_id: int
    tps_kode: str
    round: int
    fields: tuple[str, ...]


async def have_copies_compared(session: AsyncSession, *, photo_ids: Sequence[int]) -> None:
    """Queue the comparison of those photographs beside which an earlier one shows the same page."""
    found = (await session.execute(_HAVE_OTHERS, {"photos": list(photo_ids)})).scalars().all()
    keys = sorted((f"compare_pages/{photo}", photo) for photo in found)
    payloads = [{"photo_id": photo} for _, photo in keys]
    await enqueue_many(session, "compare_pages", payloads, dedupe=[key for key, _ in keys])


async def list_pairs(session: AsyncSession, *, photo_id: int) -> tuple[Pair, ...]:
    """Return the photograph with each earlier one of its page; none when it is no longer used."""
    rows = (await session.execute(_PAIRS, {"photo": photo_id, "most": OTHERS_MAX})).all()
    if not rows:
        return ()
    contest = await get_contest(session, id=rows[0].pemilihan_id)
    fields = tuple(
        name
        for section in contest.sections_of_page(rows[0].page, form=rows[0].form)
        for name in contest.fields_on(section, form=rows[0].form, page=rows[0].page)
    )
    return tuple(
        Pair(
            ours=row.ours,
            theirs=row.theirs,
            page=row.page,
            layout_key=row.layout_key,
            pemilihan_id=row.pemilihan_id,
            tps_kode=row.tps_kode,
            round=row.round,
            fields=fields,
        )
        for row in rows
        if row.layout_key is not None
    )


async def note_altered(session: AsyncSession, *, pair: Pair, fields: Sequence[str]) -> int | None:
    """Open the case of two photographs whose boxes of ``fields`` differ; return its number.

    None, and nothing is opened, when nothing differs or a reviewer has had this very pair before.
    """
    if not fields:
        return None
    contest = await get_contest(session, id=pair.pemilihan_id)
    section = next(one.kode for one in contest.sections if fields[0] in one.fields)
    place = {"pemilihan": pair.pemilihan_id, "tps": pair.tps_kode, "round": pair.round, "section": section}
    number = (await session.execute(_SECTION, place)).scalar_one_or_none()
    if number is None:
        return None
    subject, photos = f"section/{number}", [pair.theirs, pair.ours]
    known = await session.execute(_KNOWN, {"subject": subject, "photos": str(photos)})
    if known.scalar_one():
        return None
    facts = {"photos": photos, "fields": sorted(fields)}
    return await open_case(session, kind="altered_copy", subject=subject, facts=facts, reason="few_boxes_differ")
