"""What is shown of reports: frozen views, no ORM objects."""

from dataclasses import dataclass
from datetime import datetime

from app.lapor.models import LaporCase


@dataclass(frozen=True)
class Step:
    """One thing that happened to a case. ``by``: the reviewer's sign-in name, for reviewers only; null otherwise."""

    action: str
    at: datetime
    by: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class CaseView:
    """A case without its notes. ``reports``: how many came in, taken-back ones left out, merged cases' counted too."""

    id: int
    subject: str
    tps_kode: str
    photo_id: int | None
    category: str
    state: str
    answer: str | None
    version: int
    merged_into: int | None
    reports: int
    at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Note:
    """One report as a reviewer reads it: when and what; null once it was taken back. Never by whom."""

    report_id: int
    text: str | None
    signed_in: bool
    at: datetime


@dataclass(frozen=True)
class CaseFile:
    """A case as a reviewer sees it. ``notes``: the newest first; ``beside``: other open cases of the same TPS."""

    case: CaseView
    notes: tuple[Note, ...]
    steps: tuple[Step, ...]
    beside: tuple[CaseView, ...]


@dataclass(frozen=True)
class ReportView:
    """A report as its sender sees it, with the answer of the case that it is part of now."""

    id: int
    tps_kode: str
    photo_id: int | None
    category: str
    note: str | None
    state: str
    answer: str | None
    at: datetime
    withdrawn_at: datetime | None
    steps: tuple[Step, ...]


def view_case(row: LaporCase, reports: int) -> CaseView:
    """Return the row as it is shown."""
    return CaseView(
        id=row.id,
        subject=row.subject,
        tps_kode=row.tps_kode,
        photo_id=row.photo_id,
        category=row.category,
        state=row.state,
        answer=row.answer,
        version=row.version,
        merged_into=row.merged_into,
        reports=reports,
        at=row.at,
        changed_at=row.changed_at,
    )
