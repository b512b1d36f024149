"""Apply a plan: close, open, and leave a trace in the log. The only writer of what stands."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import open_driver
from app.discrepancy.rules.catalogue import CATALOGUE_VERSION
from app.discrepancy.rules.finding import Finding
from app.discrepancy.severity import Scale
from app.discrepancy.standing import Closing, Opening, Plan, Standing
from app.pemilu.definition import Contest
from app.transparency.canonical import canonical_json
from app.transparency.service import Fact, append_entries, append_entry

_CLOSE = text(
    """UPDATE discrepancy d SET state = 'closed', closed_at = now(), closed_reason = said.reason,
              closed_entry_id = said.entry, closed_row_id = said.official,
              life = CASE WHEN said.corrected THEN 'corrected' ELSE d.life END
       FROM unnest(CAST(:ids AS bigint[]), CAST(:reasons AS text[]), CAST(:entries AS bigint[]),
                   CAST(:rows AS bigint[]), CAST(:corrected AS boolean[]))
            AS said (id, reason, entry, official, corrected)
       WHERE d.id = said.id"""
)
# What the machine saw becomes part of the history that people write in.
_TELL_CORRECTED = text(
    """INSERT INTO discrepancy_event (discrepancy_id, event, facts, log_entry_id)
       SELECT d.id, 'corrected', jsonb_build_object('from', said.life, 'to', 'corrected', 'official_row', r.id,
                'snapshot', s.id, 'sha256', s.sha256, 'name', s.name), d.closed_entry_id
       FROM unnest(CAST(:ids AS bigint[]), CAST(:lives AS text[])) AS said (id, life)
       JOIN discrepancy d ON d.id = said.id
       LEFT JOIN official_row r ON r.id = d.closed_row_id LEFT JOIN official_snapshot s ON s.id = r.snapshot_id
       ORDER BY d.id"""
)
_LIVES = text("SELECT id, life FROM discrepancy WHERE id = ANY(CAST(:ids AS bigint[])) ORDER BY id FOR UPDATE")

_COLUMNS = (
    "pemilihan_id",
    "tps_kode",
    "kind",
    "side",
    "field",
    "ours",
    "official",
    "difference",
    "votes",
    "severity",
    "official_row_id",
    "follows_id",
    "opened_entry_id",
)


RowIds = Mapping[str, int]


async def apply_plan(
    session: AsyncSession, *, contest: Contest, plan: Plan, row_ids: RowIds, entry: int | None = None
) -> None:
    """Write what the plan says. ``entry``: the log entry of a whole comparison; without it, each change has its own.

    ``row_ids``: the official row of each TPS that has one.

    Closed before anything is opened: the unique index knows one open difference a place.
    """
    closing = [entry] * len(plan.closed) if entry else await _log_closed(session, contest, plan.closed)
    await _close(session, plan.closed, closing, row_ids)
    opening = [entry] * len(plan.opened) if entry else await _log_opened(session, contest, plan.opened)
    await _open(session, contest, plan.opened, opening, row_ids)


async def log_comparison(session: AsyncSession, *, contest: Contest, plan: Plan, of: str) -> int:
    """Write one log entry for all changes of a plan and return its number. ``of``: what was compared, in a few words.

    It holds how many were opened and closed, and a hash from which every single one can be proved: SHA-256 of one line
    of canonical JSON for each change (``event``, ``tps``, ``kind``, ``field``, the numbers, of a closing its
    ``reason``), sorted, each ended by a line feed. The rows that name this entry give the lines again.
    """
    lines = sorted(_spell_plan(plan))
    digest = sha256()
    for line in lines:
        digest.update(line + b"\n")
    payload = {
        "closed": len(plan.closed),
        "event": "compared",
        "opened": len(plan.opened),
        "rules": CATALOGUE_VERSION,
        "sha256": digest.hexdigest(),
    }
    return await append_entry(session, kind="discrepancy", subject=f"comparison/{contest.kode}/{of}", payload=payload)


def _spell_plan(plan: Plan) -> list[bytes]:
    closed = [_spell_line("closed", one.row.tps_kode, _tell(one.row.kind, one.row, one.reason)) for one in plan.closed]
    return closed + [
        _spell_line("opened", one.finding.tps_kode, _tell(one.finding.code, one.finding)) for one in plan.opened
    ]


def _spell_line(event: str, tps_kode: str, facts: Mapping[str, Any]) -> bytes:
    return canonical_json({"event": event, "tps": tps_kode, **facts})


def _tell(kind: str, one: Finding | Standing, reason: str | None = None) -> dict[str, Any]:
    """Return what the log says of one difference."""
    facts: dict[str, Any] = {
        "kind": kind,
        "field": one.field,
        "ours": one.ours,
        "official": one.official,
        "difference": one.difference,
    }
    return facts if reason is None else {**facts, "reason": reason}


async def _log_closed(session: AsyncSession, contest: Contest, closed: Sequence[Closing]) -> list[int]:
    facts = [
        _make_fact(contest, one.row.tps_kode, "closed", _tell(one.row.kind, one.row, one.reason)) for one in closed
    ]
    return list(await append_entries(session, facts=facts))


async def _log_opened(session: AsyncSession, contest: Contest, opened: Sequence[Opening]) -> list[int]:
    found = (one.finding for one in opened)
    facts = [_make_fact(contest, one.tps_kode, "opened", _tell(one.code, one)) for one in found]
    return list(await append_entries(session, facts=facts))


def _make_fact(contest: Contest, tps_kode: str, event: str, told: Mapping[str, Any]) -> Fact:
    return Fact("discrepancy", f"tps/{tps_kode}/{contest.kode}", {"event": event, **told})


async def _close(session: AsyncSession, closed: Sequence[Closing], entries: Sequence[int], row_ids: RowIds) -> None:
    if not closed:
        return
    corrected = [one.row.id for one in closed if one.corrected]
    # Whoever confirms one of them at this moment waits here, or has written before: his word is in `from` either way.
    lives = (await session.execute(_LIVES, {"ids": corrected})).all() if corrected else []
    values = {
        "ids": [one.row.id for one in closed],
        "reasons": [one.reason for one in closed],
        "entries": list(entries),
        "rows": [row_ids.get(one.row.tps_kode) for one in closed],
        "corrected": [one.corrected for one in closed],
    }
    await session.execute(_CLOSE, values)
    if lives:
        told = {"ids": [row.id for row in lives], "lives": [row.life for row in lives]}
        await session.execute(_TELL_CORRECTED, told)


async def _open(
    session: AsyncSession, contest: Contest, opened: Sequence[Opening], entries: Sequence[int], row_ids: RowIds
) -> None:
    if not opened:
        return
    scale = Scale(contest)
    records = [_make_record(contest, one, scale, row_ids, entry) for one, entry in zip(opened, entries, strict=True)]
    driver = await open_driver(session)
    await driver.copy_records_to_table("discrepancy", records=records, columns=list(_COLUMNS))


def _make_record(contest: Contest, one: Opening, scale: Scale, row_ids: RowIds, entry: int) -> tuple[Any, ...]:
    """Return the values of :data:`_COLUMNS`."""
    found, weight = one.finding, scale.weigh(one.finding)
    return (
        contest.id,
        found.tps_kode,
        found.code,
        found.side,
        found.field,
        found.ours,
        found.official,
        found.difference,
        weight.votes,
        weight.severity,
        row_ids.get(found.tps_kode),
        one.follows,
        entry,
    )
