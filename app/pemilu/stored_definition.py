"""A contest as the JSON that ``pemilihan.definisi`` keeps, and back. Pure."""

import dataclasses
from typing import Any

from pydantic import TypeAdapter

from app.pemilu.definition import Contest

_CONTEST: TypeAdapter[Contest] = TypeAdapter(Contest)


def contest_as_json(contest: Contest) -> dict[str, Any]:
    """Return the contest without its database id: equal contests have equal JSON.

    ``other_forms`` is left out where there is none, as in what was stored before contests had any.
    """
    written: dict[str, Any] = _CONTEST.dump_python(dataclasses.replace(contest, id=0), mode="json")
    return {name: value for name, value in written.items() if name != "other_forms" or value}


def contest_from_json(pemilihan_id: int, definisi: dict[str, Any]) -> Contest:
    """Return the contest stored as ``definisi`` under ``pemilihan_id``."""
    return dataclasses.replace(_CONTEST.validate_python(definisi), id=pemilihan_id)
