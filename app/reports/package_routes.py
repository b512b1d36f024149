"""Data packages and daily dumps: lists, files, the dictionary. Public."""

from collections.abc import AsyncGenerator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.core.access import public
from app.core.errors import ErrorAnswer, InvalidInputError
from app.pemilu.routes import PemilihanInPath
from app.reports.asking import get_public_contest
from app.reports.byte_range import find_range
from app.reports.download_routes import answer_file, find_site
from app.reports.dump.keeping import DumpView, get_dump, list_dumps, read_span, require_bytes
from app.reports.dump.making import list_public_tables
from app.reports.package.descriptor import find_provenance
from app.reports.package.dictionary import describe_table
from app.reports.package.packing import Contents, write_package
from app.reports.routes import REFUSED, DiscrepancyQuery
from app.reports.tables.discrepancies import discrepancy_table
from app.reports.tables.official import snapshot_table
from app.reports.tables.results import result_table
from app.reports.writing.copying import Downloads

router = APIRouter(prefix="/api/v1", tags=["reports"], dependencies=[public()])

_ZIP: dict[str, Any] = {
    "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    "description": "CSV files, README.md, datapackage.json (Frictionless).",
}
_COLUMN: dict[str, JsonValue] = {
    "name": "difference",
    "type": "integer",
    "description": "official - ours",
    "description_id": "official - ours",
    "constraints": {"required": True},
}
_TABLE: dict[str, JsonValue] = {
    "name": "discrepancies",
    "title": "Differences",
    "title_id": "Selisih",
    "description": "Where two copies of one sheet do not say the same.",
    "description_id": "Dua salinan satu formulir tidak sama.",
    "schema": {"fields": [_COLUMN], "primaryKey": ["id"], "missingValues": [""]},
}
_DUMP: dict[str, JsonValue] = {
    "id": 7,
    "pemilihan": "ppwp-2024",
    "nama": "Presiden dan Wakil Presiden 2024",
    "day": "2024-02-20",
    "bytes": 48211934,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "made_at": "2024-02-20T18:05:11Z",
    "tables": ["results", "discrepancies", "log"],
    "log_entry": 190277,
    "address": "/api/v1/dumps/7.zip",
}


class DictionaryAnswer(BaseModel):
    """Every table that can be downloaded, column by column. Each `schema` is a Frictionless Table Schema."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pemilihan": "ppwp-2024", "tables": [_TABLE]}]})

    pemilihan: str
    tables: list[dict[str, JsonValue]]


class DumpAnswer(BaseModel):
    """A daily dump. `sha256` is of the whole file."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DUMP]})

    id: int
    pemilihan: str
    nama: str
    day: date
    bytes: int
    sha256: str
    made_at: datetime
    tables: list[str]
    log_entry: int | None = Field(description="The newest log entry that it holds.")
    address: str


@router.get("/dictionary/{pemilihan}", summary="What every column of every table means", responses=REFUSED)
async def show_dictionary(request: Request, pemilihan: PemilihanInPath) -> DictionaryAnswer:
    """Describe the tables of a contest: names, types, meanings in two languages, words that a column can hold."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_public_contest(session, kode=pemilihan)
        tables = await list_public_tables(session, contest=contest, site=find_site(request))
    return DictionaryAnswer.model_validate(
        {"pemilihan": contest.kode, "tables": [describe_table(table) for table in tables]}
    )


@router.get(
    "/package.zip",
    summary="Differences, accepted numbers and snapshots as a data package",
    response_class=StreamingResponse,
    responses={200: _ZIP, **REFUSED},
)
async def download_package(request: Request, query: Annotated[DiscrepancyQuery, Depends()]) -> StreamingResponse:
    """Download a Frictionless data package of one contest, made now.

    The filter narrows the differences; a region narrows the accepted numbers, too.
    Each table is as it stood when it was begun. The daily dump holds everything, at one moment.
    """
    downloads: Downloads = request.app.state.downloads
    site = find_site(request)
    if query.pemilihan is None:
        raise InvalidInputError(
            "Paket data adalah dari satu pemilihan. (A data package is of one contest.)",
            "Tambahkan ?pemilihan=KODE. (Add ?pemilihan=CODE.)",
        )
    async with request.app.state.sessions.begin() as session:
        contest = await get_public_contest(session, kode=query.pemilihan)
        filters = await query.as_filter(session)
        tables = (
            await discrepancy_table(session, filters=filters, site=site),
            await result_table(session, contest=contest, site=site, wilayah=filters.wilayah),
            snapshot_table(contest),
        )
        provenance = await find_provenance(session, contest=contest)
    downloads.require_room()
    contents = Contents(contest, tables, provenance, site)
    package = write_package(contents, downloads.copy_rows, made_at=datetime.now(UTC))
    return answer_file(package, f"runut-{contest.kode}.zip", "application/zip")


@router.get("/dumps", summary="Daily dumps of everything public")
async def show_dumps(request: Request) -> list[DumpAnswer]:
    """List the dumps that can be fetched, newest first. Each is kept for 14 days."""
    async with request.app.state.sessions.begin() as session:
        return [_answer_dump(dump) for dump in await list_dumps(session)]


@router.get(
    "/dumps/{dump_id}.zip",
    summary="A daily dump",
    response_class=StreamingResponse,
    responses={
        200: _ZIP,
        206: {"description": "The part that `Range` asked for."},
        404: {"model": ErrorAnswer, "description": "There is none of this number, or not any more."},
        416: {"description": "`Range` begins behind the end of the file."},
    },
)
async def download_dump(
    request: Request,
    dump_id: Annotated[int, Path(ge=1, le=2**62, description="As listed.", examples=[7])],
) -> StreamingResponse:
    """Download a dump, or go on with one that broke off (`Range`, one range). Its bytes never change."""
    async with request.app.state.sessions.begin() as session:
        dump = await get_dump(session, dump_id=dump_id)
    await require_bytes(request.app.state.storage, dump)
    found = find_range(request.headers, size=dump.byte_count, tag=dump.sha256)
    rows: AsyncGenerator[bytes, None] = read_span(request.app.state.storage, dump, found.span)
    answer = answer_file(rows, dump.file_name, "application/zip")
    answer.status_code = found.status
    answer.headers.update({**found.headers, "cache-control": "public, max-age=86400, immutable"})
    return answer


def _answer_dump(dump: DumpView) -> DumpAnswer:
    checkpoint = dump.facts.get("checkpoint") or {}
    return DumpAnswer(
        id=dump.id,
        pemilihan=dump.pemilihan,
        nama=dump.nama,
        day=dump.day,
        bytes=dump.byte_count,
        sha256=dump.sha256,
        made_at=dump.ready_at,
        tables=dump.facts["tables"],
        log_entry=checkpoint.get("log_entry"),
        address=f"/api/v1/dumps/{dump.id}.zip",
    )
