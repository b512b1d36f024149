"""How the machine does against people who saw no number: watched while the votes come in.

Only decisions that stand are looked at, so nothing undecided shows. A field counts when somebody who read this very
photograph with empty boxes wrote the number that was decided: its truth is then as sure as the rule makes it, and owes
nothing to the number on the screen. The machine's newest reading of the photograph is held against it.

Which sections are read blind is no fair draw: those the machine is unsure of always are, of the others a share
(``blind_share``). Rates of sure fields are therefore fair, coverage is understated.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest

LAST = 5000
"""So many of the newest decisions are looked at, unless asked otherwise: enough for a rate, and quick."""

LAST_MAX = 50_000

SHARPNESS_EDGES = (0.15, 0.30, 0.45)
BOX_EDGES = (14.0, 20.0, 28.0)
"""Where conditions are parted: darkness of the printed lines (0..1), width of a digit's box in pixels."""

BY = ("all", "class", "field", "form", "model", "sharpness", "box")
"""What the counts are told apart by."""

# `others`: people who read this photograph blind and wrote another number than the machine. One of them must have
# written what was decided.
COMPARED = """
WITH chosen AS MATERIALIZED (
    SELECT d.section_id, d.numbers, s.pemilihan_id, s.section FROM decision d JOIN tps_section s ON s.id = d.section_id
    WHERE d.state = 'current' AND d.outcome = 'accept' {where} ORDER BY d.id DESC LIMIT {limit}
),
counting AS MATERIALIZED (
    SELECT r.id, r.section_id, r.photo_id, r.mode, r.numbers, r.details
    FROM chosen JOIN reading r USING (section_id) JOIN photo p ON p.id = r.photo_id AND p.state = 'read'
    WHERE r.mode IN ('machine', 'blind')
      AND NOT EXISTS (SELECT FROM reading_withdrawal w WHERE w.reading_id = r.id)
),
machine AS MATERIALIZED (
    SELECT DISTINCT ON (section_id, photo_id) id, section_id, photo_id, details -> 'fields' AS said,
           coalesce(details ->> 'layout_key', '') AS form, coalesce(left(details ->> 'model_sha256', 12), '') AS model,
           (details -> 'quality' ->> 'sharpness')::float AS sharpness,
           (details -> 'quality' ->> 'box_px')::float AS box_px
    FROM counting WHERE mode = 'machine' ORDER BY section_id, photo_id, id DESC
),
compared AS MATERIALIZED (
    SELECT chosen.pemilihan_id, chosen.section, one.key AS field, (chosen.numbers ->> one.key)::int AS decided,
           (one.value ->> 'value')::int AS told, coalesce((one.value ->> 'sure')::bool, false) AS sure,
           one.value ->> 'digits' AS digits, form, model, sharpness, box_px,
           count(*) FILTER (WHERE blind.numbers ->> one.key <> one.value ->> 'value') AS others
    FROM chosen JOIN machine USING (section_id) JOIN counting blind USING (section_id, photo_id)
    CROSS JOIN LATERAL jsonb_each(machine.said) one
    WHERE blind.mode = 'blind'
    GROUP BY machine.id, one.key, one.value, chosen.pemilihan_id, chosen.section, chosen.numbers ->> one.key,
             form, model, sharpness, box_px
    HAVING bool_or(blind.numbers ->> one.key = chosen.numbers ->> one.key)
)
"""
COUNTS = """count(*) AS fields, count(told) AS told, count(*) FILTER (WHERE sure AND told IS NOT NULL) AS sure,
       count(*) FILTER (WHERE others > 0) AS differing,
       count(*) FILTER (WHERE told <> decided) AS wrong,
       count(*) FILTER (WHERE sure AND told <> decided) AS sure_wrong"""
"""``told``: the machine gave a number; ``differing``: somebody read another one; ``wrong``: another was decided."""

