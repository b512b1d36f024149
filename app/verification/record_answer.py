"""Write a person's answer down: a reading for each page, in the log as a commitment without its values."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import orjson

from app.core.statements import Statements
from app.transparency.canonical import canonical_json
from app.transparency.service import APPEND_ONE, NEXT_ENTRY
from app.verification.commitments import commit, make_salt
from app.verification.held_task import HeldTask
from app.verification.settle_list import LIST_OF_LIVE_TASK
from app.verification.tasks import DealtTask, TaskPage

# Nothing is written when the task is live no longer: answered by the same person a moment ago, withdrawn, run out. The
# section is locked before the task, as everybody does it. What is known of the reader at this moment stays with his
# reading; decisions can be computed again whatever becomes of him. The pages keep their order all the way: nothing
# between `unnest` and the insertion changes it, and a sort for one or two rows would cost more than their insertion.
# Both updates name the account too: PostgreSQL, told that hardly anybody holds a task, walks the index of those who do,
# and it must not walk it from end to end on the evening that everybody does.
_RECORD = f"""
WITH listed AS ({LIST_OF_LIVE_TASK}),
done AS (
    UPDATE task t SET state = 'answered', answered_at = now() FROM listed
    WHERE t.id = $1 AND t.account_id = $2 AND t.state = 'leased' AND t.leased_until > now()
    RETURNING t.section_id, t.mode
),
page AS MATERIALIZED (
    SELECT done.*, said.*, {NEXT_ENTRY} AS entry
    FROM done CROSS JOIN
         unnest($3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::text[])
         AS said (photo, numbers, details, salt, commitment, payload, sha256)
),
fact AS (SELECT entry AS id, 'reading' AS kind, $10::text AS subject, payload, sha256 FROM page),
{APPEND_ONE},
skill AS (
    SELECT jsonb_build_object('skill', jsonb_build_object(
        'error_rate', k.error_rate, 'catch_rate', k.catch_rate, 'version', k.version)) AS known
    FROM reader_skill k WHERE k.account_id = $2
)
INSERT INTO reading (section_id, photo_id, mode, account_id, task_id, numbers, details, salt, commitment, log_entry_id)
SELECT section_id, photo, mode, $2, $1, numbers::jsonb, details::jsonb || coalesce((SELECT known FROM skill), '{{}}'),
       salt, commitment, entry
FROM page RETURNING id"""  # noqa: S608 - put together from constants


async def record_answer(
    statements: Statements, *, held: HeldTask, dealt: DealtTask, subject: str, numbers: Mapping[str, int | None]
) -> tuple[int, ...]:
    """Write down what a person read, mark his task as answered and put its section on the settle list: one statement.

    ``subject``: the section's name in the log. Returns the readings' numbers, page by page; none, and nothing was
    written, where the task is live no longer.
    """
    pages = [_commit_page(held, dealt, page, numbers) for page in dealt.pages]
    columns = [[page[place] for page in pages] for place in range(len(pages[0]))]
    rows = await statements.rows(_RECORD, held.id, held.account_id, *columns, subject)
    return tuple(sorted(row["id"] for row in rows))


def _commit_page(
    held: HeldTask, dealt: DealtTask, page: TaskPage, numbers: Mapping[str, int | None]
) -> tuple[int, str, str, bytes, str, str, str]:
    """Return one page's photograph, numbers, details, salt, commitment, and its log entry with the entry's hash."""
    own = {name: numbers[name] for name in page.fields}
    shown = None if dealt.shown is None else {name: dealt.shown[name] for name in own}
    salt = make_salt()
    commitment = commit(salt, own, page.photo_sha256)
    said: dict[str, Any] = {"mode": held.mode, "photo": page.photo_sha256, "reader": f"account/{held.account_id}"}
    payload = canonical_json({"commitment": commitment, **said})
    details = orjson.dumps({"shown": shown}).decode()
    spelled, digest = payload.decode(), sha256(payload).hexdigest()
    return page.photo_id, orjson.dumps(own).decode(), details, salt, commitment, spelled, digest
