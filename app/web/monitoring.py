"""What machines ask: is it alive, can it serve, how is it doing."""

import hmac
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from sqlalchemy.pool import QueuePool

from app.core.access import public
from app.core.config import Settings
from app.core.errors import ForbiddenError, NotFoundError
from app.core.metrics import write_page

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="Is the process alive", dependencies=[public()])
async def get_health() -> dict[str, str]:
    """Answer as long as the process does; nothing else is asked, so that a slow database restarts nobody."""
    return {"status": "ok"}


@router.get("/readyz", summary="Can it serve", dependencies=[public()])
async def get_readiness(request: Request) -> JSONResponse:
    """Answer 200 when database, schema and object store are as they must be, else 503 with the reasons; within 2 s."""
    reasons = await request.app.state.readiness.find_reasons()
    if not reasons:
        return JSONResponse({"status": "ok"})
    return JSONResponse(
        {"status": "not_ready", "reasons": [reason.as_json() for reason in reasons]},
        status_code=503,
        headers={"retry-after": "2"},
    )


@router.get("/metrics", include_in_schema=False, dependencies=[public()])
async def get_metrics(request: Request) -> Response:
    """Answer in Prometheus's text form, to whoever has the installation's token for it."""
    state = request.app.state
    require_metrics_token(state.settings, request.headers.get("authorization", ""))
    figures = await state.figures.gather()
    page = write_page(
        workers=state.worker_metrics, processes=state.processes(), more=[*figures, *measure_pool(state.sessions)]
    )
    return Response(page, media_type=CONTENT_TYPE_LATEST, headers={"cache-control": "no-store"})


def require_metrics_token(settings: Settings, header: str) -> None:
    """Let nobody else see how busy we are. There is no exception for the own machine: a proxy may stand on it.

    Raises:
        NotFoundError: this installation publishes no metrics.
        ForbiddenError: the token is another one.
    """
    if settings.metrics_token is None:
        raise NotFoundError("Metrik tidak dibuka. (Metrics are not published.)", "RUNUT_METRICS_TOKEN=...")
    wanted = f"Bearer {settings.metrics_token.get_secret_value()}"
    if not hmac.compare_digest(header.encode(), wanted.encode()):
        raise ForbiddenError("Token metrik salah. (Wrong token for the metrics.)", "Authorization: Bearer ...")


def measure_pool(sessions: Any) -> tuple[Metric, ...]:  # noqa: ANN401 (SQLAlchemy does not type a factory's engine)
    """Return how many of this process's database connections are in use, and how many there may be."""
    pool = sessions.kw["bind"].sync_engine.pool
    used = GaugeMetricFamily("runut_pool_used", "Database connections of this process in use.")
    limit = GaugeMetricFamily("runut_pool_limit", "Database connections this process may open.")
    if isinstance(pool, QueuePool):
        used.add_metric([], pool.checkedout())
        limit.add_metric([], pool.size() + pool._max_overflow)  # noqa: SLF001 (the pool tells it nowhere else)
    return (used, limit)
