"""The page of everything that can be downloaded, and the page that explains the API to other people's programs."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from app.core.access import public
from app.discrepancy.kinds import Kind
from app.discrepancy.models import SEVERITIES
from app.reports.dump.keeping import KEPT, list_dumps
from app.reports.dump.making import list_open_contests, list_public_tables
from app.reports.writing.formats import Suffix
from app.web.rendering import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_UNITS = ("bita", "kB", "MB", "GB")
_FORMATS = (
    (Suffix.CSV, "CSV"),
    (Suffix.XLSX, "Excel (XLSX)"),
    (Suffix.JSON_LINES, "JSON Lines"),
    (Suffix.PARQUET, "Parquet"),
)


def format_size(count: int) -> str:
    """Return a number of bytes as ``48,2 MB`` (decimal units)."""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:  # noqa: PLR2004 - a kilo
        size, unit = size / 1000, unit + 1
    return f"{count} {_UNITS[0]}" if unit == 0 else f"{size:.1f} {_UNITS[unit]}".replace(".", ",")


@router.get("/unduh", dependencies=[public()])
async def show_downloads(request: Request) -> HTMLResponse:
    """List what can be downloaded of every contest whose numbers may be shown, and the daily dumps."""
    async with request.app.state.sessions.begin() as session:
        contests = await list_open_contests(session)
        dumps = await list_dumps(session)
        tables = await list_public_tables(session, contest=contests[0], site="") if contests else ()
    return render(
        request,
        "downloads.html",
        contests=contests,
        dumps=dumps,
        sizes={dump.id: format_size(dump.byte_count) for dump in dumps},
        tables=tables,
        formats=_FORMATS,
        days=KEPT.days,
    )


@router.get("/api", dependencies=[public()])
async def show_api(request: Request) -> HTMLResponse:
    """Explain the API: what is open, pages by cursor, filters, files, feeds, webhooks, errors, limits."""
    async with request.app.state.sessions.begin() as session:
        contests = await list_open_contests(session)
    return render(
        request,
        "api.html",
        site=request.app.state.settings.base_url.rstrip("/"),
        contest=contests[0].kode if contests else "ppwp-2024",
        kinds=tuple(Kind),
        severities=SEVERITIES,
    )
