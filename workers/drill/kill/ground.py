"""Prepare the drill's database: places, an election, people, and papers that the machine has read and people have not.

The rows are what an election night leaves behind, written in bulk because the drill is about what comes after; `settle`
is asked whether they are what it would have made of them.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from sqlalchemy import text

from app.accounts.sign_in import hash_token
from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions, open_sessions
from app.core.postgres.databases import plain_dsn
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest, import_pemilu
from app.tally.service import rebuild
from app.transparency.canonical import canonical_sha256
from app.verification.commitments import commit, make_salt
from app.verification.service import settle
from app.wilayah.service import import_wilayah
from workers.demo.stage import CONTEST, write_election
from workers.drill.kill.plan import PAGES, Paper, Plan

UPLOADERS, READERS, REVIEWERS = 10, 20, 3
MACHINE = {"model_sha256": "drill", "layout_sha256": "drill"}
CONFIDENCE_SURE, CONFIDENCE_UNSURE = 0.9999, 0.5
SECTION = "suara"


@dataclass(frozen=True)
class Person:
    """Somebody with an account and an open session."""

    account_id: int
    name: str
    token: str


@dataclass
class Ground:
    """What stands before the drill. ``papers``: photograph's hash -> what is written on its page.

    ``overseer``: an admin, who can tell which photographs a task shows.
    """

    contest: Contest
    uploaders: tuple[Person, ...]
    readers: tuple[Person, ...]
    overseer: Person
    papers: dict[str, Mapping[str, int]] = field(default_factory=dict)


async def prepare_ground(url: str, settings: Settings, plan: Plan, folder: Path) -> Ground:
    """Fill an empty database with everything that the plan wants there."""
    async with open_sessions(url) as sessions:
        async with sessions.begin() as session:
            await import_wilayah(session, lines=plan.wilayah_csv(), name="drill")
        async with sessions.begin() as session:
            await import_pemilu(session, path=write_election(folder), layouts=settings.layouts)
            contest = await get_contest(session, kode=CONTEST)
        connection = await asyncpg.connect(plain_dsn(url))
        try:
            people = await _make_people(connection)
            ground = Ground(contest, people[1 : 1 + UPLOADERS], people[1 + UPLOADERS : -1], people[-1])
            entries = await connection.fetchval("SELECT coalesce(max(id), 0) FROM log_entry")
            await Bulk(connection, contest, people[0].account_id, entries).write(plan.papers, ground.papers)
        finally:
            await connection.close()
        async with sessions.begin() as session:
            await rebuild(session, contest=contest)
        await _compare_with_settling(sessions)
    return ground


async def _make_people(connection: asyncpg.Connection) -> tuple[Person, ...]:
    """Make accounts with open sessions: who sent the prepared photographs, uploaders, readers, reviewers, an admin."""
    names = ["persiapan", *(f"pengunggah{number}" for number in range(UPLOADERS))]
    names += [f"pembaca{number}" for number in range(READERS)]
    roles = [Role.VOLUNTEER] * len(names) + [Role.REVIEWER] * REVIEWERS + [Role.ADMIN]
    names += [*(f"peninjau{number}" for number in range(REVIEWERS)), "pengelola"]
    people = []
    for name, role in zip(names, roles, strict=True):
        statement = (
            "INSERT INTO account (name, display_name, password_hash, role) VALUES ($1, $1, '-', $2) RETURNING id"
        )
        account = await connection.fetchval(statement, name, role.value)
        token = secrets.token_urlsafe(32)
        statement = (
            "INSERT INTO account_session (token_sha256, account_id, expires_at) VALUES ($1, $2, now() + '1 day')"
        )
        await connection.execute(statement, hash_token(token), account)
        people.append(Person(account, name, token))
    return tuple(people)


Rows = dict[str, list[dict[str, Any]]]


class Bulk:
    """Writes papers as photographs with machine readings, sections that wait for people, and results with a photo."""

    def __init__(self, connection: asyncpg.Connection, contest: Contest, uploader: int, entries: int) -> None:
        """Write on ``connection``, photographs in the name of ``uploader``, log entries behind number ``entries``."""
        self._connection, self._contest, self._uploader = connection, contest, uploader
        self._last = {"log_entry": entries}
        self._rows: Rows = {name: [] for name in ("log_entry", "photo", "tps_section", "reading", "result")}

    async def write(self, papers: Sequence[Paper], seen: dict[str, Mapping[str, int]]) -> None:
        """Write everything in one transaction; ``seen`` learns what is on each photograph."""
        for paper in papers:
            self._add(paper, seen)
        async with self._connection.transaction():
            for table, rows in self._rows.items():
                columns = list(rows[0])
                records = [tuple(row[column] for column in columns) for row in rows]
                # COPY takes our own numbers in identity columns; the sequences then go on behind them.
                await self._connection.copy_records_to_table(table, records=records, columns=columns)
                if "id" in columns:
                    last = max(row["id"] for row in rows)
                    await self._connection.execute(
                        f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), $1)",
                        last,
                    )

    def _new(self, table: str, **columns: Any) -> int:  # noqa: ANN401 - values of any column
        number = self._last[table] = self._last.get(table, 0) + 1
        self._rows[table].append({"id": number, **columns})
        return number

    def _log(self, kind: str, subject: str, payload: dict[str, Any]) -> int:
        return self._new(
            "log_entry", kind=kind, subject=subject, payload=dump(payload), payload_sha256=canonical_sha256(payload)
        )

    def _add(self, paper: Paper, seen: dict[str, Mapping[str, int]]) -> None:
        photos = {page: self._add_photo(paper, page, seen) for page in PAGES}
        wanted, why = ("confirm", "sure") if paper.sure else ("blind", "not_sure")
        draw = int(sha256(paper.tps_kode.encode()).hexdigest()[:8], 16) / 2**32
        blind = self._contest.policy.blind_share
        section = self._new(
            "tps_section",
            pemilihan_id=self._contest.id,
            tps_kode=paper.tps_kode,
            section=SECTION,
            wanted=wanted,
            why=why,
            photo_ids=sorted(number for number, _ in photos.values()),
            dice=blind + (1 - blind) * draw,
        )
        for page, (photo, sha) in photos.items():
            self._add_reading(paper, page, section, (photo, sha))
        self._rows["result"].append(
            {
                "pemilihan_id": self._contest.id,
                "tps_kode": paper.tps_kode,
                "kelurahan": paper.tps_kode[:10],
                "numbers": [None] * len(self._contest.fields),
                "has_photo": True,
            }
        )

    def _add_photo(self, paper: Paper, page: int, seen: dict[str, Mapping[str, int]]) -> tuple[int, str]:
        sha = sha256(f"{paper.tps_kode}/{page}".encode()).hexdigest()
        seen[sha] = {name: paper.numbers[name] for name in PAGES[page]}
        number = len(self._rows["photo"]) + 1
        facts = {
            "bytes": 1,
            "pemilihan": self._contest.kode,
            "photo": number,
            "round": 1,
            "sha256": sha,
            "tps": paper.tps_kode,
            "type": "image/jpeg",
        }
        entry = self._log("photo", f"photo/{number}", facts)
        self._new(
            "photo",
            sha256=sha,
            byte_count=1,
            content_type="image/jpeg",
            pemilihan_id=self._contest.id,
            tps_kode=paper.tps_kode,
            uploader_id=self._uploader,
            state="read",
            form=self._contest.form_name,
            page=page,
            log_entry_id=entry,
        )
        return number, sha

    def _add_reading(self, paper: Paper, page: int, section: int, photo: tuple[int, str]) -> None:
        number, sha = photo
        numbers = {name: paper.numbers[name] for name in PAGES[page]}
        confidence = CONFIDENCE_SURE if paper.sure else CONFIDENCE_UNSURE
        fields = {
            name: {"value": value, "confidence": confidence, "sure": paper.sure} for name, value in numbers.items()
        }
        salt = make_salt()
        commitment = commit(salt, numbers, sha)
        payload = {"commitment": commitment, "mode": "machine", "photo": sha, "reader": "machine"}
        entry = self._log("reading", f"tps/{paper.tps_kode}/{self._contest.kode}/1/{SECTION}", payload)
        self._new(
            "reading",
            section_id=section,
            photo_id=number,
            mode="machine",
            machine=canonical_sha256({"fields": fields, **MACHINE}),
            numbers=dump(numbers),
            details=dump({**MACHINE, "fields": fields}),
            salt=salt,
            commitment=commitment,
            log_entry_id=entry,
        )


def dump(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return JSON as asyncpg takes it for a jsonb column."""
    return orjson.dumps(value).decode()


async def _compare_with_settling(sessions: Sessions, samples: int = 10) -> None:
    """Check that the rule would have asked for just what was written into some of the sections."""
    query = text("SELECT id, wanted, why, photo_ids FROM tps_section ORDER BY wanted DESC, id")
    async with sessions.begin() as session:
        rows = (await session.execute(query)).all()
        for row in (*rows[:samples], *rows[-samples:]):
            await settle(session, section_id=row.id)
        again = {row.id: row for row in (await session.execute(query)).all()}
        assert all(again[row.id] == row for row in rows), "the prepared sections are not what the rule makes of them"
