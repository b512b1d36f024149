"""Monitors' own rules: written, kept, and looked at over a region when somebody asks. Their findings are not kept.

A rule is text of `rules.expression`; nothing of Python runs. It is evaluated stretch by stretch over arrays, and stops
at a time limit: then the answer says from where on nothing was looked at.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.database import Sessions
from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.discrepancy.everything import LAST, list_stretches
from app.discrepancy.load import Stretch, load_stretch
from app.discrepancy.models import MonitorRule
from app.discrepancy.rules.expression import Expression, parse_expression
from app.discrepancy.rules.figures import UNKNOWN
from app.pemilu.definition import Contest
from app.wilayah.codes import NATION, parse_kode

RULES_MAX = 50
"""Of one account in one contest."""
NAME_MAX = 80
SECONDS_MAX = 8.0
"""That a page looks at most; a download takes what it takes, in short transactions."""
SHOWN_MAX = 200


@dataclass(frozen=True)
class OwnRule:
    """A monitor's rule."""

    id: int
    owner_id: int
    pemilihan_id: int
    nama: str
    expression: str
    is_on: bool
    updated_at: datetime


@dataclass(frozen=True)
class Hit:
    """A TPS at which a rule holds, with the numbers that it looks at: (``ours.suara_01``, 72), null where unknown."""

    tps_kode: str
    numbers: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Looked:
    """What a rule finds in a region. ``stopped_at``: the first code that time did not reach; null when it reached all.

    ``hits`` are the first :data:`SHOWN_MAX` of ``count``.
    """

    hits: tuple[Hit, ...]
    count: int
    tps: int
    stopped_at: str | None


async def write_rule(
    session: AsyncSession, *, contest: Contest, owner_id: int, nama: str, expression: str, rule_id: int | None = None
) -> int:
    """Keep a rule, or change one's own, and return its number.

    Raises:
        ExpressionError: the text says no rule; the place is named.
        InvalidInputError: no name, or too many rules.
        ConflictError: one of this name exists. NotFoundError: it is not his.
    """
    parse_expression(expression, contest.fields)
    name = _check_name(nama)
    if rule_id is not None:
        changed = await session.execute(
            update(MonitorRule)
            .where(MonitorRule.id == rule_id, MonitorRule.owner_id == owner_id)
            .values(nama=name, expression=expression, updated_at=func.now())
            .returning(MonitorRule.id)
        )
        if changed.scalar_one_or_none() is None:
            raise _no_rule(rule_id)
        return rule_id
    await _check_room(session, contest, owner_id)
    rule = MonitorRule(owner_id=owner_id, pemilihan_id=contest.id, nama=name, expression=expression)
    try:
        async with session.begin_nested():
            session.add(rule)
    except IntegrityError as error:
        message = f"Sudah ada aturan bernama {name!r}. (There is a rule named {name} already.)"
        raise ConflictError(message, "Beri nama lain. (Choose another name.)", code="name_taken") from error
    return rule.id


async def list_own_rules(session: AsyncSession, *, owner_id: int, pemilihan_id: int) -> tuple[OwnRule, ...]:
    """Return an account's rules in one contest, by name."""
    query = select(MonitorRule).where(MonitorRule.owner_id == owner_id, MonitorRule.pemilihan_id == pemilihan_id)
    return tuple(_view(row) for row in await session.scalars(query.order_by(MonitorRule.nama)))


