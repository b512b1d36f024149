"""How a session's token travels: a cookie for browsers, a bearer header for programs."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.core.config import Settings

COOKIE = "runut_session"
_TOKEN_MAX = 200


def find_token(connection: HTTPConnection) -> str | None:
    """Return the token that a request carries; the header wins over the cookie."""
    scheme, _, bearer = connection.headers.get("authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else connection.cookies.get(COOKIE)
    return token if token and len(token) <= _TOKEN_MAX else None


def set_session_cookie(response: Response, token: str, settings: Settings) -> None:
    """Give the browser its token: out of reach of scripts, and not sent along by other sites' forms."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=settings.session_seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.cookie_secure,
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    """Take the token away from the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=settings.cookie_secure)
