"""Answers about contests."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.pemilu.definition import Contest

_EXAMPLE: dict[str, Any] = {
    "kode": "ppwp-2024",
    "pemilu": "pemilu-2024",
    "jenis": "ppwp",
    "nama": "Presiden dan Wakil Presiden 2024",
    "wilayah": ["0"],
    "publish_not_before": "2024-02-14T13:00:00+07:00",
}


class ContestSummary(BaseModel):
    """A contest in a list."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_EXAMPLE]})

    kode: str
    pemilu: str = Field(description="The election that it belongs to.")
    jenis: str = Field(description="ppwp, dpr, dpd, dprd_prov, dprd_kabkota, gubernur or bupati.")
    nama: str
    wilayah: list[str] = Field(description="Regions whose TPS vote in it; 0 is the nation.")
    publish_not_before: datetime | None = Field(description="Numbers are not public before this moment.")
    second_round_of: str | None = Field(default=None, description="Code of the contest whose second round this is.")


class ChoiceAnswer(BaseModel):
    """A paslon, partai or caleg."""

    model_config = ConfigDict(from_attributes=True)

    field: str = Field(description="Its votes stand in this field.")
    nomor_urut: int
    nama: str
    partai: str | None


class SectionAnswer(BaseModel):
    """Fields that are read and decided together."""

    model_config = ConfigDict(from_attributes=True)

    kode: str
    nama: str
    pages: dict[int, list[str]] = Field(description="Page of the chief form to the fields on it.")
    required: bool = Field(description="A result waits for required sections only.")


class IdentityAnswer(BaseModel):
    """A sum that the form obeys: `total` is the sum of `terms`."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    total: str
    terms: list[str]
    section: str | None


class OtherFormAnswer(BaseModel):
    """A paper that is accepted beside the chief form."""

    model_config = ConfigDict(from_attributes=True)

    kode: str
    nama: str
    pages: dict[int, list[str]] = Field(description="Page of this form to the fields on it.")


class PolicyAnswer(BaseModel):
    """Bounds and assumptions of the acceptance rule: probabilities, and how many readers must agree."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    wrong_bound: float
    blind_share: float
    human_error_rate: float
    confirm_catch_rate: float
    paper_close_rate: float
    same_error_share: float
    human_error_floor: float
    catch_cap: float
    unsure_readers_needed: int
    machine_objects: float
    people_against_machine: int
    plant_share: float
    suspend_catch_below: float
    suspend_error_above: float


class ContestAnswer(ContestSummary):
    """A whole contest, as its election file defines it."""

    form: str
    form_name: str
    other_forms: list[OtherFormAnswer] = Field(description="Accepted beside the chief form; same fields, other pages.")
    fields: list[str] = Field(description="In the order of every array of numbers.")
    choices: list[ChoiceAnswer]
    sections: list[SectionAnswer]
    identities: list[IdentityAnswer]
    policy: PolicyAnswer
    official_names: dict[str, str] = Field(description="Field to its path in the official system's JSON.")


def answer_contest(contest: Contest) -> ContestAnswer:
    """Return a whole contest as it is sent."""
    return ContestAnswer.model_validate(contest)
