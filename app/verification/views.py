"""What anybody may know of a section: its state always, numbers and readings only once it is decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.pemilu.definition import Contest
from app.pemilu.publication import may_publish as may_publish
from app.verification.explanation import explain_decision
from app.verification.models import Decision, Reading, TpsSection
from app.verification.sentences import Sentence
from app.verification.stored_inputs import inputs_from_json


@dataclass(frozen=True)
class CommittedReading:
    """A reading as the public sees it before the decision: that it exists, and what it cannot change any more."""

    commitment: str
    log_entry_id: int | None
    at: datetime


@dataclass(frozen=True)
class OpenReading:
    """A reading after the decision. ``reader``: ``machine`` or ``account/17``; ``salt`` as hexadecimal digits.

    ``page``: of the chief form; of a sheet of another form the first that it shows.
    """

    id: int
    photo_id: int
    page: int
    mode: str
    reader: str
    numbers: dict[str, int | None]
    commitment: str
    salt: str


@dataclass(frozen=True)
class DecisionView:
    """The current decision. ``photos``: page -> photograph that was read; a dispute has neither numbers nor photos."""

    id: int
    outcome: str
    numbers: dict[str, int]
    posterior_wrong: dict[str, float]
    flags: tuple[str, ...]
    source_class: str | None
    sentences: tuple[str, ...]
    fields: tuple[str, ...]
    photos: dict[int, int]
    rule_version: str
    log_entry_id: int | None
    at: datetime
    readings: tuple[OpenReading, ...]
    inputs: Mapping[str, Any]

    @cached_property
    def reasons(self) -> Mapping[str, tuple[Sentence, ...]]:
        """Who said what of each field, and what it weighs: computed again from the inputs, when somebody asks."""
        fields = tuple(self.posterior_wrong) or self.fields
        return explain_decision(inputs_from_json(self.inputs), fields) if fields else {}

    @property
    def placed(self) -> frozenset[int]:
        """Return the photographs that were placed by hand: nobody but readers and reviewers sees pictures of them."""
        return frozenset(one["photo_id"] for one in self.inputs["section"].get("unread", ()))


@dataclass(frozen=True)
class SectionView:
    """One section of one TPS. ``why``: the rule's code for what it waits for; ``decision`` is null until decided."""

    section: str
    round: int
    state: str
    why: str
    decision: DecisionView | None
    commitments: tuple[CommittedReading, ...]
    updated_at: datetime


async def view_sections(session: AsyncSession, *, contest: Contest, tps_kode: str) -> tuple[SectionView, ...]:
    """Return the sections of a TPS, newest round first, in the contest's order; none where nothing was read yet.

    Before the contest may be published (voting goes on elsewhere) a decision is shown as if it were not made yet.
    """
    query = select(TpsSection).filter_by(pemilihan_id=contest.id, tps_kode=tps_kode)
    sections = list((await session.execute(query)).scalars())
    order = [one.kode for one in contest.sections]
    sections.sort(key=lambda one: (-one.round, order.index(one.section)))
    return tuple([await _view_section(session, contest, one) for one in sections])


async def _view_section(session: AsyncSession, contest: Contest, section: TpsSection) -> SectionView:
    current = select(Decision).filter_by(section_id=section.id, state="current")
    decision = (await session.execute(current)).scalar_one_or_none() if may_publish(contest) else None
    readings = select(Reading).filter_by(section_id=section.id).order_by(Reading.id)
    rows = list((await session.execute(readings)).scalars())
    return SectionView(
        section=section.section,
        round=section.round,
        state=section.state if may_publish(contest) else "waiting",
        why=section.why if may_publish(contest) else "",
        decision=None if decision is None else _view_decision(decision, rows),
        commitments=tuple(CommittedReading(one.commitment, one.log_entry_id, one.at) for one in rows),
        updated_at=section.updated_at,
    )


async def require_open_field(
    session: AsyncSession, *, contest: Contest, tps_kode: str, photo_id: int, field: str
) -> None:
    """Check that anybody may see this field on this photograph: its section is decided, and was from this photo.

    Raises:
        NotFoundError: not (yet); in the same words, whether the photograph exists or not.
    """
    for view in await view_sections(session, contest=contest, tps_kode=tps_kode):
        readings = () if view.decision is None else view.decision.readings
        if any(one.photo_id == photo_id and field in one.numbers for one in readings):
            return
    message = f"Tidak ada gambar {field} dari foto {photo_id}. (There is no such picture.)"
    raise NotFoundError(message, "Gambar dibuka bersama keputusannya. (Pictures open with the decision.)")


def _view_decision(decision: Decision, rows: list[Reading]) -> DecisionView:
    by_id = {one.id: one for one in rows}
    said: dict[str, Any] = decision.explanation
    return DecisionView(
        id=decision.id,
        outcome=decision.outcome,
        numbers=decision.numbers,
        posterior_wrong=said.get("posterior_wrong", {}),
        flags=tuple(decision.flags),
        source_class=decision.source_class,
        sentences=tuple(said["sentences"]),
        fields=tuple(said.get("fields", ())),
        photos={int(page): photo for page, photo in said.get("photos", {}).items()},
        rule_version=decision.rule_version,
        log_entry_id=decision.log_entry_id,
        at=decision.at,
        readings=_view_readings(decision.inputs["readings"], by_id),
        inputs=decision.inputs,
    )


def _view_readings(counted: Sequence[dict[str, Any]], by_id: Mapping[int, Reading]) -> tuple[OpenReading, ...]:
    """Return each reading once: the rule looked at it page by page, its commitment is to all of it."""
    first: dict[int, dict[str, Any]] = {}
    for one in counted:
        first.setdefault(one["id"], one)
    return tuple(_view_reading(one, by_id[number]) for number, one in first.items())


def _view_reading(counted: dict[str, Any], row: Reading) -> OpenReading:
    return OpenReading(
        id=row.id,
        photo_id=row.photo_id,
        page=counted["page"],
        mode=row.mode,
        reader=counted["reader"],
        numbers=row.numbers,
        commitment=row.commitment,
        salt=row.salt.hex(),
    )
