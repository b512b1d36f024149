"""What the authority published, as this site keeps it. Public."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.core.access import public
from app.core.errors import ErrorAnswer, NotFoundError
from app.official.service import OfficialFigures, Snapshot, get_official, list_snapshots
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest

router = APIRouter(prefix="/api/v1/official", tags=["official"])

_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"model": ErrorAnswer, "description": "Nothing is known of it."}}

_EXAMPLE: dict[str, JsonValue] = {
    "pemilihan": "ppwp-2024",
    "tps_kode": "1101012001001",
    "numbers": {"suara_01": 144, "suara_02": 19, "suara_03": 2, "suara_sah": 165, "surat_suara_diterima": None},
    "images": ["https://example.org/1101012001001-1.jpg"],
    "published_at": "2024-02-20T06:00:00Z",
    "extra": {"psu": None, "status_suara": True, "status_adm": True},
    "snapshot": {
        "id": 3,
        "name": "sirekap-2024-02-20.tar.gz",
        "sha256": "9f86d081...",
        "imported_at": "2024-02-20T08:00:00Z",
        "log_entry": 7,
    },
}


class SnapshotName(BaseModel):
    """Which kept publication it stands in."""

    id: int
    name: str
    sha256: str = Field(description="Of the bytes as they were published; a folder is packed as a plain tar first.")
    imported_at: datetime
    log_entry: int | None


class OfficialAnswer(BaseModel):
    """The authority's latest word on one TPS. Null: not published."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    pemilihan: str
    tps_kode: str
    numbers: dict[str, int | None]
    images: list[str] = Field(description='Its own photographs, page by page; "" for a page without one.')
    published_at: datetime | None = Field(description="The authority's own time.")
    extra: dict[str, JsonValue] = Field(description="Whatever else came with the figures, as published.")
    snapshot: SnapshotName


class SnapshotAnswer(BaseModel):
    """One kept publication and what was odd about it."""

    id: int
    kind: str
    name: str
    sha256: str
    tps: int = Field(description="TPS it names.")
    changed: int = Field(description="TPS of which it said something new.")
    imported_at: datetime
    log_entry: int | None
    notes: dict[str, JsonValue]


@router.get(
    "/{pemilihan}/snapshots",
    summary="Kept publications of a contest, newest first",
    responses=_UNKNOWN,
    dependencies=[public()],
)
async def show_snapshots(request: Request, pemilihan: str) -> list[SnapshotAnswer]:
    """List what was imported, each with the SHA-256 of the original bytes and the number of its log entry."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        found = await list_snapshots(session, pemilihan_id=contest.id)
    return [_answer_snapshot(snapshot) for snapshot in found]


@router.get("/{pemilihan}/{tps_kode}", summary="Official figures of a TPS", responses=_UNKNOWN, dependencies=[public()])
async def show_official(request: Request, pemilihan: str, tps_kode: str) -> OfficialAnswer:
    """Return the latest official figures of a TPS, also of one that only the authority knows."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        figures = await get_official(session, pemilihan_id=contest.id, tps_kode=tps_kode)
    if figures is None:
        raise NotFoundError(
            f"Belum ada angka resmi untuk TPS {tps_kode}. (No official figures of TPS {tps_kode} are known.)",
            "Periksa kodenya, atau kembali nanti. (Check the code, or come back later.)",
        )
    return _answer_official(figures, contest)


def _answer_official(figures: OfficialFigures, contest: Contest) -> OfficialAnswer:
    return OfficialAnswer(
        pemilihan=contest.kode,
        tps_kode=figures.tps_kode,
        numbers=dict(zip(contest.fields, figures.numbers, strict=True)),
        images=list(figures.images),
        published_at=figures.published_at,
        extra=figures.extra,
        snapshot=SnapshotName(
            id=figures.snapshot_id,
            name=figures.snapshot_name,
            sha256=figures.snapshot_sha256,
            imported_at=figures.imported_at,
            log_entry=figures.log_entry_id,
        ),
    )


def _answer_snapshot(snapshot: Snapshot) -> SnapshotAnswer:
    return SnapshotAnswer(
        id=snapshot.id,
        kind=snapshot.kind,
        name=snapshot.name,
        sha256=snapshot.sha256,
        tps=snapshot.tps_count,
        changed=snapshot.changed_count,
        imported_at=snapshot.at,
        log_entry=snapshot.log_entry_id,
        notes=snapshot.notes,
    )
