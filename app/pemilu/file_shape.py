"""The shape of an election file: which keys it may hold and of what type. What they mean together: ``expand``."""

import tomllib
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.core.errors import InvalidInputError

Kode = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""Part of public addresses: small letters, digits, single hyphens."""

FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Page = Annotated[int, Field(ge=1, le=99)]
Probability = Annotated[float, Field(gt=0, lt=1)]

_DOCUMENT = "See docs/election-file.md."
_SHOWN = 20


class ElectionFileError(InvalidInputError):
    """The election file cannot be imported; nothing of it was."""

    code = "bad_election_file"


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PemiluShape(_Shape):
    """``[pemilu]``: the election day."""

    kode: Kode
    nama: Name
    tanggal: date


class PilihanShape(_Shape):
    """``[[pemilihan.pilihan]]``: a choice whose votes stand in ``field``."""

    field: FieldName
    nomor_urut: int = Field(ge=1, le=9999)
    nama: Name
    partai: Name | None = None
    kunci_resmi: Name | None = None


class CalegShape(_Shape):
    """A candidate on a party's list, when more than his name is known."""

    nama: Name
    kunci_resmi: Name | None = None


class PartaiShape(_Shape):
    """``[[pemilihan.partai]]``: a party's page in compact notation; its caleg are numbered as listed."""

    nomor_urut: int = Field(ge=1, le=999)
    nama: Name
    caleg: list[Name | CalegShape]
    page: Page
    kunci_resmi: Name | None = None


class SuaraShape(_Shape):
    """``[pemilihan.suara]``: where a form in compact notation has its suara sah, tidak sah and total."""

    page: Page


class SectionShape(_Shape):
    """``[[pemilihan.section]]``: a section in longhand; ``pages`` maps page numbers to fields."""

    kode: FieldName
    nama: Name
    required: bool = True
    pages: dict[str, list[FieldName]] = Field(min_length=1)


class IdentityShape(_Shape):
    """``[[pemilihan.identity]]``: a sum the form obeys."""

    key: FieldName
    total: FieldName
    terms: list[FieldName] = Field(min_length=1)


class PolicyShape(_Shape):
    """``[pemilihan.policy]``: bounds of the acceptance rule; what is left out is as in the policy named ``base``."""

    base: Literal["default", "strict"] = "default"
    name: Name | None = None
    wrong_bound: Annotated[float, Field(gt=0, le=0.01)] | None = None
    blind_share: Annotated[float, Field(ge=0.1, le=1)] | None = None
    human_error_rate: Probability | None = None
    confirm_catch_rate: Probability | None = None
    paper_close_rate: Probability | None = None
    same_error_share: Probability | None = None
    human_error_floor: Annotated[float, Field(gt=0, lt=0.5)] | None = None
    catch_cap: Annotated[float, Field(ge=0.5, lt=1)] | None = None
    unsure_readers_needed: Annotated[int, Field(ge=2, le=3)] | None = None
    machine_objects: Annotated[float, Field(ge=0.5, le=1)] | None = None
    people_against_machine: Annotated[int, Field(ge=2, le=3)] | None = None
    plant_share: Annotated[float, Field(ge=0, le=0.5)] | None = None
    suspend_catch_below: Annotated[float, Field(ge=0, lt=1)] | None = None
    suspend_error_above: Probability | None = None


def _take_policy_by_name(given: object) -> object:
    """``policy = "strict"`` is the short way of writing a table that changes nothing."""
    return {"base": given} if isinstance(given, str) else given


RuleCode = Literal[
    "number",
    "official_sum",
    "form_sum",
    "unequal_totals",
    "above_voters",
    "above_ballots",
    "above_station",
    "identical_neighbours",
    "outlier",
    "ladder_ours",
    "ladder_official",
    "ladder_recap",
]
"""Rules that a contest may turn off. They live above this package, in ``app.discrepancy.rules``; a test compares."""


