"""Pages of differences by cursor: the place where the last one ended, so that what comes in meanwhile moves none."""

import base64
import binascii
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidInputError
from app.discrepancy.listing import DiscrepancyFilter, Order, build_conditions
from app.discrepancy.models import Discrepancy
from app.discrepancy.rows import DiscrepancyRow, select_rows, view_row

BIGGEST = 2**63 - 1


@dataclass(frozen=True)
class Cursor:
    """Behind which difference a page begins, in which order. ``size``: without its sign; 0 in the order ``newest``."""

    order: Order
    size: int
    id: int

    def spell(self) -> str:
        """Return it as it stands in an address: opaque to those who pass it on."""
        return base64.urlsafe_b64encode(f"{self.order}:{self.size}:{self.id}".encode()).decode().rstrip("=")


def parse_cursor(text: str, *, order: Order) -> Cursor:
    """Return what :meth:`Cursor.spell` wrote.

    Raises:
        InvalidInputError: it is no cursor, or one of another order.
    """
    try:
        words = (
            base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True).decode().split(":")
        )
        found = Cursor(order, *(int(word) for word in words[1:]))
    except (binascii.Error, ValueError, TypeError):
        found = None
        words = [""]
    if found is None or words[0] != order or not (0 <= found.size <= BIGGEST and 0 <= found.id <= BIGGEST):
        raise InvalidInputError(
            "Penanda halaman ini tidak dapat dipakai. (This cursor cannot be used.)",
            "Pakai nilai `next` dari halaman sebelumnya, dengan urutan yang sama. (Use `next` of the page before.)",
        )
    return found


async def read_page_after(
    session: AsyncSession, *, filters: DiscrepancyFilter, cursor: Cursor, limit: int
) -> tuple[DiscrepancyRow, ...]:
    """Return the next ``limit`` differences behind the cursor, in its order.

    Raises:
        NotFoundError: the region is not known.
    """
    size = func.abs(Discrepancy.difference)
    behind: ColumnElement[bool]
    if cursor.order == "size":
        behind = tuple_(size, Discrepancy.id) < tuple_(literal(cursor.size), literal(cursor.id))
    else:
        behind = Discrepancy.id < cursor.id
    ordering = (size.desc(), Discrepancy.id.desc()) if cursor.order == "size" else (Discrepancy.id.desc(),)
    conditions = [*await build_conditions(session, filters=filters), behind]
    rows = await session.execute(select_rows(conditions).order_by(*ordering).limit(limit))
    return tuple(view_row(row) for row in rows)


def cursor_behind(items: tuple[DiscrepancyRow, ...], *, order: Order, limit: int) -> str | None:
    """Return the cursor of the page after these; null when they were fewer than asked for, so the last."""
    if len(items) < limit:
        return None
    last = items[-1]
    return Cursor(order, abs(last.difference) if order == "size" else 0, last.id).spell()