_OF_CONTEST = COMPARED.format(where="AND s.pemilihan_id = :contest", limit=":last")
_COUNT = text(
    f"""{_OF_CONTEST}, classed AS (
        SELECT *, CASE WHEN field = ANY(:choices) THEN 'pilihan' ELSE section END AS class,
               width_bucket(sharpness, CAST(:sharpness AS float[])) AS sharpness_band,
               width_bucket(box_px, CAST(:box AS float[])) AS box_band
        FROM compared
    )
    SELECT class, field, form, model, sharpness_band, box_band,
           grouping(class, field, form, model, sharpness_band, box_band) AS grouped, {COUNTS}
    FROM classed GROUP BY GROUPING SETS ((), (class), (field), (form), (model), (sharpness_band), (box_band))"""  # noqa: S608 - ours
)
# Crosses, dashes and blanks before a number stand for nought.
_CONFUSE = text(
    f"""{_OF_CONTEST}, boxes AS (
        SELECT substr(translate(digits, 'X-_', '000'), place, 1) AS machine,
               substr(lpad(decided::text, length(digits), '0'), place, 1) AS decided
        FROM compared CROSS JOIN LATERAL generate_series(1, length(digits)) place
        WHERE length(decided::text) <= length(digits)
    )
    SELECT machine, decided, count(*) AS boxes FROM boxes GROUP BY 1, 2 ORDER BY 3 DESC, 2, 1"""  # noqa: S608 - ours
)


@dataclass(frozen=True)
class DriftCount:
    """Fields that people have read blind, counted. ``by`` is one of :data:`BY`, ``name`` what is counted there."""

    by: str
    name: str
    fields: int
    told: int
    sure: int
    differing: int
    wrong: int
    sure_wrong: int


@dataclass(frozen=True)
class Confusion:
    """So many boxes in which the machine saw one digit where another was decided."""

    machine: str
    decided: str
    count: int


@dataclass(frozen=True)
class Drift:
    """The newest decisions' fields. ``boxes``: digits that were compared one by one; ``confusions``: most first."""

    counts: tuple[DriftCount, ...]
    boxes: int
    confusions: tuple[Confusion, ...]


async def measure_drift(session: AsyncSession, *, contest: Contest, last: int = LAST) -> Drift:
    """Return how the machine did on the ``last`` newest accepted sections of a contest."""
    asked = {"contest": contest.id, "last": last}
    bands = {"sharpness": SHARPNESS_EDGES, "box": BOX_EDGES}
    choices = [choice.field for choice in contest.choices]
    rows = (await session.execute(_COUNT, {**asked, **bands, "choices": choices})).mappings().all()
    counts = sorted((_make_count(row) for row in rows), key=lambda one: (BY.index(one.by), _order(contest, one)))
    pairs = (await session.execute(_CONFUSE, asked)).all()
    return Drift(
        counts=tuple(counts),
        boxes=sum(pair.boxes for pair in pairs),
        confusions=tuple(Confusion(*pair) for pair in pairs if pair.machine != pair.decided),
    )


def _order(contest: Contest, count: DriftCount) -> tuple[int, str]:
    """Fields come in the form's order, all else by its name."""
    return (contest.places.get(count.name, 0) if count.by == "field" else 0, count.name)


def _make_count(row: RowMapping) -> DriftCount:
    """Return a row of the grouping sets: the one bit of ``grouped`` that is 0 names its column."""
    by = next((name for bit, name in enumerate(reversed(BY[1:])) if not row["grouped"] >> bit & 1), BY[0])
    name = _NAME[by](row)
    return DriftCount(
        by, name, *(row[count] for count in ("fields", "told", "sure", "differing", "wrong", "sure_wrong"))
    )


def _name_band(bucket: int | None, edges: Sequence[float]) -> str:
    if bucket is None:
        return "?"
    low, high = ("", *edges)[bucket], (*edges, "")[bucket]
    return f"{low}–{high}"


_NAME: Mapping[str, Callable[[RowMapping], str]] = {
    "all": lambda _: "",
    **{column: itemgetter(column) for column in ("class", "field", "form", "model")},
    "sharpness": lambda row: _name_band(row["sharpness_band"], SHARPNESS_EDGES),
    "box": lambda row: _name_band(row["box_band"], BOX_EDGES),
}