async def get_own_rule(session: AsyncSession, *, rule_id: int, owner_id: int) -> OwnRule:
    """Return one of an account's rules.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    row = await session.get(MonitorRule, rule_id, populate_existing=True)
    if row is None or row.owner_id != owner_id:
        raise _no_rule(rule_id)
    return _view(row)


async def drop_rule(session: AsyncSession, *, rule_id: int, owner_id: int) -> None:
    """Throw one's own rule away.

    Raises:
        NotFoundError: as :func:`get_own_rule`.
    """
    await get_own_rule(session, rule_id=rule_id, owner_id=owner_id)
    await session.execute(delete(MonitorRule).where(MonitorRule.id == rule_id))


async def turn_rule(session: AsyncSession, *, rule_id: int, owner_id: int, on: bool) -> None:
    """Switch one's own rule on or off; what is off is not in downloads.

    Raises:
        NotFoundError: as :func:`get_own_rule`.
    """
    await get_own_rule(session, rule_id=rule_id, owner_id=owner_id)
    await session.execute(update(MonitorRule).where(MonitorRule.id == rule_id).values(is_on=on))


async def look_with_rule(
    session: AsyncSession, *, contest: Contest, expression: str, wilayah: str, seconds: float = SECONDS_MAX
) -> Looked:
    """Return where the rule holds in a region, within a time.

    Raises:
        ExpressionError: the text says no rule. KodeError: no region's code.
    """
    rule = parse_expression(expression, contest.fields)
    until = time.monotonic() + seconds
    found = Looked((), 0, 0, None)
    for stretch in await cut_region(session, contest, wilayah):
        if found.tps and time.monotonic() > until:
            return replace(found, stopped_at=stretch.first)
        hits, tps = await _look_at(session, contest, rule, stretch)
        shown = (*found.hits, *hits[: SHOWN_MAX - len(found.hits)])
        found = Looked(shown, found.count + len(hits), found.tps + tps, None)
    return found


async def stream_hits(
    sessions: Sessions, *, contest: Contest, expression: str, wilayah: str = NATION
) -> AsyncIterator[tuple[Hit, ...]]:
    """Yield all TPS at which a rule holds, a stretch of codes at a time, each in a transaction of its own.

    Raises:
        ExpressionError: the text says no rule. KodeError: no region's code.
    """
    rule = parse_expression(expression, contest.fields)
    async with sessions.begin() as session:
        stretches = await cut_region(session, contest, wilayah)
    for stretch in stretches:
        async with sessions.begin() as session:
            hits, _ = await _look_at(session, contest, rule, stretch)
        yield tuple(hits)


async def cut_region(session: AsyncSession, contest: Contest, wilayah: str) -> list[Stretch]:
    """Return the stretches of codes that a region's TPS lie in."""
    kode = parse_kode(wilayah).text
    if kode == NATION:
        return await list_stretches(session, contest)
    first, end = kode, f"{kode}{LAST}"
    cut = (Stretch(max(one.first, first), min(one.end, end)) for one in await list_stretches(session, contest))
    return [one for one in cut if one.first < one.end]


async def _look_at(
    session: AsyncSession, contest: Contest, rule: Expression, stretch: Stretch
) -> tuple[Sequence[Hit], int]:
    loaded = await load_stretch(session, contest=contest, stretch=stretch)
    figures = loaded.figures
    columns = [(f"{side}.{name}", figures.side(side)[:, contest.places[name]]) for side, name in sorted(rule.fields)]

    def find() -> list[Hit]:
        place = {kode: row for row, kode in enumerate(figures.tps_kodes)}
        return [
            Hit(kode, tuple((name, _known(int(column[place[kode]]))) for name, column in columns))
            for kode in rule.find(figures)
        ]

    return await asyncio.to_thread(find), len(figures.tps_kodes)


def _known(number: int) -> int | None:
    return None if number == UNKNOWN else number


def _check_name(nama: str) -> str:
    name = " ".join(nama.replace("\x00", "").split())
    if not 1 <= len(name) <= NAME_MAX:
        message = f"Nama aturan: 1 sampai {NAME_MAX} huruf. (A rule's name has 1 to {NAME_MAX} characters.)"
        raise InvalidInputError(message, "Beri nama singkat. (Choose a short one.)", code="bad_name")
    return name


async def _check_room(session: AsyncSession, contest: Contest, owner_id: int) -> None:
    query = select(func.count()).where(MonitorRule.owner_id == owner_id, MonitorRule.pemilihan_id == contest.id)
    if int(await session.scalar(query) or 0) >= RULES_MAX:
        message = f"Anda sudah punya {RULES_MAX} aturan. (You have {RULES_MAX} rules already.)"
        raise InvalidInputError(message, "Hapus yang tidak dipakai. (Throw unused ones away.)", code="too_many_rules")


def _no_rule(rule_id: int) -> NotFoundError:
    message = f"Tidak ada aturan nomor {rule_id} milik Anda. (You have no rule {rule_id}.)"
    return NotFoundError(message, "Lihat daftar aturan Anda. (See the list of your rules.)")


def _view(row: MonitorRule) -> OwnRule:
    return OwnRule(
        id=row.id,
        owner_id=row.owner_id,
        pemilihan_id=row.pemilihan_id,
        nama=row.nama,
        expression=row.expression,
        is_on=row.is_on,
        updated_at=row.updated_at,
    )
