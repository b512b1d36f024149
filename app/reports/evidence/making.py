"""A pack on its way, as the worker writes it down: begun, so many TPS gathered, ready, or given up."""

from datetime import UTC, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.reports.evidence.contents import Pack
from app.reports.evidence.facts import PackFacts
from app.reports.evidence.models import EvidencePack
from app.reports.evidence.packs import PackView, view_pack


async def begin_pack(session: AsyncSession, *, pack_id: int) -> PackView | None:
    """Return a pack that is to be made; None when there is nothing to do any more."""
    row = await session.get(EvidencePack, pack_id, with_for_update=True)
    if row is None or row.state in {"ready", "failed"}:
        return None
    row.state, row.done = "making", 0
    await session.flush()
    return view_pack(row)


async def note_progress(session: AsyncSession, *, pack_id: int, done: int, total: int) -> None:
    """Note how many TPS are gathered."""
    await session.execute(update(EvidencePack).where(EvidencePack.id == pack_id).values(done=done, total=total))


async def find_same(session: AsyncSession, *, pack: PackView, facts: PackFacts) -> str | None:
    """Return the hash of a finished pack of this place that says just this; None when there is none."""
    same = await _find_same(session, pack, facts)
    return None if same is None else same.sha256


async def _find_same(session: AsyncSession, pack: PackView, facts: PackFacts) -> EvidencePack | None:
    query = select(EvidencePack).where(
        EvidencePack.pemilihan_id == pack.pemilihan_id,
        EvidencePack.kode == pack.kode,
        EvidencePack.state == "ready",
        EvidencePack.state_sha256 == facts.state_sha256,
    )
    return (await session.scalars(query)).first()


async def take_same(session: AsyncSession, *, pack: PackView, facts: PackFacts) -> None:
    """Let the finished pack that says just this be the answer, with the bytes of the first time; the order goes."""
    same = await _find_same(session, pack, facts)
    order = await session.get(EvidencePack, pack.id, with_for_update=True)
    if same is None or order is None or order.id == same.id:
        return
    same.checked_at = datetime.now(UTC)
    await session.delete(order)
    await session.flush()


async def note_ready(session: AsyncSession, *, pack: PackView, facts: PackFacts, made: Pack) -> None:
    """Note that a pack lies in the object store.

    One that says the same may be known already, whose bytes the store had lost (packs are in no backup): it takes them.
    """
    order = await session.get(EvidencePack, pack.id, with_for_update=True)
    same = await _find_same(session, pack, facts)
    row = same or order
    if row is None:
        return
    if order is not None and order is not row:
        await session.delete(order)
        await session.flush()
    row.state, row.done, row.total = "ready", len(facts.tps), len(facts.tps)
    row.left_out, row.photo_ids, row.as_of = facts.left_out_count, list(facts.photo_ids), facts.as_of
    row.state_sha256, row.sha256, row.byte_count = facts.state_sha256, made.sha256, len(made.data)
    row.ready_at = row.checked_at = datetime.now(UTC)
    await session.flush()


async def note_failed(session: AsyncSession, *, pack_id: int) -> None:
    """Note that a pack was given up; it may be asked for again."""
    row = await session.get(EvidencePack, pack_id, with_for_update=True)
    if row is not None and row.state in {"asked", "making"}:
        row.state = "failed"
        await session.flush()
