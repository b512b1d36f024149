"""Every check of the drill can fail: each fault that is planted here is seen, and by its own kind."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.core.config import Settings
from app.core.storage import LocalStore, seal
from app.transparency.canonical import canonical_sha256
from workers.drill.kill.check_log import check_jobs, check_log
from workers.drill.kill.check_readings import check_readings
from workers.drill.kill.check_sums import check_sums, check_tallies
from workers.drill.kill.check_uploads import check_bytes, check_looked_at, check_rows, check_signatures
from workers.drill.kill.checks import connect
from workers.drill.kill.findings import LOST, TWICE, WRONG, WRONG_SUM, Findings
from workers.drill.kill.ground import Ground, prepare_ground
from workers.drill.kill.plan import PAGES, Plan, Size
from workers.drill.kill.record import AnswerKept, Record, UploadKept

PLAN = Plan(Size(kills=7, uploads=50, readings=100, seed=5))


@pytest.fixture
async def ground(database: str, settings: Settings, tmp_path: Path) -> Ground:
    return await prepare_ground(database, settings, PLAN, tmp_path)


def kept_upload(row: Mapping[str, Any], **changed: Any) -> UploadKept:
    """The prepared photograph as if it had been acknowledged."""
    receipt = {"receipt": row["log_entry_id"]}
    numbers = None if row["page"] is None else PLAN.papers[0].numbers
    kept = UploadKept(row["sha256"], row["tps_kode"], row["uploader_id"], row["id"], receipt, row["page"], numbers)
    return replace(kept, **changed)


async def first_photo(connection: asyncpg.Connection) -> asyncpg.Record:
    return await connection.fetchrow("SELECT * FROM photo ORDER BY id LIMIT 1")


def kinds(findings: Findings) -> set[str]:
    return {finding.kind for finding in findings.found}


async def test_nothing_is_found_where_all_is_well(database: str, ground: Ground, tmp_path: Path) -> None:
    record, findings = Record(tmp_path), Findings()
    async with connect(database) as connection:
        record.keep_upload(kept_upload(await first_photo(connection)))
        await check_rows(connection, record, findings)
        await check_looked_at(connection, record, findings)
        await check_readings(connection, record, findings)
        await check_log(connection, findings)
        assert await check_jobs(connection, 0, findings) == []
        await check_sums(connection, database, ground.contest, findings)
    assert findings.found == []
    assert findings.looked_at["log entries"] > 4 * len(PLAN.papers)


async def test_a_lost_and_a_changed_upload_are_seen(database: str, ground: Ground, tmp_path: Path) -> None:
    record, findings = Record(tmp_path), Findings()
    async with connect(database) as connection:
        photo = await first_photo(connection)
        record.keep_upload(kept_upload(photo, photo_id=photo["id"] + 1))
        record.keep_upload(kept_upload(photo, sha256="0" * 64))
        await check_rows(connection, record, findings)
    assert kinds(findings) == {LOST, WRONG}
    record.keep_upload(kept_upload(photo, receipt={"receipt": 0}))
    assert "second receipt" in record.anomalies[0]


async def test_an_upload_that_nobody_looked_at_is_seen(database: str, ground: Ground, tmp_path: Path) -> None:
    record, findings = Record(tmp_path), Findings()
    async with connect(database) as connection:
        photo = await first_photo(connection)
        await connection.execute("UPDATE photo SET state = 'received' WHERE id = $1", photo["id"])
        record.keep_upload(kept_upload(photo))
        await check_looked_at(connection, record, findings)
    assert any("never looked at" in finding.words for finding in findings.found)


async def test_missing_and_other_bytes_are_seen(settings: Settings, tmp_path: Path) -> None:
    record, findings = Record(tmp_path), Findings()
    row = {"sha256": "", "tps_kode": "1", "uploader_id": 1, "id": 1, "page": None, "log_entry_id": 1}
    good = await seal(LocalStore(settings.objects), b"good")
    changed = await seal(LocalStore(settings.objects), b"changed")
    (settings.objects / "original" / changed[:2] / changed).write_bytes(b"another")
    for sha in (good, changed, "0" * 64):
        record.keep_upload(kept_upload({**row, "sha256": sha}))
    await check_bytes(settings.objects, record, findings)
    assert sorted(finding.kind for finding in findings.found) == [LOST, WRONG]


def test_a_bad_signature_is_seen(tmp_path: Path) -> None:
    record, findings = Record(tmp_path), Findings()
    row = {"sha256": "0" * 64, "tps_kode": "1", "uploader_id": 1, "id": 1, "page": None, "log_entry_id": 1}
    key, signature = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", "A" * 86 + "=="
    receipt = {"receipt": 1, "statement": {"receipt": 1}, "signature": {"public_key": key, "signature": signature}}
    record.keep_upload(kept_upload(row, receipt=receipt))
    check_signatures(record, findings)
    assert kinds(findings) == {WRONG}


READ = """
WITH dealt AS (
  INSERT INTO task (section_id, account_id, mode, photo_ids, leased_until, state)
  SELECT id, $1, 'blind', photo_ids, now(), 'answered' FROM tps_section ORDER BY id LIMIT 1 RETURNING *),