class DiscrepanciesShape(_Shape):
    """``[pemilihan.discrepancies]``: which rules look for differences, and their thresholds."""

    off: list[RuleCode] = Field(default_factory=list)
    station_votes_max: Annotated[int, Field(ge=50, le=10_000)] = 500
    identical_votes_min: Annotated[int, Field(ge=10, le=1_000)] = 60
    medium_from: Annotated[int, Field(ge=2, le=100_000)] = 10
    large_from: Annotated[int, Field(ge=2, le=100_000)] = 50


class PemilihanShape(_Shape):
    """``[[pemilihan]]``: one contest."""

    kode: Kode
    jenis: Literal["ppwp", "dpr", "dpd", "dprd_prov", "dprd_kabkota", "gubernur", "bupati"]
    """``bupati`` covers walikota."""
    nama: Name
    wilayah: list[str] = Field(min_length=1)
    form: FieldName | None = None
    form_name: Name | None = None
    layout: FieldName | None = None
    layouts: list[FieldName] | None = Field(default=None, min_length=1)
    """Several forms, the chief first; ``layout`` is one alone."""
    required_sections: list[FieldName] | None = None
    section_names: dict[FieldName, Name] = Field(default_factory=dict)
    section: list[SectionShape] = Field(default_factory=list)
    identity: list[IdentityShape] = Field(default_factory=list)
    partai: list[PartaiShape] = Field(default_factory=list)
    suara: SuaraShape | None = None
    pilihan: list[PilihanShape] = Field(default_factory=list)
    official_names: dict[FieldName, Name] = Field(default_factory=dict)
    policy: Annotated[PolicyShape, BeforeValidator(_take_policy_by_name)] = Field(default_factory=PolicyShape)
    discrepancies: DiscrepanciesShape = Field(default_factory=DiscrepanciesShape)
    publish_not_before: AwareDatetime | None = None
    second_round_of: Kode | None = None
    poststratified_range: bool = False

    @property
    def chief_layout(self) -> str | None:
        """Key of the chief form's layout, in either spelling."""
        return self.layouts[0] if self.layouts else self.layout


class ElectionShape(_Shape):
    """The whole file."""

    pemilu: PemiluShape
    pemilihan: list[PemilihanShape] = Field(min_length=1)


def parse_election(data: bytes, name: str) -> ElectionShape:
    """Return the checked shape of an election file (TOML, UTF-8).

    Raises:
        ElectionFileError: no TOML, or keys missing, unknown or of the wrong type; each named by its path.
    """
    try:
        return ElectionShape.model_validate(tomllib.loads(data.decode("utf-8")))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ElectionFileError(f"{name}, line {line}: not UTF-8.", "Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ElectionFileError(f"{name} is no TOML: {error}.", _DOCUMENT) from error
    except ValidationError as error:
        raise ElectionFileError(f"{name}: nothing was imported.{describe_errors(error)}", _DOCUMENT) from error


def describe_errors(error: ValidationError) -> str:
    """Put pydantic's findings into lines ``path: what is wrong``."""
    found = [f"{key_path(one['loc'])}: {_words(dict(one))}" for one in error.errors(include_url=False)]
    more = [f"... and {len(found) - _SHOWN} more."] if len(found) > _SHOWN else []
    return "".join(f"\n  {line}" for line in found[:_SHOWN] + more) + "\n"


def key_path(parts: tuple[str | int, ...]) -> str:
    """Write a path as a person would: ``pemilihan[1].pilihan[2].nama`` (entries are counted from 1)."""
    path = ""
    for part in parts:
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _words(one: dict[str, Any]) -> str:
    kind = one["type"]
    if kind == "missing":
        return "is missing; add it."
    if kind == "extra_forbidden":
        return "is not known here; remove it or mend its name."
    shown = repr(one.get("input"))[:60]
    return f"{one['msg']} (it is {shown})."
