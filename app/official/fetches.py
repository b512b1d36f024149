"""Answers of the authority's servers: what was fetched when, under which hash, and what makes asking again cheap."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.official.models import OfficialFetch


@dataclass(frozen=True)
class Known:
    """What is known of an address: the hash of the newest bytes, and what a server calls them."""

    sha256: str
    byte_count: int
    etag: str | None
    last_modified: str | None


@dataclass(frozen=True)
class Fetched:
    """One answer. ``status``: 200 with new bytes, 304 when they are those of ``known``."""

    url: str
    final_url: str
    status: int
    known: Known


async def find_known(session: AsyncSession, *, url: str) -> Known | None:
    """Return what the newest answer of an address was; null: none was kept."""
    statement = select(OfficialFetch).where(OfficialFetch.url == url).order_by(OfficialFetch.id.desc()).limit(1)
    row = (await session.scalars(statement)).one_or_none()
    return None if row is None else Known(row.sha256, row.byte_count, row.etag, row.last_modified)


async def note_fetch(session: AsyncSession, fetched: Fetched) -> None:
    """Note an answer. To be written with what it brought: a noted answer is not asked for again in full.

    The caller has sealed the bytes before the transaction.
    """
    session.add(
        OfficialFetch(
            url=fetched.url,
            final_url=fetched.final_url,
            status=fetched.status,
            sha256=fetched.known.sha256,
            byte_count=fetched.known.byte_count,
            etag=fetched.known.etag,
            last_modified=fetched.known.last_modified,
        )
    )
    await session.flush()
