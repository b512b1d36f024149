"""Count what is known of readers, from the evidence, anew each time: planted items, and what was decided of their own.

Blind readings are compared with the decision that stands, which may rest on them too: where only two people and no
machine have read, it speaks a little too well of them. Confirmations of right values tell who changes them; those of
wrong values are known from planted items only.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.verification.skill import SkillCounts

COUNTED = ("blind_fields", "blind_wrong", "plants_shown", "plants_caught", "good_shown", "good_changed")

UNDONE_FREE, UNDONE_SHARE = 1, 0.1
"""So many planted answers, and beyond them this part of all, may be taken back and are not counted."""

# One row a number that he said of a decided section: the mode, what was shown, what he said, what is right. Nobody is
# blamed for a number he could not tell, nor counted on something whose decision has fallen since. A second thought
# spares a reader the count, but seldom: a program that confirms whatever it is shown, sees by the log which of its
# answers became no reading, and takes just those back, would else never be measured.
_COUNT = text(
    f"""WITH asked AS (
         SELECT a.id AS account_id, coalesce(k.counted_from, '-infinity') AS since
         FROM unnest(CAST(:accounts AS bigint[])) AS a (id) LEFT JOIN reader_skill k ON k.account_id = a.id),
       own AS (
         SELECT r.account_id, r.mode, said.key, said.value AS said, r.details -> 'shown' -> said.key AS shown,
                d.numbers -> said.key AS decided
         FROM asked JOIN reading r ON r.account_id = asked.account_id AND r.at > asked.since
              JOIN decision d ON d.section_id = r.section_id AND d.state = 'current' AND d.outcome = 'accept',
              LATERAL jsonb_each(r.numbers) said
         WHERE said.value <> 'null' AND d.numbers ? said.key
           AND NOT EXISTS (SELECT FROM reading_withdrawal w WHERE w.reading_id = r.id)),
       given AS (
         SELECT a.task_id, a.account_id, a.plant_id, a.numbers, a.undone_at,
                count(a.undone_at) OVER own AS undone, count(*) OVER own AS answers
         FROM asked JOIN plant_answer a ON a.account_id = asked.account_id AND a.at > asked.since
         WINDOW own AS (PARTITION BY a.account_id)),
       planted AS (
         SELECT a.task_id, a.account_id, i.mode, said.key, said.value AS said, i.shown -> said.key AS shown,
                d.numbers -> said.key AS decided
         FROM given a JOIN planted_item i ON i.id = a.plant_id
              JOIN decision d ON d.section_id = i.section_id AND d.state = 'current' AND d.outcome = 'accept'
                              AND d.numbers = i.truth,
              LATERAL jsonb_each(a.numbers) said
         WHERE (a.undone_at IS NULL OR a.undone > {UNDONE_FREE} + {UNDONE_SHARE} * a.answers)
           AND d.numbers ? said.key),
       altered AS (
         SELECT account_id, bool_and(said <> shown) AS caught FROM planted
         WHERE mode = 'confirm' AND shown <> decided GROUP BY account_id, task_id),
       every AS (
         SELECT account_id, mode, said, shown, decided FROM own
         UNION ALL SELECT account_id, mode, said, shown, decided FROM planted WHERE said <> 'null'),
       fields AS (
         SELECT account_id,
                count(*) FILTER (WHERE mode IN ('blind', 'review')) AS blind_fields,
                count(*) FILTER (WHERE mode IN ('blind', 'review') AND said <> decided) AS blind_wrong,
                count(*) FILTER (WHERE mode = 'confirm' AND shown = decided) AS good_shown,
                count(*) FILTER (WHERE mode = 'confirm' AND shown = decided AND said <> decided) AS good_changed
         FROM every GROUP BY account_id),
       caught AS (
         SELECT account_id, count(*) AS plants_shown, count(*) FILTER (WHERE caught) AS plants_caught
         FROM altered GROUP BY account_id)
       SELECT asked.account_id, coalesce(blind_fields, 0) AS blind_fields, coalesce(blind_wrong, 0) AS blind_wrong,
              coalesce(plants_shown, 0) AS plants_shown, coalesce(plants_caught, 0) AS plants_caught,
              coalesce(good_shown, 0) AS good_shown, coalesce(good_changed, 0) AS good_changed
       FROM asked LEFT JOIN fields USING (account_id) LEFT JOIN caught USING (account_id) ORDER BY account_id"""  # noqa: S608
)
_EVERYBODY = text(f"SELECT {', '.join(f'coalesce(sum({name}), 0)::bigint' for name in COUNTED)} FROM reader_skill")  # noqa: S608


async def count_readers(session: AsyncSession, *, accounts: Sequence[int]) -> Mapping[int, SkillCounts]:
    """Return what was counted of each of these accounts, since its last pause was lifted."""
    rows = await session.execute(_COUNT, {"accounts": list(accounts)})
    return {row.account_id: SkillCounts(*(getattr(row, name) for name in COUNTED)) for row in rows}


async def count_everybody(session: AsyncSession) -> SkillCounts:
    """Return the sum of what was counted of all readers, as of their last counting."""
    return SkillCounts(*(int(one) for one in (await session.execute(_EVERYBODY)).one()))
