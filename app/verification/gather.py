"""Collect from the database what the rule is to look at: readings that count, skips, the contest's sums and policy."""

from typing import Any

from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.intake.models import Photo
from app.pemilu.definition import Contest, Policy
from app.verification.consensus import machine_error_rate
from app.verification.evidence import CheckInput, ReadingInput, RulePolicy, SectionInput, SkipInput
from app.verification.models import Reading, ReadingWithdrawal, Task, TpsSection
from app.verification.stored_inputs import RuleInputs

CANNOT_BE_READ = ("unreadable", "wrong_page", "not_a_form")
"""Reasons of a skip that speak of the photo; others speak of the reader."""


def make_rule_policy(policy: Policy) -> RulePolicy:
    """Return the rule's numbers of an election's policy."""
    return RulePolicy(
        wrong_bound=policy.wrong_bound,
        blind_share=policy.blind_share,
        human_error_rate=policy.human_error_rate,
        confirm_catch_rate=policy.confirm_catch_rate,
        collision=policy.same_error_share,
    )


async def gather(session: AsyncSession, *, section: TpsSection, contest: Contest) -> RuleInputs:
    """Return the rule's inputs for one section, as they stand in this transaction."""
    policy = make_rule_policy(contest.policy)
    definition = contest.section(section.section)
    rows = (await session.execute(_readings_of(section))).all()
    skips = (await session.execute(_skips_of(section))).all()
    return RuleInputs(
        readings=tuple(_make_reading(row, policy) for row in rows),
        checks=tuple(
            CheckInput(one.key, one.total, one.terms)
            for one in contest.identities
            if set(one.fields) <= set(definition.fields)
        ),
        policy=policy,
        section=SectionInput(
            pages=definition.pages,
            vote_fields=frozenset(choice.field for choice in contest.choices) & frozenset(definition.fields),
            dice=section.dice,
            skips=tuple(SkipInput(f"account/{row.account_id}", row.mode, frozenset(row.photo_ids)) for row in skips),
        ),
    )


def _readings_of(section: TpsSection) -> Any:  # noqa: ANN401 - a typed Select of nine columns says less than its text
    withdrawn = exists().where(ReadingWithdrawal.reading_id == Reading.id)
    return (
        select(
            Reading.id,
            Reading.photo_id,
            Reading.mode,
            Reading.account_id,
            Reading.numbers,
            Reading.details,
            Photo.page,
            Photo.uploader_id,
            Photo.source,
        )
        .join(Photo, Photo.id == Reading.photo_id)
        # A photo that was moved, rejected or found to be a duplicate takes its readings with it.
        .where(Reading.section_id == section.id, Photo.state == "read", Photo.page.is_not(None), ~withdrawn)
        .order_by(Reading.id)
    )


def _skips_of(section: TpsSection) -> Any:  # noqa: ANN401 - see _readings_of
    return select(Task.account_id, Task.mode, Task.photo_ids).where(
        Task.section_id == section.id, Task.state == "skipped", Task.skip_reason.in_(CANNOT_BE_READ)
    )


def _make_reading(row: Row[Any], policy: RulePolicy) -> ReadingInput:
    machine = row.mode == "machine"
    said = row.details["fields"] if machine else {}
    return ReadingInput(
        id=row.id,
        reader="machine" if machine else f"account/{row.account_id}",
        kind="machine" if machine else "human",
        mode=row.mode,
        photo_id=row.photo_id,
        page=row.page,
        uploader=f"account/{row.uploader_id}",
        numbers=row.numbers,
        error_rates={
            name: machine_error_rate(said[name].get("confidence", 0.0)) if machine else policy.human_error_rate
            for name in row.numbers
        },
        sure=frozenset(name for name, one in said.items() if one.get("sure") and one.get("value") is not None),
        shown=None if machine else row.details["shown"],
        source=row.source,
    )
