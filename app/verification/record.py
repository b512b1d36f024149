"""Write the machine's readings down; ``record_answer`` does people's. The log gets a commitment, without values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.core.statements import Statements, share
from app.intake.service import PhotoView, get_photo
from app.pemilu.definition import Contest
from app.transparency.canonical import canonical_json, canonical_sha256
from app.transparency.service import APPEND_ONE, NEXT_ENTRY
from app.verification.commitments import commit, make_salt

FINGERPRINT = ("model_sha256", "layout_sha256")
"""Details that tell one machine from another; the time it took does not."""


@dataclass(frozen=True)
class MachineReading:
    """What the machine read on a photograph that is marked as read.

    ``fields``: {field: {"value", "confidence", "sure", ...}} as the reader prints it; a field of the page that is not
    in it is one the machine could not tell. ``details``: the rest of its line (model and layout hashes, checks).
    """

    photo: PhotoView
    fields: Mapping[str, Mapping[str, Any]]
    details: Mapping[str, Any]


_ENSURE = """
WITH made AS (
    INSERT INTO tps_section (pemilihan_id, tps_kode, round, section)
    SELECT $1, $2, $3, unnest($4::text[]) ON CONFLICT DO NOTHING
    RETURNING id, section
)
SELECT array_agg(section) AS names, array_agg(id) AS ids FROM (
    TABLE made UNION ALL
    SELECT id, section FROM tps_section
    WHERE pemilihan_id = $1 AND tps_kode = $2 AND round = $3 AND section = ANY($4)
) here"""
# An equal reading adds nothing, no entry either. Two transactions that say the same at once would not see each other:
# the unique index then fails one of them, which is tried again. `intake.lock_batch` holds them apart.
_RECORD = f"""
WITH said AS (
    SELECT * FROM jsonb_to_recordset($1::text::jsonb) AS row (
        place int, section_id bigint, photo_id bigint, machine text, numbers jsonb, details jsonb, salt text,
        commitment text, subject text, payload text, sha256 text)
),
fresh AS MATERIALIZED (
    SELECT said.*, {NEXT_ENTRY} AS id FROM (SELECT * FROM said ORDER BY place) said
    WHERE NOT EXISTS (
        SELECT FROM reading known WHERE known.section_id = said.section_id AND known.photo_id = said.photo_id
        AND known.machine = said.machine)
),
fact AS (SELECT id, 'reading' AS kind, subject, payload, sha256 FROM fresh),
{APPEND_ONE},
written AS (
    INSERT INTO reading (section_id, photo_id, mode, machine, numbers, details, salt, commitment, log_entry_id)
    SELECT section_id, photo_id, 'machine', machine, numbers, details, decode(salt, 'hex'), commitment, id
    FROM fresh ORDER BY id
    RETURNING section_id
)
SELECT array_agg(DISTINCT section_id) AS touched FROM written"""  # noqa: S608 - put together from constants


def name_subject(contest: Contest, tps_kode: str, round_: int, section: str) -> str:
    """Return the section's name in the log, e.g. ``tps/1101012001001/ppwp-2024/1/suara``."""
    return f"tps/{tps_kode}/{contest.kode}/{round_}/{section}"


async def record_machine_reading(
    session: AsyncSession,
    *,
    contest: Contest,
    photo_id: int,
    fields: Mapping[str, Mapping[str, Any]],
    details: Mapping[str, Any],
) -> tuple[int, ...]:
    """Write down what the machine read on one photograph: see :class:`MachineReading`, :func:`record_machine_readings`.

    Raises:
        ConflictError: the photo's page is not known yet.
    """
    photo = await get_photo(session, photo_id=photo_id)
    return await record_machine_readings(session, contest=contest, readings=[MachineReading(photo, fields, details)])


async def record_machine_readings(
    session: AsyncSession, *, contest: Contest, readings: Sequence[MachineReading]
) -> tuple[int, ...]:
    """Write down what the machine read on photographs of one TPS; return the sections that learnt something new.

    The caller lets the rule look at those, see :func:`note_machine_readings`. The photos are marked as read, with their
    pages, before. Saying the same again adds nothing.

    Raises:
        ConflictError: a photo's page is not known yet.
    """
    parts = [
        (one, section)
        for one in readings
        for section in contest.sections_of_page(_page_of(one.photo), form=one.photo.form)
    ]
    if not parts:
        return ()
    first = readings[0].photo
    statements = await share(session)
    names = sorted({section.kode for _, section in parts})
    ids = await _ensure_sections(statements, contest, first, names)
    rows = []
    for place, (one, section) in enumerate(parts):
        fields = contest.fields_on(section, form=one.photo.form, page=_page_of(one.photo))
        own = {name: dict(one.fields.get(name, {})) for name in fields}
        subject = name_subject(contest, first.tps_kode, first.round, section.kode)
        where = {"place": place, "section_id": ids[section.kode], "photo_id": one.photo.id, "subject": subject}
        rows.append({**where, **_spell(one, own)})
    row = await statements.row(_RECORD, orjson.dumps(rows).decode())
    assert row is not None, "an aggregate is a row"
    return tuple(sorted(row["touched"] or ()))


async def ensure_sections(session: AsyncSession, *, contest: Contest, photo: PhotoView) -> tuple[int, ...]:
    """Return the numbers of the sections that a photograph's page shows, made when they are asked for first.

    Raises:
        ConflictError: its page is not known yet.
    """
    names = sorted(one.kode for one in contest.sections_of_page(_page_of(photo), form=photo.form))
    ids = await _ensure_sections(await share(session), contest, photo, names)
    return tuple(sorted(ids.values()))


def _page_of(photo: PhotoView) -> int:
    if photo.page is None:
        message = f"Photo {photo.id} has no page yet."
        raise ConflictError(message, "Mark it as read (intake.mark_read) before recording what was read.")
    return photo.page


async def _ensure_sections(
    statements: Statements, contest: Contest, photo: PhotoView, names: Sequence[str]
) -> Mapping[str, int]:
    """Return the numbers of the sections' rows by name, made when they are asked for first."""
    ids: dict[str, int] = {}
    while len(ids) < len(names):  # one that another transaction made meanwhile shows at the second look
        row = await statements.row(_ENSURE, contest.id, photo.tps_kode, photo.round, list(names))
        assert row is not None, "an aggregate is a row"
        ids = dict(zip(row["names"] or (), row["ids"] or (), strict=True))
    return ids


def _spell(reading: MachineReading, own: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the columns of a reading and of its log entry; ``own``: what was read of the section's fields."""
    numbers = {name: said.get("value") for name, said in own.items()}
    salt = make_salt()
    commitment = commit(salt, numbers, reading.photo.sha256)
    fingerprint = {"fields": own, **{name: reading.details.get(name) for name in FINGERPRINT}}
    fact = {"commitment": commitment, "mode": "machine", "photo": reading.photo.sha256, "reader": "machine"}
    payload = canonical_json(fact)
    return {
        "machine": canonical_sha256(fingerprint),
        "numbers": numbers,
        "details": {**reading.details, "fields": own},
        "salt": salt.hex(),
        "commitment": commitment,
        "payload": payload.decode(),
        "sha256": sha256(payload).hexdigest(),
    }
