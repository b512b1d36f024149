"""Errors as people and programs meet them: a page for a browser, JSON for the API; the same two sentences in both."""

from urllib.parse import urlencode

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFreeError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from app.core.database import DatabaseUnreachableError, is_outage
from app.core.errors import InvalidInputError, RunutError, TooManyRequestsError
from app.core.http_guard import BodyTooLargeError
from app.transparency.canonical import NotCanonicalError
from app.web.rendering import render
from app.web.translation import choose_language

log = structlog.get_logger()

_WORDS = {
    404: (
        "not_found",
        "Halaman {path} tidak ada. (There is nothing at {path}.)",
        "Periksa alamatnya, atau mulai dari halaman utama. (Check the address, or begin at the front page.)",
    ),
    405: (
        "method_not_allowed",
        "Alamat {path} tidak menerima {method}. ({path} does not take {method}.)",
        "Mulai lagi dari menu; untuk program: /docs. (Begin again from the menu; for programs: /docs.)",
    ),
}
_SHOWN = 80
_SERVER_ERROR = 500
_NO_TEXT = "22021"
"""PostgreSQL's state for a text that it cannot keep: one with a NUL."""
_UNAUTHORISED = 401
_UNAVAILABLE = 503


class InternalError(RunutError):
    """Our fault. What happened is in the log, not in the answer."""

    status = 500
    code = "internal"


def add_error_handlers(app: FastAPI) -> None:
    """Give ``app`` the one way in which errors are shown."""
    app.add_exception_handler(RunutError, _show_expected)
    app.add_exception_handler(BodyTooLargeError, _show_body_too_large)
    app.add_exception_handler(HTTPException, _show_http)
    app.add_exception_handler(ClientDisconnect, _show_disconnect)
    app.add_exception_handler(RequestValidationError, _show_validation)
    app.add_exception_handler(DatabaseUnreachableError, _show_outage)
    app.add_exception_handler(NoConnectionFreeError, _show_outage)
    app.add_exception_handler(DBAPIError, _show_database_error)
    app.add_exception_handler(UnicodeError, _show_strange_text)
    app.add_exception_handler(NotCanonicalError, _show_strange_text)
    app.add_exception_handler(Exception, show_unexpected)


def render_error(request: Request, error: RunutError, *, status: int | None = None) -> Response:
    """Return the answer for ``error``: JSON under /api and for programs, otherwise a page."""
    status = status or error.status
    again = _say_when(error, status)
    request.scope.setdefault("state", {})["error_code"] = error.error_code  # for the metrics
    if wants_json(request):
        return JSONResponse(error.as_json(), status_code=status, headers=again)
    if status == _UNAUTHORISED and request.method == "GET":
        # A person who is not signed in is led there and back again.
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        language = {"bahasa": "en"} if choose_language(request) == "en" else {}
        return RedirectResponse(f"/masuk?{urlencode({'lanjut': target, **language})}", status_code=303)
    page = render(request, "error.html", status=status, error=error, shown_status=status, back=_find_way_back(request))
    page.headers.update(again or {})
    return page


def _find_way_back(request: Request) -> str:
    """Return the page of ours whose form was sent, so that it can be mended there; "" where none is known."""
    start = f"{request.url.scheme}://{request.url.netloc}"
    path = request.headers.get("referer", "").removeprefix(start)
    # A second slash of either kind would make the beginning of another host's address of it.
    ours = path.startswith("/") and path[1:2] not in {"/", "\\"}
    return path if ours and request.method != "GET" else ""


def _say_when(error: RunutError, status: int) -> dict[str, str] | None:
    """Return the header that says when to come again, where that is known."""
    if isinstance(error, TooManyRequestsError) and error.retry_after is not None:
        return {"retry-after": str(error.retry_after)}
    return {"retry-after": "2"} if status == _UNAVAILABLE else None


def wants_json(request: Request) -> bool:
    """Tell whether the answer goes to a program."""
    return request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", "")


async def _show_expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, RunutError)
    return render_error(request, error)


async def _show_body_too_large(request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyTooLargeError)
    shown = render_error(request, error.error)
    shown.headers.update(error.headers or {})
    return shown


async def _show_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, message, remedy = _WORDS.get(error.status_code, ("invalid", str(error.detail), "Lihat /docs. (See /docs.)"))
    message = message.replace("{path}", _show_path(request)).replace("{method}", request.method[:_SHOWN])
    shown = render_error(request, RunutError(message, remedy, code=code), status=error.status_code)
    shown.headers.update(error.headers or {})
    return shown


def _show_path(request: Request) -> str:
    """Return what was asked for; brackets would be taken for the beginning of the other language."""
    path = request.url.path.replace("(", "").replace(")", "")
    return path if len(path) <= _SHOWN else f"{path[:_SHOWN]}..."


async def _show_disconnect(_request: Request, _error: Exception) -> Response:
    # The signal broke off in the middle of a photograph: ordinary here, nothing is kept, and nobody hears the answer.
    return Response(status_code=400)


async def _show_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    named = ", ".join(str(item["loc"][-1]) for item in error.errors()[:5])
    places = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()[:5])
    return render_error(
        request,
        InvalidInputError(
            f"Isian tidak sesuai: {named}. (The request does not fit: {places})",
            "Perbaiki isian itu; bentuknya ada di /docs. (Mend it; the shape is at /docs.)",
        ),
    )


async def _show_database_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)
    refused = error.orig.__cause__ if error.orig is not None else None  # what the driver said, below SQLAlchemy's words
    if getattr(refused, "sqlstate", None) == _NO_TEXT or isinstance(getattr(refused, "__cause__", None), UnicodeError):
        return await _show_strange_text(request, error)
    return await show_unexpected(request, error)


async def _show_outage(request: Request, error: Exception) -> Response:
    log.warning("database_unreachable", path=request.url.path, method=request.method, error=type(error).__name__)
    return render_error(request, DatabaseUnreachableError())


async def _show_strange_text(request: Request, error: Exception) -> Response:
    """Refuse NUL and half characters (surrogates) where they first hurt: they come from tampering, not from people."""
    log.warning("strange_text", path=request.url.path, method=request.method, error=type(error).__name__)
    return render_error(
        request,
        InvalidInputError(
            "Isian memuat karakter yang tidak dapat disimpan. (The request holds a character that cannot be kept.)",
            "Tulis dengan huruf biasa. (Use ordinary characters.)",
            code="strange_text",
        ),
    )


async def show_unexpected(request: Request, error: Exception) -> Response:
    """Answer an error that no route foresaw; its story goes to the log, and nothing of it to the answer."""
    if is_outage(error):
        return await _show_outage(request, error)
    log.error("unexpected_error", path=request.url.path, method=request.method, exc_info=error)
    return render_error(
        request,
        InternalError(
            "Ada kesalahan pada layanan ini. (Something went wrong on our side.)",
            "Coba lagi sebentar lagi; kiriman yang sudah diberi tanda terima tetap aman. "
            "(Try again shortly; whatever has a receipt is safe.)",
        ),
        status=_SERVER_ERROR,
    )
