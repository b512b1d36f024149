"""Is every acknowledged upload there, once, with its bytes, its log entry, its signature, and looked at?"""

import asyncio
import base64
import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from workers.drill.kill.findings import LOST, TWICE, WRONG, Findings
from workers.drill.kill.record import Record, UploadKept

LOOKED_UP = 200
"""Receipts that are asked for over HTTP; signatures are checked of all."""

_PHOTOS = """
SELECT p.id, p.sha256, p.tps_kode, p.uploader_id, p.state, p.state_code, p.page, e.id AS entry, e.payload->>'sha256' AS
       logged, (SELECT count(*) FROM log_entry l WHERE l.subject = 'photo/' || p.id AND l.kind = 'photo') AS entries
FROM photo p LEFT JOIN log_entry e ON e.id = p.log_entry_id AND e.kind = 'photo' AND e.subject = 'photo/' || p.id
WHERE p.sha256 = ANY($1)
"""

_SET_ASIDE = "SELECT (payload->>'photo_id')::bigint FROM job_set_aside WHERE job = 'read_photo'"


async def check_rows(connection: asyncpg.Connection, record: Record, findings: Findings) -> None:
    """Compare every acknowledged upload with the database: its row once, its own entry in the log."""
    rows: dict[str, list[asyncpg.Record]] = defaultdict(list)
    for row in await connection.fetch(_PHOTOS, list(record.uploads)):
        rows[row["sha256"]].append(row)
    findings.looked_at["uploads"] += len(record.uploads)
    for sha, kept in record.uploads.items():
        own = rows[sha]
        findings.add(LOST, [f"upload {sha[:12]} of TPS {kept.tps_kode}: no row"] if not own else [])
        findings.add(TWICE, [f"upload {sha[:12]}: {len(own)} rows"] if len(own) > 1 else [])
        for row in own[:1]:
            _check_row(row, kept, findings)


def _check_row(row: asyncpg.Record, kept: UploadKept, findings: Findings) -> None:
    name = f"upload {kept.sha256[:12]} (photo {row['id']})"
    said = (kept.photo_id, kept.tps_kode, kept.account_id, kept.receipt["receipt"])
    there = (row["id"], row["tps_kode"], row["uploader_id"], row["entry"])
    findings.add(LOST, [f"{name}: no log entry"] if row["entry"] is None else [])
    findings.add(TWICE, [f"{name}: {row['entries']} log entries"] if row["entries"] > 1 else [])
    findings.add(WRONG, [f"{name}: acknowledged as {said}, is {there}"] if said != there else [])
    findings.add(WRONG, [f"{name}: another hash in the log"] if row["logged"] not in {None, kept.sha256} else [])


async def check_looked_at(connection: asyncpg.Connection, record: Record, findings: Findings) -> None:
    """Every upload was looked at; a drawn page was read, and what the machine is sure of is what stands on it.

    Photographs that were set aside are left to ``check_jobs``, which wants to know why.
    """
    rows = {row["id"]: row for row in await connection.fetch(_PHOTOS, list(record.uploads))}
    query = "SELECT photo_id, details FROM reading WHERE mode = 'machine' AND photo_id = ANY($1)"
    machine = await connection.fetch(query, [kept.photo_id for kept in record.uploads.values()])
    waiting = [row["id"] for row in rows.values() if row["state"] == "received"]
    findings.add(WRONG, [f"photo {one} was never looked at" for one in waiting])
    aside = {row[0] for row in await connection.fetch(_SET_ASIDE)}
    kept_ones = {kept.photo_id: kept for kept in record.uploads.values() if kept.photo_id not in aside}
    drawn = {photo: kept for photo, kept in kept_ones.items() if kept.numbers is not None}
    findings.looked_at["drawn pages"] += len(drawn)
    for photo, kept in drawn.items():
        row = rows.get(photo)
        if row is not None and (row["state"], row["page"]) != ("read", kept.page):
            words = f"photo {photo} shows page {kept.page}, is {row['state']} {row['state_code'] or ''} {row['page']}"
            findings.add(WRONG, [words])
    seen = {row["photo_id"] for row in machine}
    findings.add(LOST, [f"photo {one} has no machine reading" for one in drawn if one in rows and one not in seen])
    for row in machine:
        _check_machine(row, drawn.get(row["photo_id"]), findings)


def _check_machine(row: asyncpg.Record, kept: UploadKept | None, findings: Findings) -> None:
    if kept is None or kept.numbers is None:
        findings.add(WRONG, [f"photo {row['photo_id']} has no form on it, yet a reading"])
        return
    for name, said in row["details"]["fields"].items():
        wrong = said.get("sure") and said.get("value") != kept.numbers[name]
        findings.add(WRONG, [f"photo {row['photo_id']}: {name} surely {said.get('value')}"] if wrong else [])


async def check_bytes(objects: Path, record: Record, findings: Findings) -> None:
    """Read every sealed original as a plain file and hash it."""

    def hash_file(sha: str) -> str | None:
        path = objects / "original" / sha[:2] / sha
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None

    for sha in record.uploads:
        found = await asyncio.to_thread(hash_file, sha)
        findings.add(LOST, [f"upload {sha[:12]}: no sealed bytes"] if found is None else [])
        findings.add(WRONG, [f"upload {sha[:12]}: other bytes"] if found not in {None, sha} else [])


def check_signatures(record: Record, findings: Findings) -> None:
    """Check the signature of every receipt; all are of one key, whichever site gave them."""
    for kept in record.uploads.values():
        findings.add(
            WRONG, [f"receipt {kept.receipt['receipt']}: bad signature"] if not _is_signed(kept.receipt) else []
        )
    keys = {kept.receipt["signature"]["public_key"] for kept in record.uploads.values()}
    findings.add(WRONG, [f"{len(keys)} keys signed receipts"] if len(keys) > 1 else [])


def _is_signed(receipt: Mapping[str, Any]) -> bool:
    signature = receipt["signature"]
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signature["public_key"]))
    try:
        key.verify(base64.b64decode(signature["signature"]), rfc8785.dumps(dict(receipt["statement"])))
    except InvalidSignature:
        return False
    return True


async def check_receipts(site: str, record: Record, findings: Findings) -> None:
    """Look receipts up as anybody can; what is answered is what was signed."""
    every = max(1, len(record.uploads) // LOOKED_UP)
    async with httpx.AsyncClient(base_url=site, timeout=30, trust_env=False) as client:
        for kept in list(record.uploads.values())[::every]:
            number = kept.receipt["receipt"]
            answer = await client.get(f"/api/v1/receipts/{number}")
            found = answer.json().get("statement") if answer.status_code == httpx.codes.OK else None
            findings.add(LOST, [f"receipt {number}: {answer.status_code}"] if found is None else [])
            wrong = found is not None and found != kept.receipt["statement"]
            findings.add(WRONG, [f"receipt {number} says {found}"] if wrong else [])
            findings.looked_at["receipts looked up"] += 1
