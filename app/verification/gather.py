"""Collect from the database what the rule is to look at: readings that count, skips, the contest's sums and policy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.pemilu.definition import Contest
from app.pemilu.service import recall_contest
from app.verification.evidence import (
    CheckInput,
    OverrideInput,
    ReadingInput,
    RulePolicy,
    SectionInput,
    SkipInput,
    UnreadPhoto,
    machine_error_rate,
)
from app.verification.locks import LockedSection
from app.verification.policies import make_rule_policy
from app.verification.section_query import make_section_query
from app.verification.stored_inputs import RuleInputs

CANNOT_BE_READ = ("unreadable", "wrong_page", "not_a_form")
"""Reasons of a skip that speak of the photo; others speak of the reader."""


# A photo that was moved, rejected or found to be a duplicate takes its readings with it.
_READINGS = make_section_query(
    """SELECT r.section_id, r.id, r.photo_id, r.mode, r.account_id, r.numbers, r.details, r.commitment, r.salt,
              p.form, p.page, p.uploader_id, p.source, p.sha256,
              reads.group_id AS reader_group, sent.group_id AS uploader_group,
              p.at < sender.own_source_from AS newcomer, r.at < reader.own_source_from AS new_reader
       FROM reading r JOIN photo p ON p.id = r.photo_id JOIN account sender ON sender.id = p.uploader_id
            LEFT JOIN account reader ON reader.id = r.account_id
            LEFT JOIN linked_account reads ON reads.account_id = r.account_id
            LEFT JOIN linked_account sent ON sent.account_id = p.uploader_id
       WHERE r.section_id {these} AND p.state = 'read' AND p.page IS NOT NULL
         AND NOT EXISTS (SELECT FROM reading_withdrawal w WHERE w.reading_id = r.id OFFSET 0)
       ORDER BY r.id"""
)
_SKIPS_AND_DECISIONS = make_section_query(
    f"""SELECT asked.id AS section_id, d.id, d.rule_version, d.inputs,
              (SELECT jsonb_agg(jsonb_build_array(t.account_id, t.mode, t.photo_ids, linked.group_id)
                                ORDER BY t.account_id)
               FROM task t LEFT JOIN linked_account linked ON linked.account_id = t.account_id
               WHERE t.section_id = asked.id AND t.state = 'skipped' AND t.plant_id IS NULL
                 AND t.skip_reason IN {CANNOT_BE_READ}) AS skips,
              (SELECT jsonb_agg(jsonb_build_array(o.account_id, ARRAY(
                        SELECT r.id FROM reading r WHERE r.task_id = o.task_id ORDER BY r.id)) ORDER BY o.id)
               FROM override_statement o WHERE o.section_id = asked.id
                 AND NOT EXISTS (SELECT FROM override_end ended WHERE ended.statement_id = o.id)) AS overrides,
              (SELECT jsonb_agg(jsonb_build_object(
                        'photo_id', p.id, 'form', p.form, 'page', p.page, 'source', p.source,
                        'uploader', p.uploader_id, 'group', sent.group_id,
                        'newcomer', p.at < (SELECT own_source_from FROM account WHERE id = p.uploader_id))
                        ORDER BY p.id)
               FROM photo p LEFT JOIN linked_account sent ON sent.account_id = p.uploader_id
               WHERE p.pemilihan_id = asked.pemilihan_id AND p.tps_kode = asked.tps_kode AND p.round = asked.round
                 AND p.state = 'read' AND p.page IS NOT NULL AND p.placement_id IS NOT NULL) AS placed
       FROM tps_section asked LEFT JOIN decision d ON d.section_id = asked.id AND d.state = 'current'
       WHERE asked.id {{these}}"""  # noqa: S608 - our own words, a tuple of three
)


@dataclass(frozen=True)
class CurrentDecision:
    """The decision that stands: with which version of the rule it was made, and on what evidence."""

    id: int
    rule_version: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """One section with everything that the rule looks at.

    ``opened``: its readings as a decision opens them in the log, with their salts, by id.
    """

    section: LockedSection
    contest: Contest
    inputs: RuleInputs
    current: CurrentDecision | None
    opened: tuple[Mapping[str, Any], ...]


async def gather_cases(session: AsyncSession, *, sections: Sequence[LockedSection]) -> tuple[Case, ...]:
    """Return the cases of these sections, in their order, as they stand in this transaction: two statements for all."""
    ids = [one.id for one in sections]
    readings: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in await _READINGS.fetch(session, ids):
        readings[row.section_id].append(row)
    beside = {row.section_id: row for row in await _SKIPS_AND_DECISIONS.fetch(session, ids)}
    cases = []
    for section in sections:
        contest = await recall_contest(session, id=section.pemilihan_id, md5=section.contest_md5)
        cases.append(_make_case(section, contest, readings[section.id], beside[section.id]))
    return tuple(cases)


def _make_case(section: LockedSection, contest: Contest, rows: Sequence[Row[Any]], beside: Row[Any]) -> Case:
    policy = make_rule_policy(contest.policy)
    linked = _name_groups(rows, beside.skips or (), beside.placed or ())
    inputs = RuleInputs(
        readings=tuple(one for row in rows for one in _make_readings(contest, section.section, row, policy, linked)),
        checks=_make_checks(contest, section.section),
        policy=policy,
        section=_make_section(contest, section, beside, linked),
    )
    current = None if beside.id is None else CurrentDecision(beside.id, beside.rule_version, beside.inputs)
    opened = tuple(_open(row) for row in rows)
    return Case(section, contest, inputs, current, opened)


def _make_checks(contest: Contest, section: str) -> tuple[CheckInput, ...]:
    fields = frozenset(contest.section(section).fields)
    return tuple(
        CheckInput(one.key, one.total, one.terms) for one in contest.identities if fields.issuperset(one.fields)
    )


def _make_section(
    contest: Contest, section: LockedSection, beside: Row[Any], linked: Mapping[int, str]
) -> SectionInput:
    definition = contest.section(section.section)
    return SectionInput(
        pages=definition.pages,
        vote_fields=frozenset(choice.field for choice in contest.choices) & frozenset(definition.fields),
        dice=section.dice,
        skips=tuple(
            SkipInput(f"account/{account}", mode, frozenset(photos), linked.get(account, ""))
            for account, mode, photos, _ in beside.skips or ()
        ),
        overrides=tuple(OverrideInput(f"account/{account}", frozenset(ids)) for account, ids in beside.overrides or ()),
        unread=tuple(
            UnreadPhoto(
                photo_id=one["photo_id"],
                page=part,
                uploader=f"account/{one['uploader']}",
                source=one["source"],
                uploader_group=linked.get(one["uploader"], ""),
                newcomer=bool(one["newcomer"]),
            )
            for one in beside.placed or ()
            for part in contest.parts_on(definition, form=one["form"], page=one["page"])
        ),
    )


def _name_groups(
    rows: Iterable[Row[Any]], skips: Iterable[Sequence[Any]], placed: Iterable[Mapping[str, Any]]
) -> Mapping[int, str]:
    """Return account -> the group's name, for linked accounts of which two or more have to do with this section.

    Named after the smallest of those: what becomes of the group elsewhere changes no decision here.
    """
    members: dict[int, set[int]] = defaultdict(set)
    for account, _, _, group in skips:
        if group is not None:
            members[group].add(account)
    for one in placed:
        if one["group"] is not None:
            members[one["group"]].add(one["uploader"])
    for row in rows:
        for account, group in ((row.account_id, row.reader_group), (row.uploader_id, row.uploader_group)):
            if account is not None and group is not None:
                members[group].add(account)
    return {who: f"account/{min(group)}" for group in members.values() if len(group) > 1 for who in group}


def _make_readings(
    contest: Contest, section: str, row: Row[Any], policy: RulePolicy, linked: Mapping[int, str]
) -> list[ReadingInput]:
    """Cut a reading into the parts that its sheet shows: a sheet of another form may hold several.

    A person who was asked for some of them only has said nothing about the others.
    """
    definition = contest.section(section)
    found = []
    for part in contest.parts_on(definition, form=row.form, page=row.page):
        own = {name: row.numbers[name] for name in row.numbers if name in definition.pages[part]}
        if own:
            made = (
                _make_machine_reading(row, part, own)
                if row.mode == "machine"
                else _make_human_reading(row, part, own, policy)
            )
            found.append(
                replace(made, group=linked.get(row.account_id, ""), uploader_group=linked.get(row.uploader_id, ""))
                if linked
                else made
            )
    return found


def _make_machine_reading(row: Row[Any], part: int, numbers: Mapping[str, int | None]) -> ReadingInput:
    said = {name: row.details["fields"][name] for name in numbers}
    return ReadingInput(
        id=row.id,
        reader="machine",
        kind="machine",
        mode="machine",
        photo_id=row.photo_id,
        page=part,
        uploader=f"account/{row.uploader_id}",
        numbers=numbers,
        error_rates={name: machine_error_rate(one.get("confidence", 0.0)) for name, one in said.items()},
        sure=frozenset(name for name, one in said.items() if one.get("sure") and one.get("value") is not None),
        source=row.source,
        newcomer=row.newcomer,
    )


def _make_human_reading(
    row: Row[Any], part: int, numbers: Mapping[str, int | None], policy: RulePolicy
) -> ReadingInput:
    """What was known of the reader when he read stands in his reading; without, he is taken for a newcomer."""
    shown = row.details["shown"]
    skill = row.details.get("skill") or {}
    return ReadingInput(
        id=row.id,
        reader=f"account/{row.account_id}",
        kind="human",
        mode=row.mode,
        photo_id=row.photo_id,
        page=part,
        uploader=f"account/{row.uploader_id}",
        numbers=numbers,
        error_rates=dict.fromkeys(numbers, skill.get("error_rate", policy.newcomer_error_rate)),
        shown=None if shown is None else {name: value for name, value in shown.items() if name in numbers},
        source=row.source,
        newcomer=row.newcomer,
        new_reader=row.new_reader,
        catch_rate=skill.get("catch_rate", policy.newcomer_catch_rate),
    )


def _open(row: Row[Any]) -> Mapping[str, Any]:
    """Return a reading with its salt: with the decision everybody can check its commitment."""
    return {
        "commitment": row.commitment,
        "mode": row.mode,
        "numbers": row.numbers,
        "photo": row.sha256,
        "salt": row.salt.hex(),
    }