entry AS (
  INSERT INTO log_entry (kind, subject, payload, payload_sha256) VALUES ('reading', 'x', $3, $4) RETURNING id)
INSERT INTO reading (section_id, photo_id, mode, account_id, task_id, numbers, details, salt, commitment, log_entry_id)
SELECT section_id, photo_ids[1], 'blind', $1, dealt.id, $2, '{}', '', 'c', entry.id FROM dealt, entry
RETURNING id, task_id::text, photo_id
"""


async def test_a_lost_a_changed_and_an_unknown_reading_are_seen(database: str, ground: Ground, tmp_path: Path) -> None:
    record = Record(tmp_path)
    numbers = dict.fromkeys(PAGES[2], 7)
    account = ground.readers[0].account_id
    async with connect(database) as connection:
        payload = {"commitment": "c"}
        row = await connection.fetchrow(READ, account, numbers, payload, canonical_sha256(payload))
        sha = await connection.fetchval("SELECT sha256 FROM photo WHERE id = $1", row["photo_id"])
        kept = AnswerKept(row["task_id"], account, numbers, {"2": sha}, (row["id"],))

        async def check(answer: AnswerKept | None) -> set[str]:
            record.answers.clear()
            findings = Findings()
            if answer is not None:
                record.keep_answer(answer)
            await check_readings(connection, record, findings)
            return kinds(findings)

        assert await check(kept) == set()
        assert await check(None) == {WRONG}
        assert await check(replace(kept, numbers=dict.fromkeys(PAGES[2], 8))) == {WRONG}
        assert await check(replace(kept, reading_ids=(row["id"], row["id"] + 1))) == {LOST}
        assert await check(replace(kept, reading_ids=())) == {TWICE}


async def test_a_gap_a_double_and_a_wrong_hash_in_the_log_are_seen(
    database: str, ground: Ground, tmp_path: Path
) -> None:
    findings = Findings()
    async with connect(database) as connection:
        await connection.execute("UPDATE photo SET log_entry_id = NULL WHERE id = 1")
        await connection.execute(
            "UPDATE photo SET log_entry_id = (SELECT log_entry_id FROM photo WHERE id = 3) WHERE id = 2"
        )
        await connection.execute(
            "INSERT INTO log_entry (kind, subject, payload, payload_sha256) VALUES ($1, 'photo/1', '{}', 'x')",
            "photo_state",
        )
        await check_log(connection, findings)
    assert kinds(findings) == {LOST, TWICE, WRONG}


async def test_a_wrong_sum_is_seen_at_every_level(database: str, ground: Ground) -> None:
    async with connect(database) as connection:
        for kode in ("0", "11", "1101", "110101", PLAN.papers[0].tps_kode[:10]):
            findings = Findings()
            await connection.execute("UPDATE tally SET sums[1] = sums[1] + 1 WHERE kode = $1", kode)
            await check_tallies(connection, database, ground.contest, findings)
            assert kinds(findings) == {WRONG_SUM}, kode
            assert findings.count(WRONG_SUM) >= 3, "each of the three ways sees it"
            await connection.execute("UPDATE tally SET sums[1] = sums[1] - 1 WHERE kode = $1", kode)


async def test_a_result_that_nobody_decided_is_seen(database: str, ground: Ground) -> None:
    findings = Findings()
    async with connect(database) as connection:
        await connection.execute("UPDATE result SET numbers[1] = 5 WHERE tps_kode = $1", PLAN.papers[0].tps_kode)
        await check_sums(connection, database, ground.contest, findings)
    assert kinds(findings) == {WRONG, WRONG_SUM}


async def test_a_job_set_aside_must_be_explained(database: str, ground: Ground) -> None:
    statement = (
        "INSERT INTO job_set_aside (job_id, job, payload, reason, message) VALUES ($1, 'read_photo', '{}', $2, $3)"
    )
    async with connect(database) as connection:
        await connection.execute(statement, 1, "crashed", "The reader's process died.")
        explained, unexplained = Findings(), Findings()
        assert len(await check_jobs(connection, 1, explained)) == 1
        await check_jobs(connection, 0, unexplained)
        assert (explained.found, kinds(unexplained)) == ([], {WRONG})
        await connection.execute(statement, 2, "failed", "ValueError: no")
        await check_jobs(connection, 2, explained)
        assert kinds(explained) == {WRONG}
