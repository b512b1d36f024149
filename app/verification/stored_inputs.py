"""The rule's inputs as JSON beside each decision, so that anybody can compute the decision again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.verification.consensus import decide
from app.verification.evidence import (
    CheckInput,
    Outcome,
    OverrideInput,
    ReadingInput,
    RulePolicy,
    SectionInput,
    SkipInput,
    UnreadPhoto,
)
from app.verification.policies import policy_as_json, policy_from_json


@dataclass(frozen=True)
class RuleInputs:
    """Everything that the rule looks at for one section."""

    readings: tuple[ReadingInput, ...]
    checks: tuple[CheckInput, ...]
    policy: RulePolicy
    section: SectionInput

    def decide(self) -> Outcome:
        """Return what the rule says of these inputs."""
        return decide(self.readings, self.checks, self.policy, self.section)


def inputs_as_json(inputs: RuleInputs) -> dict[str, Any]:
    """Return the inputs as plain dicts and lists, in an order that does not depend on chance."""
    return {
        "readings": [_reading_as_json(one) for one in sorted(inputs.readings, key=lambda one: (one.id, one.page))],
        "checks": [{"key": one.key, "total": one.total, "terms": list(one.terms)} for one in inputs.checks],
        "policy": policy_as_json(inputs.policy),
        "section": {
            "pages": {str(page): list(fields) for page, fields in sorted(inputs.section.pages.items())},
            "vote_fields": sorted(inputs.section.vote_fields),
            "dice": inputs.section.dice,
            "skips": sorted((_skip_as_json(one) for one in inputs.section.skips), key=lambda one: str(one["reader"])),
            **_overrides_as_json(inputs.section),
            **_unread_as_json(inputs.section),
        },
    }


def _skip_as_json(one: SkipInput) -> dict[str, Any]:
    linked = {"group": one.group} if one.group else {}
    return {"reader": one.reader, "mode": one.mode, "photo_ids": sorted(one.photo_ids), **linked}


def _overrides_as_json(section: SectionInput) -> dict[str, Any]:
    """Return the reviewers' statements; nothing where there are none: other decisions' inputs stay as they were."""
    stated = [{"reader": one.reader, "reading_ids": sorted(one.reading_ids)} for one in section.overrides]
    return {"overrides": sorted(stated, key=lambda one: str(one["reading_ids"]))} if stated else {}


def _unread_as_json(section: SectionInput) -> dict[str, Any]:
    """Return the photographs placed by hand; nothing where there are none, as with statements."""
    placed = [
        {
            "photo_id": one.photo_id,
            "page": one.page,
            "uploader": one.uploader,
            "source": one.source,
            **({"uploader_group": one.uploader_group} if one.uploader_group else {}),
            **({"newcomer": True} if one.newcomer else {}),
        }
        for one in sorted(section.unread, key=lambda one: (one.photo_id, one.page))
    ]
    return {"unread": placed} if placed else {}


def _reading_as_json(one: ReadingInput) -> dict[str, Any]:
    """Write what is known of reader and uploader beyond their names only where something is."""
    known = {
        "catch_rate": one.catch_rate,
        "group": one.group or None,
        "uploader_group": one.uploader_group or None,
        "newcomer": one.newcomer or None,
        "new_reader": one.new_reader or None,
    }
    return {
        **{
            name: getattr(one, name)
            for name in ("id", "reader", "kind", "mode", "photo_id", "page", "uploader", "source")
        },
        "numbers": dict(one.numbers),
        "error_rates": dict(one.error_rates),
        "sure": sorted(one.sure),
        "shown": None if one.shown is None else dict(one.shown),
        **{name: value for name, value in known.items() if value is not None},
    }


def inputs_from_json(stored: Mapping[str, Any]) -> RuleInputs:
    """Return the inputs that :func:`inputs_as_json` wrote."""
    section = stored["section"]
    return RuleInputs(
        readings=tuple(ReadingInput(**{**one, "sure": frozenset(one["sure"])}) for one in stored["readings"]),
        checks=tuple(CheckInput(one["key"], one["total"], tuple(one["terms"])) for one in stored["checks"]),
        policy=policy_from_json(stored["policy"]),
        section=SectionInput(
            pages={int(page): tuple(fields) for page, fields in section["pages"].items()},
            vote_fields=frozenset(section["vote_fields"]),
            dice=section["dice"],
            skips=_skips_from_json(section["skips"]),
            overrides=tuple(
                OverrideInput(one["reader"], frozenset(one["reading_ids"])) for one in section.get("overrides", ())
            ),
            unread=tuple(UnreadPhoto(**one) for one in section.get("unread", ())),
        ),
    )


def _skips_from_json(stored: Sequence[Mapping[str, Any]]) -> tuple[SkipInput, ...]:
    return tuple(
        SkipInput(one["reader"], one["mode"], frozenset(one["photo_ids"]), one.get("group", "")) for one in stored
    )
