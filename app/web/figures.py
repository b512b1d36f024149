"""What is worth watching and stands in the database: how much waits, for how long, what was decided.

Asked when the metrics are, and remembered: every process that is asked would otherwise ask again. Every site of an
installation says the same here, so a dashboard takes the greatest, not the sum.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Row, text
from sqlalchemy.exc import SQLAlchemyError

from app.core.database import DatabaseUnreachableError, Sessions, is_outage
from app.verification.drift import COMPARED, COUNTS

log = structlog.get_logger(__name__)

STATEMENT_MILLISECONDS = 2000
"""A question that takes longer is left out: watching must not become the load."""


DRIFT_LAST = 2000
"""So many of the newest decisions tell how the machine does."""


@dataclass(frozen=True)
class Question:
    """A statement whose columns are the labels' values, then one number a metric.

    ``metrics``: (name, help) in the order of the numbers; a name that ends in ``_total`` counts, others are gauges.
    """

    statement: str
    labels: tuple[str, ...]
    metrics: tuple[tuple[str, str], ...]


QUICK = (
    Question(
        """SELECT entrypoint, status::text, count(*),
                  coalesce(max(extract(epoch FROM now() - greatest(created, execute_after))), 0)
           FROM pgqueuer GROUP BY 1, 2""",
        ("kind", "status"),
        (("runut_queue_jobs", "Jobs in the queue."), ("runut_queue_oldest_seconds", "Age of the oldest of them.")),
    ),
    Question(
        "SELECT job, count(*) FROM job_set_aside GROUP BY 1",
        ("kind",),
        (("runut_jobs_set_aside", "Jobs that were given up and wait for a person (./runut jobs list)."),),
    ),
    Question(
        """SELECT count(*), coalesce(extract(epoch FROM now() - min(unsettled_since)), 0)
           FROM tps_section WHERE unsettled_since IS NOT NULL""",
        (),
        (
            ("runut_unsettled_sections", "Sections with an answer that the rule has not looked at."),
            ("runut_unsettled_seconds", "How long the oldest of them waits."),
        ),
    ),
    Question(
        "SELECT count(*), coalesce(extract(epoch FROM now() - min(at)), 0) FROM tally_change",
        (),
        (
            ("runut_tally_changes", "Changed results that no sum holds yet."),
            ("runut_tally_stale_seconds", "How long the oldest of them waits: how old the published sums are."),
        ),
    ),
    Question(
        """SELECT relname, n_tup_ins FROM pg_stat_user_tables WHERE schemaname = current_schema()
           AND relname IN ('photo', 'reading', 'decision', 'result', 'discrepancy', 'log_entry', 'account', 'task')""",
        ("table",),
        (("runut_rows_written_total", "Rows written since the database's statistics began."),),
    ),
    Question(
        """SELECT numbackends, deadlocks, current_setting('max_connections')::int
                  - current_setting('superuser_reserved_connections')::int
           FROM pg_stat_database WHERE datname = current_database()""",
        (),
        (
            ("runut_database_connections", "Connections to the database, everybody's."),
            ("runut_database_deadlocks_total", "Deadlocks the database had to break."),
            ("runut_database_connections_limit", "Connections the server allows."),
        ),
    ),
)
SLOW = (
    Question(
        "SELECT state, coalesce(state_code, ''), count(*) FROM photo GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 60",
        ("state", "code"),
        (("runut_photos", "Photographs by state, and by the reader's reason for refusing them."),),
    ),
    Question(
        "SELECT state, coalesce(wanted, ''), count(*) FROM tps_section GROUP BY 1, 2",
        ("state", "wanted"),
        (("runut_sections", "Sections by what was decided, and by the reading they want."),),
    ),
    Question(
        """SELECT count(*) FROM tps_section s WHERE s.wanted = 'review' AND NOT EXISTS (
             SELECT FROM account a WHERE a.role IN ('reviewer', 'admin') AND a.state = 'active' AND a.reading = 'open'
             AND NOT EXISTS (SELECT FROM task t WHERE t.section_id = s.id AND t.account_id = a.id OFFSET 0)
             AND NOT EXISTS (SELECT FROM photo p WHERE p.pemilihan_id = s.pemilihan_id AND p.tps_kode = s.tps_kode
                               AND p.round = s.round AND p.uploader_id = a.id OFFSET 0))""",
        (),
        (("runut_sections_without_reviewer", "Sections that wait for a reviewer and have none who may read them."),),
    ),
    Question(
        f"""{COMPARED.format(where="", limit=DRIFT_LAST)}
            SELECT (SELECT kode FROM pemilihan WHERE id = pemilihan_id), section, {COUNTS} FROM compared
            GROUP BY pemilihan_id, section""",  # noqa: S608 - our own words and number
        ("pemilihan", "section"),
        (
            ("runut_machine_fields", "Fields that people have read blind, in the newest decisions."),
            ("runut_machine_told", "Those of them that the machine gave a number for."),
            ("runut_machine_sure", "Those it was sure of."),
            ("runut_machine_differing", "Those told in which a person read another number, rightly or not."),
            ("runut_machine_wrong", "Those told in which another number was decided."),
            ("runut_machine_sure_wrong", "Those it was sure of and another number was decided."),
        ),
    ),
    Question(
        """SELECT p.kode, c.drifts, extract(epoch FROM now() - c.checked_at)
           FROM tally_check c JOIN pemilihan p ON p.id = c.pemilihan_id""",
        ("pemilihan",),
        (
            ("runut_tally_drifts", "Sums that the oracle, adding up in another way, found not right."),
            ("runut_tally_check_age_seconds", "How long ago that was."),
        ),
    ),
    Question("SELECT pg_database_size(current_database())", (), (("runut_database_bytes", "Size of the database."),)),
)


@dataclass(frozen=True)
class Answer:
    """What came of a question: a family for each of its metrics, or none."""

    families: tuple[Metric, ...] = ()
    is_outage: bool = False
    """The database was away; otherwise the question itself is at fault, and would be a second later, too."""


@dataclass
class Group:
    """Questions that are asked together, and their last answers. Owned by :class:`Figures`."""

    questions: tuple[Question, ...]
    fresh_for: float
    until: float = 0.0
    families: tuple[Metric, ...] = ()
    unanswered: int = 0


@dataclass
class Figures:
    """The database's part of the metrics: quick questions every 5 s at most, those that count tables every minute."""

    sessions: Sessions
    groups: tuple[Group, ...] = field(default_factory=lambda: (Group(QUICK, 5.0), Group(SLOW, 60.0)))
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def gather(self) -> tuple[Metric, ...]:
        """Return every family, and how many questions have no answer."""
        async with self._asking:
            for group in self.groups:
                if time.monotonic() >= group.until:
                    await self._renew(group)
            failed = GaugeMetricFamily("runut_figures_unanswered", "Questions the database left unanswered last time.")
            failed.add_metric([], sum(group.unanswered for group in self.groups))
            return (*(family for group in self.groups for family in group.families), failed)

    async def _renew(self, group: Group) -> None:
        answers = [await self._ask(question) for question in group.questions]
        group.families = tuple(family for answer in answers for family in answer.families)
        group.unanswered = sum(not answer.families for answer in answers)
        # After an outage all is asked again next time. What was too slow waits its turn: asked at every scrape, it
        # would keep a loaded database busy for its whole time limit, again and again.
        was_away = any(answer.is_outage for answer in answers)
        group.until = time.monotonic() + (0.0 if was_away else group.fresh_for)

    async def _ask(self, question: Question) -> Answer:
        try:
            async with self.sessions.begin() as session:
                await session.execute(text(f"SET LOCAL statement_timeout = {STATEMENT_MILLISECONDS}"))
                return Answer(make_families(question, (await session.execute(text(question.statement))).all()))
        except (SQLAlchemyError, DatabaseUnreachableError) as error:
            log.warning("no answer for the metrics", metric=question.metrics[0][0], error=type(error).__name__)
            return Answer(is_outage=is_outage(error))


def make_families(question: Question, rows: Iterable[Row[Any]]) -> tuple[Metric, ...]:
    """Return one family for each of the question's metrics, with a sample for each row."""
    families: list[GaugeMetricFamily | CounterMetricFamily] = [
        CounterMetricFamily(name.removesuffix("_total"), words, labels=question.labels)
        if name.endswith("_total")
        else GaugeMetricFamily(name, words, labels=question.labels)
        for name, words in question.metrics
    ]
    width = len(question.labels)
    for row in rows:
        for family, value in zip(families, row[width:], strict=True):
            family.add_metric([str(label) for label in row[:width]], float(value))
    return tuple(families)
