"""One way to make a page: ``render(request, "tally.html", ...)``."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.tally.service import TallyView
from app.web.bilingual import pick_language
from app.web.translation import Language, choose_language, translator

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
_CAPITALS = frozenset({"DKI", "DI", "UPT", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"})
WIB = timezone(timedelta(hours=7), "WIB")


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["angka"] = format_number
    environment.filters["waktu"] = format_time
    environment.filters["persen"] = format_share
    environment.filters["bahasa"] = pick_language
    environment.filters["nama"] = format_region
    environment.filters["bagian"] = split_region
    environment.globals["static"] = static_address
    return environment


def format_number(value: int | None) -> str:
    """Return 1234567 as ``1.234.567`` (both languages: the forms write it so); unknown as an en dash."""
    return "–" if value is None else f"{value:,}".replace(",", ".").replace("-", "−")


def format_share(part: int, whole: int) -> str:
    """Return ``part`` of ``whole`` as ``12,3 %``; an en dash where there is no whole."""
    return "–" if whole == 0 else f"{100 * part / whole:.1f}".replace(".", ",") + " %"


def format_region(name: str) -> str:
    """Return a region's name, which KPU writes in capitals, as people do: ``DKI Jakarta``, ``Kota Jakarta Pusat``."""
    return " ".join(word if word in _CAPITALS else word.capitalize() for word in name.split())


def split_region(region: TallyView) -> tuple[tuple[str, int], ...]:
    """Return what is known of a region's TPS, apart from one another: (class of the style sheet, TPS)."""
    return (
        ("q-official", region.source_official),
        ("q-two", region.source_two),
        ("q-one", region.source_one),
        ("q-disputed", region.tps_disputed),
        ("q-photo", max(region.tps_photo - region.tps_accepted - region.tps_disputed, 0)),
    )


def format_time(value: datetime | None) -> str:
    """Return a time as ``14-02-2024 20.56 WIB``."""
    return "–" if value is None else value.astimezone(WIB).strftime("%d-%m-%Y %H.%M WIB")


@lru_cache
def static_address(name: str) -> str:
    """Return the address of a static file; it changes with the content, so it may be cached for ever."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _linker(language: Language) -> Any:  # noqa: ANN401 - a template function
    def link(path: str, **query: object) -> str:
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        if language == "en":
            kept["bahasa"] = "en"
        return f"{path}?{urlencode(kept)}" if kept else path

    return link


def _language_links(request: Request) -> dict[str, str]:
    query = {name: value for name, value in request.query_params.items() if name != "bahasa"}
    indonesian = f"?{urlencode(query)}" if query else request.url.path
    return {"id": indonesian, "en": f"?{urlencode({**query, 'bahasa': 'en'})}"}


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> HTMLResponse:
    """Return the page. Templates see ``_``, ``link``, ``language``, ``principal`` and ``context``.

    Raises:
        jinja2.UndefinedError: the template names something that the context lacks (never shown as blank).
    """
    language = choose_language(request)
    html = (
        _environment()
        .get_template(template)
        .render(
            _=translator(language),
            link=_linker(language),
            language=language,
            language_links=_language_links(request),
            principal=getattr(request.state, "principal", None),
            path=request.url.path,
            banner=request.app.state.settings.banner,
            **context,
        )
    )
    return HTMLResponse(html, status_code=status, headers=dict(headers or {}))
