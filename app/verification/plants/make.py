"""Keep planted items ready: choose decided sections, have workers make their pictures, let them be dealt."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.jobs import enqueue_many
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.verification.plants.alter import alter_numbers
from app.verification.plants.fitness import is_fit
from app.verification.plants.share import POOL_MAX, POOL_SHARE, choose_kind, count_wanted
from app.verification.stored_inputs import inputs_from_json

BEHIND_EVERYTHING = -1
LOOKED_AT = 200
"""So many decisions, from a random one onwards, are looked at in one round."""

AT_ONCE = 20
"""Items begun in one round: their pictures are made behind all other work."""

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('plants', 0))")
# Of contests that people read now; counted no further than the pool asks for.
_SHORT = text(
    f"""SELECT c.id,
          (SELECT count(*) FROM planted_item i JOIN tps_section s ON s.id = i.section_id
           WHERE i.state <> 'retired' AND s.pemilihan_id = c.id) AS ready,
          (SELECT count(*) FROM (
             SELECT FROM decision d JOIN tps_section s ON s.id = d.section_id
             WHERE d.state = 'current' AND d.outcome = 'accept' AND s.pemilihan_id = c.id
             LIMIT {int(POOL_MAX / POOL_SHARE)}) one) AS decided
        FROM pemilihan c
        WHERE EXISTS (SELECT FROM tps_section s WHERE s.pemilihan_id = c.id AND s.wanted IS NOT NULL)"""  # noqa: S608
)
_FROM_RANDOM = text(
    """SELECT d.id, d.section_id, d.numbers, d.inputs, d.explanation, d.flags
       FROM decision d JOIN tps_section s ON s.id = d.section_id
       WHERE d.id >= (SELECT floor(random() * (max(id) - min(id) - :near + 1)) + min(id) FROM decision)
         AND d.state = 'current' AND d.outcome = 'accept' AND s.pemilihan_id = :contest
         AND NOT EXISTS (SELECT FROM planted_item i WHERE i.section_id = s.id)
       ORDER BY d.id LIMIT :near"""
)
_PLANT = text(
    """INSERT INTO planted_item (section_id, decision_id, mode, photo_ids, truth, shown)
       SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS row (
         section_id bigint, decision_id bigint, mode text, photo_ids bigint[], truth jsonb, shown jsonb)
       ON CONFLICT DO NOTHING RETURNING id"""
)
# Where the newest machine reading saw the page and its fields.
_PHOTOS = text(
    """SELECT p.id, p.sha256, p.form, p.page, (
         SELECT r.details FROM reading r WHERE r.photo_id = p.id AND r.mode = 'machine' ORDER BY r.id DESC LIMIT 1)
         AS details
       FROM planted_item i JOIN photo p ON p.id = ANY(i.photo_ids)
       WHERE i.id = :id AND i.state = 'making' AND p.state = 'read' ORDER BY p.id"""
)
_SET_READY = text("UPDATE planted_item SET state = 'ready' WHERE id = :id AND state = 'making'")
_RETIRE = text("UPDATE planted_item SET state = 'retired' WHERE id = :id")
# Whose decision no longer stands.
_RETIRE_FALLEN = text(
    """UPDATE planted_item i SET state = 'retired' WHERE i.state <> 'retired'
       AND NOT EXISTS (SELECT FROM decision d WHERE d.id = i.decision_id AND d.state = 'current')"""
)

PLACED = ("layout_key", "page", "form", "rotation_quarter_turns", "field_rects", "page_to_pixels")


@dataclass(frozen=True)
class PhotoToCut:
    """A photograph of a planted item. ``placed``: the machine's view of it, the keys of :data:`PLACED`."""

    id: int
    sha256: str
    placed: Mapping[str, Any]


async def plant_more(session: AsyncSession, *, rng: random.Random) -> int:
    """Choose decided sections for contests that run short of items, and queue the making of their pictures.

    Returns how many were chosen. Items whose decision has fallen are retired.
    """
    await session.execute(_ONE_AT_A_TIME)
    await session.execute(_RETIRE_FALLEN)
    chosen = 0
    for row in (await session.execute(_SHORT)).all():
        missing = min(AT_ONCE, count_wanted(row.decided) - row.ready)
        if missing > 0:
            chosen += await _plant(session, await get_contest(session, id=row.id), missing, rng)
    return chosen


async def load_plant(session: AsyncSession, *, plant_id: int) -> tuple[PhotoToCut, ...]:
    """Return the photographs whose pictures are to be made; none where the item is made or given up already."""
    rows = (await session.execute(_PHOTOS, {"id": plant_id})).all()
    return tuple(
        PhotoToCut(row.id, row.sha256, {name: row.details[name] for name in PLACED})
        for row in rows
        if row.details is not None and all(row.details.get(name) is not None for name in PLACED)
    )


async def set_ready(session: AsyncSession, *, plant_id: int) -> None:
    """Let an item be dealt: its pictures are in the store."""
    await session.execute(_SET_READY, {"id": plant_id})


async def retire_plant(session: AsyncSession, *, plant_id: int) -> None:
    """Deal an item no more, or not at all where its pictures could not be made."""
    await session.execute(_RETIRE, {"id": plant_id})


async def _plant(session: AsyncSession, contest: Contest, missing: int, rng: random.Random) -> int:
    rows = (await session.execute(_FROM_RANDOM, {"near": LOOKED_AT, "contest": contest.id})).all()
    items = [_make_item(contest, row, rng) for row in rng.sample(rows, len(rows)) if _is_fit(row)][:missing]
    made = await session.execute(_PLANT, {"rows": orjson.dumps([one for one in items if one]).decode()})
    ids = list(made.scalars())
    await enqueue_many(session, "make_plant", [{"plant_id": one} for one in ids], priority=BEHIND_EVERYTHING)
    return len(ids)


def _is_fit(row: Row[Any]) -> bool:
    wrong = row.explanation.get("posterior_wrong", {})
    inputs = inputs_from_json(row.inputs)
    by_hand = {one.photo_id for one in inputs.section.unread}
    placed = not by_hand.isdisjoint(row.explanation["photos"].values())
    return is_fit(row.numbers, wrong, row.flags, inputs.readings, placed=placed)


def _make_item(contest: Contest, row: Row[Any], rng: random.Random) -> dict[str, Any] | None:
    """Return an item's row; None where no plausible alteration was found."""
    shown = None
    kind = choose_kind(rng)
    if kind != "blind":
        altered = alter_numbers(row.numbers, _list_sums(contest, row.numbers), rng)
        if altered is None:
            return None
        shown = altered if kind == "altered" else dict(row.numbers)
    return {
        "section_id": row.section_id,
        "decision_id": row.id,
        "mode": "blind" if shown is None else "confirm",
        "photo_ids": sorted(set(row.explanation["photos"].values())),
        "truth": row.numbers,
        "shown": shown,
    }


def _list_sums(contest: Contest, numbers: Mapping[str, int]) -> Sequence[tuple[str, tuple[str, ...]]]:
    return [(one.total, one.terms) for one in contest.identities if set(one.fields) <= set(numbers)]
