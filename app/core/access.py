"""Who may call a route. Every route declares it; an application with an undeclared route does not start.

A route says ``dependencies=[public()]`` or ``[signed_in(Role.REVIEWER)]``, or takes
``principal: Principal = signed_in(...)``. The principal is put on ``request.state`` by the application (it knows
accounts; this module does not).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from app.core.errors import ForbiddenError, SignInRequiredError
from app.core.open_reads import MARK


class Role(StrEnum):
    """What an account may do. An admin may do everything except read forms he uploaded."""

    VOLUNTEER = "volunteer"
    REVIEWER = "reviewer"
    MONITOR = "monitor"
    ADMIN = "admin"


_ROLES = {
    Role.VOLUNTEER: "relawan",
    Role.REVIEWER: "peninjau",
    Role.MONITOR: "pemantau",
    Role.ADMIN: "pengelola",
}


@dataclass(frozen=True)
class Principal:
    """The signed-in account of a request."""

    account_id: int
    name: str
    role: Role
    reading: str = "open"
    """``training`` before the exercises, ``paused`` while no form is dealt to him; otherwise ``open``."""


class UndeclaredAccessError(RuntimeError):
    """A route says nothing about who may call it."""


def _refuse_absent() -> NoReturn:
    message = "Anda belum masuk. (You are not signed in.)"
    raise SignInRequiredError(message, "Masuk dahulu, lalu ulangi. (Sign in, then try again.)")


class _Declaration:
    """A dependency that checks the caller and marks its route as declared. ``roles`` empty: anybody signed in."""

    def __init__(self, roles: frozenset[Role], *, public: bool) -> None:
        self.roles = roles
        self.public = public

    async def __call__(self, request: Request) -> Principal | None:  # a plain one FastAPI would run in a thread
        principal: Principal | None = getattr(request.state, "principal", None)
        if self.public:
            if request.method in {"GET", "HEAD"}:
                setattr(request.state, MARK, True)
            return principal
        if principal is None:
            _refuse_absent()
        if self.roles and principal.role is not Role.ADMIN and principal.role not in self.roles:
            needed = sorted(self.roles)
            message = (
                f"Peran {_ROLES[principal.role]} tidak boleh melakukan ini. (Role {principal.role} may not do this.)"
            )
            names = ", ".join(_ROLES[role] for role in needed)
            raise ForbiddenError(message, f"Diperlukan peran: {names}. (Needed role: {', '.join(needed)}.)")
        return principal


def public() -> Any:  # noqa: ANN401 - FastAPI's Depends marker is deliberately untyped
    """Declare: anybody, signed in or not. As a parameter default it yields ``Principal | None``."""
    return Depends(_Declaration(frozenset(), public=True))


def signed_in(*roles: Role) -> Any:  # noqa: ANN401 - see public()
    """Declare: signed in, with one of ``roles`` (none given: any role). Yields the ``Principal``."""
    return Depends(_Declaration(frozenset(roles), public=False))


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for child in dependant.dependencies:
        yield from _calls(child)


def _declares(route: APIRoute) -> bool:
    return any(isinstance(call, _Declaration) for call in _calls(route.dependant))


def require_declared_access(app: FastAPI, *, exempt: frozenset[str] = frozenset()) -> None:
    """Check every route of ``app``; ``exempt`` names paths of FastAPI's own documentation and static mounts.

    Raises:
        UndeclaredAccessError: a route declares no access; its path is named.
    """
    for route in _walk(app.routes):
        path = getattr(route, "path", "")
        if isinstance(route, APIRoute):
            if not _declares(route):
                message = f"Route {sorted(route.methods or ())} {path} declares no access: add public() or signed_in()."
                raise UndeclaredAccessError(message)
        elif path not in exempt:
            message = f"Route {path or route!r} is no API route and not exempt: declare it or name it as exempt."
            raise UndeclaredAccessError(message)


def is_public(app: FastAPI, *, path: str, method: str) -> bool:
    """Tell whether anybody may call ``method`` on ``path`` (as declared, for the reference page)."""
    return any(
        isinstance(call, _Declaration) and call.public
        for route in _walk(app.routes)
        if isinstance(route, APIRoute) and route.path == path and method in (route.methods or ())
        for call in _calls(route.dependant)
    )


def _walk(routes: list[BaseRoute]) -> Iterator[BaseRoute]:
    # FastAPI keeps an included router as one opaque entry; its own routes carry the dependencies.
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from _walk(inner.routes) if inner is not None else (route,)
