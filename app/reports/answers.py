"""Shapes of the JSON that the reports answer with."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.discrepancy.kinds import Group, Kind
from app.discrepancy.listing import DiscrepancyPage, DiscrepancyView
from app.discrepancy.models import ClosedBy, Life, Severity
from app.discrepancy.rows import Direction
from app.reports.regions import TpsPlace

_EXAMPLE_ITEM: dict[str, JsonValue] = {
    "id": 41,
    "pemilihan": "ppwp-2024",
    "tps_kode": "1101012001001",
    "provinsi": "ACEH",
    "kabupaten_kota": "ACEH SELATAN",
    "kecamatan": "BAKONGAN",
    "kelurahan": "KEUDE BAKONGAN",
    "tps": 1,
    "list": "difference",
    "kind": "number",
    "side": "both",
    "field": "suara_02",
    "ours": 19,
    "official": 79,
    "difference": 60,
    "direction": "more",
    "votes": 60,
    "severity": "medium",
    "state": "open",
    "life": "open",
    "opened_at": "2024-02-20T06:00:00Z",
    "closed_at": None,
    "closed_reason": None,
    "official_published_at": "2024-02-20T06:00:00Z",
    "official_snapshot_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "opened_entry": 977,
    "closed_entry": None,
    "source_class": "one_uploader",
    "page": "/tps/ppwp-2024/1101012001001",
}


class DiscrepancyItem(BaseModel):
    """One difference between an accepted number and the official figure of the same field of the same TPS."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_ITEM]})

    id: int
    pemilihan: str
    tps_kode: str = Field(description="KPU's code, 13 digits.")
    provinsi: str
    kabupaten_kota: str
    kecamatan: str
    kelurahan: str
    tps: int | None = Field(description="Number of the TPS in its kelurahan; null where it is about a region.")
    list: Group = Field(
        description="`difference` with the authority's figures; `sheet`: the paper's own sums; `descriptive`: unusual, "
        "which is neither right nor wrong; `ladder`: sums of a region against a recap sheet."
    )
    kind: Kind = Field(
        description="Code of the rule. `number`: official figure and accepted number differ. "
        "`official_sum`: the official figures contradict a sum that the form itself prints."
    )
    side: Literal["both", "ours", "official"] = Field(description="Whose figures it speaks of.")
    field: str = Field(description="Field of the contest; the key of the sum or bound for rules about one.")
    ours: int | None = Field(description="Accepted number; null where the rule speaks of official figures alone.")
    official: int | None
    difference: int = Field(description="official - ours; for `official_sum` the written total minus its terms.")
    direction: Direction = Field(description="Whether the official figure (or written total) is more or less.")
    votes: int = Field(description="Votes moved, without the sign; 0 where no votes are concerned.")
    severity: Severity = Field(description="Size by `votes` and the contest's thresholds.")
    state: Literal["open", "closed"] = Field(description="Whether it still stands.")
    life: Life = Field(description="What people, or later figures, have made of it.")
    opened_at: datetime
    closed_at: datetime | None
    closed_reason: ClosedBy | None
    official_published_at: datetime | None = Field(description="The authority's own time.")
    official_snapshot_sha256: str | None = Field(
        description="Hash of the kept publication that held the official figure; null where it held none."
    )
    opened_entry: int = Field(description="Number of the log entry.")
    closed_entry: int | None
    source_class: Literal["one_uploader", "two_uploaders", "official_photo"] | None = Field(
        description="Who carries the accepted numbers of this TPS now; null while none are accepted."
    )
    page: str = Field(description="Address of the TPS's page on this site.")


class DiscrepancyCounts(BaseModel):
    """Counts over everything the filter lets through, not only this page."""

    count: int
    tps: int = Field(description="TPS concerned.")
    by_kind: dict[str, int]
    largest: int = Field(description="Largest size, without its sign.")


class DiscrepancyList(BaseModel):
    """A page of differences. The next page is asked for with `after` = `next`; null on the last one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [_EXAMPLE_ITEM],
                    "totals": {"count": 1, "tps": 1, "by_kind": {"number": 1, "official_sum": 0}, "largest": 60},
                    "limit": 100,
                    "offset": 0,
                    "next_offset": None,
                    "next": None,
                }
            ]
        }
    )

    items: list[DiscrepancyItem]
    totals: DiscrepancyCounts
    limit: int
    offset: int
    next_offset: int | None = Field(description="As `next`, for those who count; slow on late pages.")
    next: str | None = Field(description="Cursor of the next page: what comes in meanwhile moves no page.")


def answer_page(page: DiscrepancyPage, places: dict[str, TpsPlace], *, following: str | None = None) -> DiscrepancyList:
    """Return the JSON shape of a page of differences; ``following`` is the next page's cursor."""
    end = page.offset + len(page.items)
    return DiscrepancyList(
        items=[answer_item(item, places[item.tps_kode]) for item in page.items],
        totals=DiscrepancyCounts(
            count=page.totals.count, tps=page.totals.tps, by_kind=page.totals.by_kind, largest=page.totals.largest
        ),
        limit=page.limit,
        offset=page.offset,
        next_offset=end if page.items and end < page.totals.count else None,
        next=following,
    )


def answer_item(item: DiscrepancyView, place: TpsPlace) -> DiscrepancyItem:
    """Return the JSON shape of one difference."""
    return DiscrepancyItem.model_validate(
        {
            "id": item.id,
            "pemilihan": item.pemilihan,
            "tps_kode": item.tps_kode,
            "provinsi": place.provinsi,
            "kabupaten_kota": place.kabupaten_kota,
            "kecamatan": place.kecamatan,
            "kelurahan": place.kelurahan,
            "tps": place.nomor,
            "list": item.group,
            "kind": item.kind,
            "side": item.side,
            "field": item.field,
            "ours": item.ours,
            "official": item.official,
            "difference": item.difference,
            "direction": item.direction,
            "votes": item.votes,
            "severity": item.severity,
            "state": item.state,
            "life": item.life,
            "opened_at": item.opened_at,
            "closed_at": item.closed_at,
            "closed_reason": item.closed_reason,
            "official_published_at": item.published_at,
            "official_snapshot_sha256": item.snapshot_sha256,
            "opened_entry": item.opened_entry_id,
            "closed_entry": item.closed_entry_id,
            "source_class": item.source_class,
            "page": f"/tps/{item.pemilihan}/{item.tps_kode}",
        }
    )
