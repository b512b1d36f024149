"""Is every acknowledged answer there, once, with its numbers? Has nobody read a section twice?"""

from collections import defaultdict

import asyncpg

from workers.drill.kill.findings import LOST, TWICE, WRONG, Findings
from workers.drill.kill.plan import PAGES
from workers.drill.kill.record import AnswerKept, Record

_READINGS = """
SELECT r.id, r.task_id::text AS task, r.account_id, r.numbers, p.sha256, p.page
FROM reading r JOIN photo p ON p.id = r.photo_id WHERE r.mode <> 'machine' ORDER BY r.id
"""
_TWICE = """
SELECT section_id, account_id, count(DISTINCT task_id) AS tasks, count(*) - count(DISTINCT photo_id) AS more
FROM reading WHERE mode <> 'machine' GROUP BY 1, 2
HAVING count(DISTINCT task_id) > 1 OR count(*) > count(DISTINCT photo_id)
"""
# Answers to planted items are no readings; those who gave them cannot tell.
_PLANTED = "SELECT task_id::text AS task, account_id, numbers, reading_ids FROM plant_answer"


async def check_readings(connection: asyncpg.Connection, record: Record, findings: Findings) -> None:
    """Compare every acknowledged answer with the rows of its task, number by number; no other rows are there."""
    rows: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in await connection.fetch(_READINGS):
        rows[row["task"]].append(row)
    findings.looked_at["answers"] += len(record.answers)
    findings.looked_at["readings"] += record.readings
    planted = {row["task"]: row for row in await connection.fetch(_PLANTED)}
    for task, kept in record.answers.items():
        if task in planted:
            _check_planted(kept, planted[task], findings)
        else:
            _check_answer(kept, rows.get(task, []), findings)
    # Everybody repeated his call until it was acknowledged: what nobody was told of came from nowhere.
    findings.add(WRONG, [f"task {task} was answered, nobody was told" for task in rows.keys() - record.answers.keys()])
    for row in await connection.fetch(_TWICE):
        findings.add(
            TWICE, [f"account {row['account_id']} read section {row['section_id']} twice: {row['tasks']} tasks"]
        )


def _check_planted(kept: AnswerKept, row: asyncpg.Record, findings: Findings) -> None:
    said = (kept.account_id, dict(kept.numbers), kept.reading_ids)
    there = (row["account_id"], row["numbers"], tuple(row["reading_ids"]))
    findings.add(WRONG, [f"task {kept.task_id}: acknowledged as {said}, is {there}"] if said != there else [])


def _check_answer(kept: AnswerKept, rows: list[asyncpg.Record], findings: Findings) -> None:
    ids = [row["id"] for row in rows]
    missing, more = set(kept.reading_ids) - set(ids), set(ids) - set(kept.reading_ids)
    findings.add(LOST, [f"reading {one} of task {kept.task_id}: no row" for one in sorted(missing)])
    findings.add(TWICE, [f"reading {one} of task {kept.task_id}: more than was acknowledged" for one in sorted(more)])
    for row in rows:
        numbers = {name: kept.numbers[name] for name in PAGES[row["page"]]}
        said = (kept.account_id, kept.photos[str(row["page"])], numbers)
        there = (row["account_id"], row["sha256"], row["numbers"])
        findings.add(WRONG, [f"reading {row['id']}: acknowledged as {said}, is {there}"] if said != there else [])
