"""Answers about tallies and results. Only accepted numbers are in them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from app.pemilu.definition import Contest
from app.pemilu.schemas import ChoiceAnswer
from app.tally.bias import BiasView
from app.tally.ranges import RangeView
from app.tally.service import ResultView, TallyView
from app.wilayah.schemas import RegionAnswer
from app.wilayah.service import Region

NOTICE = "Bukan hasil resmi. (This is not the official result.)"

_TALLY: dict[str, Any] = {
    "kode": "31",
    "nama": "DKI JAKARTA",
    "tingkat": "provinsi",
    "sums": {"suara_01": 1203, "suara_02": 1188, "suara_03": 554, "suara_sah": 2945},
    "coverage": {"tps_expected": 30766, "tps_photo": 20, "tps_accepted": 14, "tps_flagged": 1, "share": 0.000455},
    "source_classes": {"one_uploader": 9, "two_uploaders": 5, "official_photo": 0},
    "version": 118202,
    "rolled_at": "2024-02-15T08:00:00Z",
}


class CoverageAnswer(BaseModel):
    """How much of a region the sums cover. Counts of TPS."""

    tps_expected: int
    tps_photo: int = Field(description="A photograph has arrived.")
    tps_accepted: int
    tps_disputed: int
    tps_paper: int = Field(description="Accepted as written although the form's own sums do not close.")
    tps_official: int = Field(description="The authority has published figures.")
    tps_flagged: int = Field(description="At least one discrepancy stands at it.")
    share: float = Field(description="Accepted of expected, 0..1.")


class SourceClassesAnswer(BaseModel):
    """Accepted TPS by where their photographs came from."""

    one_uploader: int
    two_uploaders: int
    official_photo: int


class TallyAnswer(BaseModel):
    """The sums over one region."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TALLY]})

    kode: str
    nama: str
    tingkat: str
    sums: dict[str, int] = Field(description="Field to the sum of the accepted numbers.")
    coverage: CoverageAnswer
    source_classes: SourceClassesAnswer
    version: int = Field(description="Rises whenever a number of this row changes; 0: nothing was added up yet.")
    rolled_at: datetime | None = Field(description="When a number of this row last changed.")


class ChoiceBiasAnswer(BaseModel):
    """A choice's share in the official votes of both groups of TPS, 0..1, and covered minus uncovered."""

    field: str
    covered: float
    uncovered: float
    difference: float


class CoverageBiasAnswer(BaseModel):
    """Is what we cover like what we do not? The authority's votes of TPS with and without an accepted result."""

    covered_tps: int
    uncovered_tps: int
    choices: list[ChoiceBiasAnswer]
    computed_at: datetime


class ChoiceRangeAnswer(BaseModel):
    """A choice's share of the votes, weighed by kabupaten, and the range around it; 0..1."""

    field: str
    low: float
    share: float
    high: float


class PoststratifiedAnswer(BaseModel):
    """How far shares may lie, were the TPS covered within each kabupaten drawn by chance. They are not."""

    choices: list[ChoiceRangeAnswer]
    computed_at: datetime


class ResultAnswer(BaseModel):
    """What is accepted of one TPS."""

    model_config = ConfigDict(from_attributes=True)

    tps_kode: str
    nomor: int
    round: int = Field(description="1; higher after a revote (PSU).")
    state: str = Field(description="waiting, accepted or disputed: the required sections together.")
    numbers: dict[str, int | None] = Field(description="Null: the number's section is not accepted.")
    source_class: str | None = Field(description="one_uploader, two_uploaders or official_photo.")
    flags: list[str] = Field(description="paper: the form's own sums do not close.")
    has_photo: bool
    has_official: bool
    flagged: int = Field(description="Discrepancies that stand at it.")
    updated_at: datetime | None


class TallyPageAnswer(BaseModel):
    """A region's sums, with those of the regions (of a kelurahan: the TPS) in it."""

    notice: str = NOTICE
    pemilihan: str
    choices: list[ChoiceAnswer]
    path: list[RegionAnswer] = Field(description="From the nation down to the region itself.")
    tally: TallyAnswer
    coverage_bias: CoverageBiasAnswer | None = Field(
        default=None, description="Null where the authority has not published figures of both groups. Descriptive only."
    )
    poststratified: PoststratifiedAnswer | None = Field(
        default=None, description="Null unless the election file asks for it, and below the provinces."
    )
    children: list[TallyAnswer]
    results: list[ResultAnswer] = Field(description="Of a kelurahan: its TPS, by number.")


class ResultPageAnswer(BaseModel):
    """A TPS's accepted numbers and where it lies."""

    notice: str = NOTICE
    pemilihan: str
    choices: list[ChoiceAnswer]
    path: list[RegionAnswer]
    result: ResultAnswer


def answer_choices(contest: Contest) -> list[ChoiceAnswer]:
    """Return the contest's choices as they are sent."""
    return [ChoiceAnswer.model_validate(choice) for choice in contest.choices]


def answer_bias(contest: Contest, bias: BiasView | None) -> CoverageBiasAnswer | None:
    """Return shares of covered and uncovered TPS as they are sent; null where one group has no votes."""
    if bias is None or not bias.is_telling:
        return None
    choices = [
        ChoiceBiasAnswer(
            field=choice.field,
            covered=round(bias.covered.share(place) or 0.0, 6),
            uncovered=round(bias.uncovered.share(place) or 0.0, 6),
            difference=round(bias.difference(place) or 0.0, 6),
        )
        for place, choice in enumerate(contest.choices)
    ]
    return CoverageBiasAnswer(
        covered_tps=bias.covered.tps,
        uncovered_tps=bias.uncovered.tps,
        choices=choices,
        computed_at=bias.computed_at,
    )


def answer_range(contest: Contest, view: RangeView | None) -> PoststratifiedAnswer | None:
    """Return the ranges as they are sent."""
    if view is None:
        return None
    choices = [
        ChoiceRangeAnswer(field=choice.field, low=round(one.low, 6), share=round(one.share, 6), high=round(one.high, 6))
        for choice, one in zip(contest.choices, view.choices, strict=True)
    ]
    return PoststratifiedAnswer(choices=choices, computed_at=view.computed_at)


def answer_path(path: tuple[Region, ...]) -> list[RegionAnswer]:
    """Return regions as they are sent."""
    return [RegionAnswer.model_validate(region) for region in path]


def answer_result(result: ResultView) -> ResultAnswer:
    """Return a TPS's result as it is sent."""
    return ResultAnswer.model_validate(result)


def answer_tally(view: TallyView) -> TallyAnswer:
    """Return a region's sums as they are sent."""
    return TallyAnswer(
        kode=view.kode,
        nama=view.nama,
        tingkat=view.tingkat,
        sums=dict(view.sums),
        coverage=CoverageAnswer(
            tps_expected=view.tps_expected,
            tps_photo=view.tps_photo,
            tps_accepted=view.tps_accepted,
            tps_disputed=view.tps_disputed,
            tps_paper=view.tps_paper,
            tps_official=view.tps_official,
            tps_flagged=view.tps_flagged,
            share=round(view.coverage, 6),
        ),
        source_classes=SourceClassesAnswer(
            one_uploader=view.source_one, two_uploaders=view.source_two, official_photo=view.source_official
        ),
        version=view.version,
        rolled_at=view.rolled_at,
    )
