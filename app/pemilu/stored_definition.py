"""A contest as the JSON that ``pemilihan.definisi`` keeps, and back. Pure."""

import dataclasses
from typing import Any

from pydantic import TypeAdapter

from app.pemilu.definition import Contest, DiscrepancyPolicy

_CONTEST: TypeAdapter[Contest] = TypeAdapter(Contest)


def contest_as_json(contest: Contest) -> dict[str, Any]:
    """Return the contest without its database id: equal contests have equal JSON.

    What is as usual is left out where earlier releases did not know it: ``other_forms``, ``discrepancies``,
    ``second_round_of``, ``poststratified_range``.
    """
    written: dict[str, Any] = _CONTEST.dump_python(dataclasses.replace(contest, id=0), mode="json")
    if not contest.other_forms:
        del written["other_forms"]
    if contest.discrepancies == DiscrepancyPolicy():
        del written["discrepancies"]
    if contest.second_round_of is None:
        del written["second_round_of"]
    if not contest.poststratified_range:
        del written["poststratified_range"]
    return written


def contest_from_json(pemilihan_id: int, definisi: dict[str, Any]) -> Contest:
    """Return the contest stored as ``definisi`` under ``pemilihan_id``."""
    return dataclasses.replace(_CONTEST.validate_python(definisi), id=pemilihan_id)
