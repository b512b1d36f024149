"""A case as a reviewer sees it: before he has looked, its pictures alone; afterwards everything that is known.

The order is that of the law and of Barchard's studies: whoever sees a number first sees it in the picture too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ForbiddenError, NotFoundError
from app.official.service import get_official
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest
from app.verification.models import TpsSection
from app.verification.review.find_case import find_case
from app.verification.review.look import Look, find_look
from app.verification.review.may_review import NotImpartialError, require_impartial, require_not_sender
from app.verification.review.models import ReviewCase

_EVENTS = text("SELECT event, account_id, note, at FROM review_event WHERE case_id = :case ORDER BY id")
_READINGS = text(
    """SELECT r.id, r.photo_id, r.mode, r.account_id, r.numbers, r.at, w.reason AS withdrawn
       FROM reading r LEFT JOIN reading_withdrawal w ON w.reading_id = r.id
       WHERE r.section_id = :section ORDER BY r.id"""
)
_PHOTOS = text(
    """SELECT p.id, p.uploader_id, p.source, p.state, p.state_code, p.form, p.page, p.sha256, p.at,
              p.placement_id
       FROM photo p JOIN tps_section s USING (pemilihan_id, tps_kode, round)
       WHERE s.id = :section AND p.page IS NOT NULL ORDER BY p.page, p.id"""
)
_DECISION = text(
    """SELECT id, outcome, numbers, flags, source_class, explanation, rule_version, at FROM decision
       WHERE section_id = :section AND state = 'current'"""
)
_STATEMENTS = text(
    """SELECT o.account_id, o.reason, o.at, e.by_account_id AS ended_by, e.reason AS end_reason,
              (SELECT jsonb_agg(r.numbers ORDER BY r.id) FROM reading r WHERE r.task_id = o.task_id) AS numbers
       FROM override_statement o LEFT JOIN override_end e ON e.statement_id = o.id
       WHERE o.section_id = :section ORDER BY o.id"""
)


@dataclass(frozen=True)
class CaseEvent:
    """One line of a case's history; ``account_id`` is null where the rule did it. Notes are shown after the look."""

    event: str
    account_id: int | None
    note: str
    at: datetime


@dataclass(frozen=True)
class SeenReading:
    """A reading as reviewers see it. ``account_id`` is null for the machine; ``withdrawn``: why it does not count."""

    id: int
    photo_id: int
    mode: str
    account_id: int | None
    numbers: Mapping[str, int | None]
    at: datetime
    withdrawn: str | None


@dataclass(frozen=True)
class SeenPhoto:
    """A photograph of the section's pages, used or not. Accounts are told as numbers.

    ``placement_id``: of one that a reviewer placed by hand: it is shown whole, nothing is covered.
    """

    id: int
    uploader_id: int
    source: str
    state: str
    state_code: str | None
    form: str | None
    page: int
    sha256: str
    at: datetime
    placement_id: int | None
    fields: tuple[str, ...]


@dataclass(frozen=True)
class SeenDecision:
    """The decision that stands."""

    id: int
    outcome: str
    numbers: Mapping[str, int]
    flags: tuple[str, ...]
    source_class: str | None
    sentences: tuple[str, ...]
    posterior_wrong: Mapping[str, float]
    rule_version: str
    at: datetime


@dataclass(frozen=True)
class SeenStatement:
    """A reviewer's statement that his numbers are to stand; ``ended_by``: who took it back or undid it, and why."""

    account_id: int
    numbers: Mapping[str, int]
    reason: str
    at: datetime
    ended_by: int | None
    end_reason: str | None


@dataclass(frozen=True)
class Evidence:
    """Everything known of the section of a case. ``official``: the authority's figures of its fields, shown last."""

    state: str
    why: str
    fields: tuple[str, ...]
    decision: SeenDecision | None
    readings: tuple[SeenReading, ...]
    photos: tuple[SeenPhoto, ...]
    statements: tuple[SeenStatement, ...]
    sums: tuple[tuple[str, tuple[str, ...]], ...]
    official: Mapping[str, int | None] | None


@dataclass(frozen=True)
class CaseView:
    """A case. ``contest``, ``section`` and ``look`` are null where it is about no form.

    ``tps_kode``, ``facts`` and ``evidence`` are null until he has looked; ``obstacle``: why he may not judge it.
    """

    id: int
    kind: str
    subject: str
    reason: str
    state: str
    contest: Contest | None
    section: str | None
    photo_id: int | None
    tps_kode: str | None
    assigned_to: int | None
    answer: str | None
    closed_by: int | None
    at: datetime
    closed_at: datetime | None
    look: Look | None
    obstacle: str | None
    events: tuple[CaseEvent, ...]
    facts: Mapping[str, Any] | None
    evidence: Evidence | None

    @property
    def is_open(self) -> bool:
        """Tell whether somebody still has to look at it."""
        return self.state in {"open", "looked_at"}


