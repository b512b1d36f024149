"""A route that says nothing about who may call it keeps the application from starting."""

import pytest
from fastapi import APIRouter, FastAPI

from app import main
from app.core.access import Role, UndeclaredAccessError, is_public, public, require_declared_access, signed_in
from app.core.config import Settings
from app.core.database import make_engine, make_sessions
from app.core.storage import LocalStore


def make(settings: Settings) -> FastAPI:
    sessions = make_sessions(make_engine("postgresql://nobody@localhost/never_connected"))
    return main.make_app(settings, sessions, LocalStore(settings.objects))


def test_the_application_as_it_is_starts(settings: Settings) -> None:
    assert make(settings).routes


def test_the_application_with_an_undeclared_route_does_not_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    router = APIRouter()

    @router.get("/api/v1/secrets")
    async def get_secrets() -> str:
        return "secret"

    monkeypatch.setattr(main, "ROUTES", main.put_together((*main.ROUTERS, router)))

    with pytest.raises(UndeclaredAccessError, match="/api/v1/secrets"):
        make(settings)


def test_an_undeclared_mount_does_not_start() -> None:
    app = FastAPI(openapi_url=None)
    app.mount("/inner", FastAPI())

    with pytest.raises(UndeclaredAccessError, match="/inner"):
        require_declared_access(app)


def test_a_declaration_on_the_router_or_below_counts() -> None:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    router = APIRouter(dependencies=[signed_in(Role.ADMIN)])

    @router.get("/a")
    async def get_a() -> str:
        return "a"

    app.include_router(router)

    @app.get("/b", dependencies=[public()])
    async def get_b() -> str:
        return "b"

    require_declared_access(app)
    assert is_public(app, path="/b", method="GET")
    assert not is_public(app, path="/a", method="GET")
