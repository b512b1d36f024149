"""Is the log complete, and does every entry hash to what it says? Are all jobs done?"""

import hashlib

import asyncpg
import rfc8785

from workers.drill.kill.findings import LOST, TWICE, WRONG, Findings

_ENTRIES = "SELECT id, kind, payload, payload_sha256 FROM log_entry"
_GAPS = {
    "a photograph without its entry": """
        SELECT p.id FROM photo p LEFT JOIN log_entry e
          ON e.id = p.log_entry_id AND e.kind = 'photo' AND e.subject = 'photo/' || p.id WHERE e.id IS NULL""",
    "a reading without its commitment's entry": """
        SELECT r.id FROM reading r LEFT JOIN log_entry e
          ON e.id = r.log_entry_id AND e.kind = 'reading' AND e.payload->>'commitment' = r.commitment
        WHERE e.id IS NULL""",
    "a decision without its entry": """
        SELECT d.id FROM decision d LEFT JOIN log_entry e
          ON e.id = d.log_entry_id AND e.kind = 'decision' AND e.payload->>'outcome' = d.outcome
        WHERE e.id IS NULL""",
    "a refused photograph without its entry": """
        SELECT p.id FROM photo p WHERE p.state = 'refused' AND NOT EXISTS (
          SELECT FROM log_entry e WHERE e.kind = 'photo_state' AND e.subject = 'photo/' || p.id)""",
}
_DOUBLES = {
    "a log entry of no photograph": """
        SELECT e.id FROM log_entry e LEFT JOIN photo p ON p.log_entry_id = e.id
        WHERE e.kind = 'photo' AND p.id IS NULL""",
    "a log entry of no reading": """
        SELECT e.id FROM log_entry e LEFT JOIN reading r ON r.log_entry_id = e.id
        WHERE e.kind = 'reading' AND r.id IS NULL""",
    "a log entry of no decision": """
        SELECT e.id FROM log_entry e LEFT JOIN decision d ON d.log_entry_id = e.id
        WHERE e.kind = 'decision' AND d.id IS NULL AND e.payload->>'outcome' <> 'withdrawn'""",
    "an entry that two rows share": """
        SELECT entry FROM (SELECT log_entry_id AS entry FROM photo UNION ALL SELECT log_entry_id FROM reading
          UNION ALL SELECT log_entry_id FROM decision) every GROUP BY entry HAVING count(*) > 1""",
}


async def check_log(connection: asyncpg.Connection, findings: Findings) -> None:
    """Every fact has its entry, every entry its fact, and every entry's hash is that of its canonical JSON."""
    for words, query in _GAPS.items():
        findings.add(LOST, [f"{words}: {row[0]}" for row in await connection.fetch(query)])
    for words, query in _DOUBLES.items():
        findings.add(TWICE, [f"{words}: {row[0]}" for row in await connection.fetch(query)])
    async with connection.transaction():
        async for row in connection.cursor(_ENTRIES, prefetch=5000):
            findings.looked_at["log entries"] += 1
            right = hashlib.sha256(rfc8785.dumps(row["payload"])).hexdigest()
            findings.add(WRONG, [f"log entry {row['id']}: another hash"] if right != row["payload_sha256"] else [])


async def check_jobs(connection: asyncpg.Connection, explained: int, findings: Findings) -> list[str]:
    """No job is left; what was set aside must be of readers that were killed, ``explained`` of them at the most.

    Return what was set aside, in words.
    """
    left = await connection.fetch("SELECT id, entrypoint, status::text FROM pgqueuer")
    findings.add(WRONG, [f"job {row['id']} ({row['entrypoint']}) is still {row['status']}" for row in left])
    rows = await connection.fetch("SELECT job, payload, reason, message FROM job_set_aside")
    words = [f"{row['job']} {row['payload']}: {row['reason']}, {row['message']}" for row in rows]
    by_reader = [row["reason"] == "crashed" and "reader" in row["message"] for row in rows]
    if not all(by_reader) or len(rows) > explained:
        findings.add(WRONG, [f"set aside: {one}" for one in words])
    return words
