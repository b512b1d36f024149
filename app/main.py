"""The application: every router, what stands before them, how errors look. It starts with no route undeclared."""

import asyncio
import os
from collections.abc import Iterable

from fastapi import APIRouter, FastAPI, Request
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from app.accounts import routes as accounts
from app.accounts.cookie import find_token
from app.accounts.service import find_principal
from app.core.access import require_declared_access
from app.core.config import Settings
from app.core.database import DatabaseUnreachableError, Sessions
from app.core.health import make_readiness
from app.core.http_guard import BodyLimit, OriginCheck, SecurityHeaders
from app.core.logs import configure_logs
from app.core.open_reads import OpenReads
from app.core.request_watch import RequestWatch
from app.core.statements import look
from app.core.storage import ObjectStore
from app.intake import direct_routes as direct_uploads
from app.intake import routes as intake
from app.intake.triage import routes as triage
from app.intake.upload import UPLOADS_AT_ONCE
from app.jaga import routes as jaga
from app.lapor import routes as lapor
from app.official import change_routes as official_changes
from app.official import routes as official
from app.pemilu import routes as pemilu
from app.publication.counter import Counter
from app.publication.door import PublishedDoor
from app.publication.reading import PublishedFiles
from app.publication.shelf import open_shelf
from app.reports import download_routes, feed_routes, package_routes, tps_list_routes
from app.reports import routes as reports
from app.reports.evidence import routes as evidence
from app.reports.webhooks import routes as webhooks
from app.reports.writing.copying import Downloads
from app.tally import routes as tally
from app.transparency.signing import open_signer
from app.verification import drift_routes
from app.verification import routes as verification
from app.verification.review import routes as review_routes
from app.verification.trust import routes as readers_routes
from app.web import (
    discrepancies,
    discrepancy,
    downloads,
    drift,
    home,
    lapor_review,
    missing,
    monitor_rules,
    monitoring,
    pictures,
    readers,
    reference,
    register_gap,
    review,
    sign_in,
    tps,
    training,
    upload,
    uploads,
    verify,
)
from app.web import evidence as evidence_page
from app.web import jaga as jaga_pages
from app.web import lapor as lapor_pages
from app.web import official as official_pages
from app.web import tally as tally_page
from app.web import triage as triage_page
from app.web import webhooks as webhooks_page
from app.web.api_document import describe_api
from app.web.errors import add_error_handlers, render_error, show_unexpected
from app.web.figures import Figures
from app.web.published_page import make_published_page
from app.web.static_files import StaticPages
from app.wilayah import routes as wilayah

DESCRIPTION = """\
Citizens photograph the result sheet (C.HASIL) of their polling station; machines and volunteers read it independently;
the service adds the numbers up from TPS to nation and compares them with what the election authority publishes.

Sign in with `POST /api/v1/session`; programs send the token as `Authorization: Bearer TOKEN`. Every error is
`{"code", "message", "remedy"}`. This is not the official result.
"""
BODY_BYTES = 256 * 1024
MULTIPART_BYTES = 16 * 1024
"""What a multipart body may hold beside the photograph."""
_NO_ACCOUNT_NEEDED = ("/static/", "/healthz", "/readyz", "/metrics")

ROUTERS: tuple[APIRouter, ...] = (
    accounts.router,
    intake.router,
    direct_uploads.router,
    triage.router,
    official_changes.router,
    official.router,
    pemilu.router,
    reports.router,
    tps_list_routes.router,
    evidence.router,
    evidence.download,
    download_routes.router,
    package_routes.router,
    feed_routes.router,
    webhooks.router,
    tally.router,
    wilayah.router,
    verification.router,
    drift_routes.router,
    review_routes.router,
    readers_routes.router,
    jaga.router,
    lapor.router,
    lapor_review.router,
    lapor_pages.router,
    jaga_pages.router,
    home.router,
    tally_page.router,
    tps.router,
    evidence_page.router,
    register_gap.router,
    missing.router,
    official_pages.router,
    discrepancy.router,  # before the list: one of its addresses would be taken for a contest
    discrepancies.router,
    monitor_rules.router,
    webhooks_page.router,
    downloads.router,
    pictures.router,
    sign_in.router,
    upload.router,
    uploads.router,
    triage_page.router,
    verify.router,
    training.router,
    readers.router,
    review.router,
    drift.router,
    reference.router,
    monitoring.router,
)
"""Every router of the service; a package that offers one adds its line here."""


def put_together(routers: Iterable[APIRouter]) -> tuple[BaseRoute, ...]:
    """Return the routes of ``routers`` as an application takes them.

    What the library works out about a route at its first request it keeps with what is returned here, so that a second
    application in the same process does not work it out again.
    """
    together = APIRouter()
    for router in routers:
        together.include_router(router)
    return tuple(together.routes)


ROUTES = put_together(ROUTERS)


def make_app(settings: Settings, sessions: Sessions, storage: ObjectStore) -> FastAPI:
    """Return the service over one database and one object store.

    Raises:
        UndeclaredAccessError: a route does not say who may call it.
    """
    configure_logs(settings.log_level)
    app = FastAPI(
        title="Runut",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    app.state.settings = settings
    app.state.sessions = sessions
    app.state.storage = storage
    app.state.published = Counter(PublishedFiles(open_shelf(storage)), make_published_page)
    app.state.uploads_gate = asyncio.Semaphore(UPLOADS_AT_ONCE)
    app.state.signer = open_signer(settings)
    app.state.readiness = make_readiness(sessions, storage, free_min=settings.disk_free_min)
    app.state.figures = Figures(sessions)
    app.state.downloads = Downloads(sessions)
    app.state.processes = lambda: {"site": os.getpid()}  # `serve` puts its workers in, and where they count
    app.state.worker_metrics = None
    app.router.routes.extend(ROUTES)
    app.mount("/static", StaticPages(), name="static")
    describe_api(app)
    add_error_handlers(app)
    _add_guards(app, settings, sessions)
    require_declared_access(app, exempt=frozenset({"/openapi.json", "/static"}))
    return app


def _add_guards(app: FastAPI, settings: Settings, sessions: Sessions) -> None:
    """Put the guards before the routes; the one added last is met first."""
    photo = settings.photo_bytes_max + MULTIPART_BYTES
    limits = {"/api/v1/photos": photo, "/unggah": photo}
    app.add_middleware(BodyLimit, limit=BODY_BYTES, paths=limits, render=render_error)
    app.add_middleware(OriginCheck, base_url=settings.base_url, render=render_error)
    app.add_middleware(PrincipalFinder, sessions=sessions)
    app.add_middleware(RequestWatch, show_failure=show_unexpected, write_all=settings.log_requests)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(OpenReads)
    app.add_middleware(PublishedDoor, counter=app.state.published)


class PrincipalFinder:
    """Puts the signed-in account of a request, or null, on its state."""

    def __init__(self, app: ASGIApp, *, sessions: Sessions) -> None:
        """Look tokens up through ``sessions``."""
        self.app = app
        self.sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the principal; only a request with a token costs a query."""
        if scope["type"] == "http":
            request = Request(scope)
            token = None if scope["path"].startswith(_NO_ACCOUNT_NEEDED) else find_token(request)
            principal = None
            try:
                if token:
                    async with look(self.sessions) as statements:
                        principal = await find_principal(statements, token=token)
            except DatabaseUnreachableError as error:  # the routes' handlers stand behind us
                await render_error(request, error)(scope, receive, send)
                return
            scope.setdefault("state", {})["principal"] = principal
        await self.app(scope, receive, send)
