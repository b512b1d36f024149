"""Alarms: what the rules of ``alarm_rules.py`` found in an import, and how a reviewer closes one."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError, InvalidInputError, NotFoundError
from app.official.models import OfficialAlarm, OfficialSnapshot
from app.transparency.service import append_entry
from app.wilayah.codes import NATION

REASON_MAX = 2_000


@dataclass(frozen=True)
class Alarm:
    """One alarm. ``kind``: votes_fall, gain or chart; ``kode``: the region; ``severity``: 1 small, 2, 3 large.

    ``facts``: the numbers that the rule looked at. Closed ones carry when, by which account and why.
    """

    id: int
    kind: str
    kode: str
    field: str
    facts: dict[str, Any]
    severity: int
    at: datetime
    snapshot_id: int
    snapshot_name: str
    closed_at: datetime | None
    closed_by: int | None
    reason: str | None


async def list_alarms(
    session: AsyncSession,
    *,
    pemilihan_id: int,
    wilayah: str | None = None,
    kind: str | None = None,
    open_only: bool = False,
    before: int | None = None,
    limit: int = 100,
) -> list[Alarm]:
    """Return alarms, the newest first; of one import the gravest last, so that it comes first here.

    ``wilayah``: of the region and whatever lies in it. ``before``: only ids below, to go on where a page ended.
    """
    statement = (
        select(OfficialAlarm, OfficialSnapshot.name)
        .join(OfficialSnapshot, OfficialSnapshot.id == OfficialAlarm.snapshot_id)
        .where(OfficialAlarm.pemilihan_id == pemilihan_id)
    )
    if wilayah is not None and wilayah != NATION:
        statement = statement.where(OfficialAlarm.kode.startswith(wilayah, autoescape=True))
    if kind is not None:
        statement = statement.where(OfficialAlarm.kind == kind)
    if open_only:
        statement = statement.where(OfficialAlarm.closed_at.is_(None))
    if before is not None:
        statement = statement.where(OfficialAlarm.id < before)
    rows = await session.execute(statement.order_by(OfficialAlarm.id.desc()).limit(limit))
    return [_view(row, name) for row, name in rows]


async def get_alarm_contest(session: AsyncSession, *, alarm_id: int) -> int:
    """Return the number of the contest that an alarm is about.

    Raises:
        NotFoundError: there is no such alarm.
    """
    found = await session.scalar(select(OfficialAlarm.pemilihan_id).where(OfficialAlarm.id == alarm_id))
    if found is None:
        raise _unknown(alarm_id)
    return found


async def close_alarm(session: AsyncSession, *, alarm_id: int, account_id: int, reason: str) -> None:
    """Close an alarm with a reason, which is public and goes into the log.

    Raises:
        NotFoundError: there is no such alarm; ConflictError: it is closed already.
        InvalidInputError: no reason, or a very long one.
    """
    words = reason.strip()
    if not words or len(words) > REASON_MAX or "\0" in words:
        raise InvalidInputError(
            "Alasan belum diisi, atau terlalu panjang. (The reason is missing or too long.)",
            f"Tulis alasan, paling panjang {REASON_MAX} huruf. (Write a reason of at most {REASON_MAX} characters.)",
        )
    alarm = await session.get(OfficialAlarm, alarm_id, with_for_update=True)
    if alarm is None:
        raise _unknown(alarm_id)
    if alarm.closed_at is not None:
        raise ConflictError("Tanda ini sudah ditutup. (This alarm is closed already.)", "Muat ulang. (Reload.)")
    facts = {"alarm": alarm_id, "kind": alarm.kind, "kode": alarm.kode, "reason": words, "account_id": account_id}
    await append_entry(session, kind="official_alarm_closed", subject=f"official_alarm/{alarm_id}", payload=facts)
    alarm.closed_at, alarm.closed_by, alarm.reason = datetime.now(UTC), account_id, words
    await session.flush()


def _unknown(alarm_id: int) -> NotFoundError:
    message = f"Tanda {alarm_id} tidak ada. (There is no alarm {alarm_id}.)"
    return NotFoundError(message, "Periksa alamatnya. (Check the address.)")


def _view(row: OfficialAlarm, snapshot_name: str) -> Alarm:
    return Alarm(
        id=row.id,
        kind=row.kind,
        kode=row.kode,
        field=row.field,
        facts=row.facts,
        severity=row.severity,
        at=row.at,
        snapshot_id=row.snapshot_id,
        snapshot_name=snapshot_name,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        reason=row.reason,
    )