async def view_case(session: AsyncSession, *, case_id: int, account_id: int) -> CaseView:
    """Return a case as this reviewer may see it now.

    Raises:
        NotFoundError: there is no such case.
    """
    case = await find_case(session, case_id=case_id)
    contest = None if case.pemilihan_id is None else await get_contest(session, id=case.pemilihan_id)
    section = None if case.section_id is None else await session.get_one(TpsSection, case.section_id)
    if section is not None:
        await session.refresh(section)
    obstacle = await _find_obstacle(session, case, account_id)
    look = None if section is None else await find_look(session, section_id=section.id, account_id=account_id)
    opened = obstacle is None and (look is None or look.done)
    evidence = None
    if opened and section is not None and contest is not None:
        evidence = await _gather(session, contest, section)
    return CaseView(
        id=case.id,
        kind=case.kind,
        subject=case.subject,
        reason=case.reason,
        state=case.state,
        contest=contest,
        section=None if section is None else section.section,
        photo_id=case.photo_id,
        tps_kode=case.tps_kode if opened else None,
        assigned_to=case.assigned_to,
        answer=case.answer if opened else None,
        closed_by=case.closed_by,
        at=case.at,
        closed_at=case.closed_at,
        look=look,
        obstacle=obstacle,
        events=tuple([_make_event(row, opened=opened) for row in await session.execute(_EVENTS, {"case": case_id})]),
        facts=case.facts if opened else None,
        evidence=evidence,
    )


def _make_event(row: Row[Any], *, opened: bool) -> CaseEvent:
    """Return a line of the history; its note may name numbers."""
    return CaseEvent(row.event, row.account_id, row.note if opened else "", row.at)


async def _find_obstacle(session: AsyncSession, case: ReviewCase, account_id: int) -> str | None:
    try:
        if case.section_id is not None:
            await require_impartial(session, section_id=case.section_id, account_id=account_id)
        elif case.photo_id is not None:
            await require_not_sender(session, photo_id=case.photo_id, account_id=account_id)
    except NotImpartialError as error:
        return error.message
    return None


async def _gather(session: AsyncSession, contest: Contest, section: TpsSection) -> Evidence:
    place = {"section": section.id}
    definition = contest.section(section.section)
    official = await get_official(session, pemilihan_id=contest.id, tps_kode=section.tps_kode)
    figures = None if official is None else dict(zip(contest.fields, official.numbers, strict=True))
    asked = frozenset(definition.fields)
    decision = (await session.execute(_DECISION, place)).one_or_none()
    return Evidence(
        state=section.state,
        why=section.why,
        fields=tuple(definition.fields),
        decision=None if decision is None else _make_decision(decision),
        readings=tuple(SeenReading(**row._mapping) for row in await session.execute(_READINGS, place)),  # noqa: SLF001
        photos=tuple(_make_photos(contest, section.section, (await session.execute(_PHOTOS, place)).all())),
        statements=tuple(_make_statement(row) for row in await session.execute(_STATEMENTS, place)),
        sums=tuple((one.total, one.terms) for one in contest.identities if asked.issuperset(one.fields)),
        official=None if figures is None else {name: figures[name] for name in definition.fields},
    )


def _make_decision(row: Row[Any]) -> SeenDecision:
    return SeenDecision(
        id=row.id,
        outcome=row.outcome,
        numbers=row.numbers,
        flags=tuple(row.flags),
        source_class=row.source_class,
        sentences=tuple(row.explanation["sentences"]),
        posterior_wrong=row.explanation.get("posterior_wrong", {}),
        rule_version=row.rule_version,
        at=row.at,
    )


def _make_photos(contest: Contest, section: str, rows: Sequence[Row[Any]]) -> list[SeenPhoto]:
    """Return the photographs that show something of the section."""
    definition = contest.section(section)
    found = []
    for row in rows:
        known = row.form in contest.form_names
        fields = contest.fields_on(definition, form=row.form, page=row.page) if known else ()
        if fields:
            found.append(SeenPhoto(**row._mapping, fields=tuple(fields)))  # noqa: SLF001 - a row as a mapping
    return found


def _make_statement(row: Row[Any]) -> SeenStatement:
    numbers = {name: value for page in row.numbers or () for name, value in page.items()}
    return SeenStatement(row.account_id, numbers, row.reason, row.at, row.ended_by, row.end_reason)


async def require_open_picture(
    session: AsyncSession, *, case_id: int, account_id: int, photo_id: int, field: str | None = None
) -> int | None:
    """Check that a reviewer may see this photograph of a case now, or one field's boxes on it; return its placement.

    Raises:
        NotFoundError: no such case, or the photograph (or field) is no part of it.
        ForbiddenError: he has not looked first, or may not judge the case.
    """
    view = await view_case(session, case_id=case_id, account_id=account_id)
    if view.obstacle is not None or (view.look is not None and not view.look.done):
        message = "Gambar lain dibuka setelah Anda membaca gambar pertama. (Other pictures open after your own look.)"
        raise ForbiddenError(message, "Lihat dan baca gambarnya dahulu. (Look and read first.)", code="look_first")
    shown = {one.id: one.fields for one in view.evidence.photos} if view.evidence is not None else {}
    known = photo_id == view.photo_id if field is None else False
    if not known and (photo_id not in shown or (field is not None and field not in shown[photo_id])):
        message = f"Foto {photo_id} bukan bagian perkara {case_id}. (Photograph {photo_id} is no part of this case.)"
        raise NotFoundError(message, "Lihat halaman perkaranya. (See the page of the case.)")
    return (
        next((one.placement_id for one in view.evidence.photos if one.id == photo_id), None) if view.evidence else None
    )
