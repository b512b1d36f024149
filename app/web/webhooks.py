"""Page ``/langganan``: a monitor's own webhooks. Subscribe, try, switch on again, remove."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from app.core.access import Principal, Role, signed_in
from app.core.errors import InvalidInputError, NotFoundError, RunutError
from app.core.parameters import RowId
from app.pemilu.service import get_contest, list_contests
from app.reports.webhooks import service
from app.reports.webhooks.address import URL_MAX
from app.reports.webhooks.topics import TOPICS, Topic
from app.reports.webhooks.trying import try_webhook
from app.web.rendering import render
from app.web.translation import choose_language
from app.wilayah.codes import NATION

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Monitor = Annotated[Principal, signed_in(Role.MONITOR)]
Deed = Literal["nyala", "hapus"]


class WebhookForm(BaseModel):
    """The form as it was sent, whatever stands in it."""

    url: str = ""
    pemilihan: str = ""
    wilayah: str = NATION
    topik: list[str] = []


_USUAL = WebhookForm(topik=["discrepancy"])


@router.get("/langganan")
async def show_webhooks(request: Request, principal: Monitor) -> Response:
    """Show one's own subscriptions with how they fare, and the form for another."""
    return await _show(request, principal)


@router.post("/langganan")
async def subscribe(request: Request, principal: Monitor, wanted: Annotated[WebhookForm, Form()]) -> Response:
    """Begin a subscription; where something does not fit, show the form once more with what was typed."""
    try:
        async with request.app.state.sessions.begin() as session:
            await service.subscribe(
                session,
                owner_id=principal.account_id,
                url=wanted.url.strip(),
                contest=await get_contest(session, kode=wanted.pemilihan),
                topics=_read_topics(wanted.topik),
                wilayah=wanted.wilayah.strip() or NATION,
            )
    except RunutError as error:
        return await _show(request, principal, error=error, typed=wanted)
    return _lead(request)


def _read_topics(words: list[str]) -> list[Topic]:
    """Return the topics that were ticked.

    Raises:
        InvalidInputError: none was.
    """
    ticked = [topic for topic in TOPICS if topic in words]
    if not ticked:
        raise InvalidInputError(
            "Belum ada yang dipilih untuk dikabarkan. (Nothing is ticked to be told of.)",
            "Centang paling sedikit satu. (Tick at least one.)",
        )
    return ticked


@router.post("/langganan/{webhook_id}/coba")
async def try_own(request: Request, webhook_id: RowId, principal: Monitor) -> Response:
    """Send a test at once and show what came of it."""
    state = request.app.state
    try:
        problem = await try_webhook(state.sessions, state.signer, owner_id=principal.account_id, webhook_id=webhook_id)
    except NotFoundError:
        raise
    except RunutError as error:
        return await _show(request, principal, error=error)
    return await _show(request, principal, tried=(webhook_id, problem))


@router.post("/langganan/{webhook_id}/{deed}")
async def act(request: Request, webhook_id: RowId, deed: Deed, principal: Monitor) -> Response:
    """Switch a subscription on again, or remove it."""
    change = service.enable if deed == "nyala" else service.remove
    async with request.app.state.sessions.begin() as session:
        await change(session, owner_id=principal.account_id, webhook_id=webhook_id)
    return _lead(request)


async def _show(
    request: Request,
    principal: Principal,
    *,
    error: RunutError | None = None,
    typed: WebhookForm = _USUAL,
    tried: tuple[int, str] | None = None,
) -> HTMLResponse:
    async with request.app.state.sessions.begin() as session:
        hooks = await service.list_webhooks(session, owner_id=principal.account_id)
        contests = await list_contests(session)
    return render(
        request,
        "webhooks.html",
        status=200 if error is None else error.status,
        headers={"cache-control": "no-store"},
        hooks=hooks,
        contests=contests,
        topics=TOPICS,
        typed=typed,
        tried=tried,
        error=error,
        most=service.EACH_MAX,
        url_max=URL_MAX,
        signer=request.app.state.signer,
    )


def _lead(request: Request) -> RedirectResponse:
    query = f"?{urlencode({'bahasa': 'en'})}" if choose_language(request) == "en" else ""
    return RedirectResponse(f"/langganan{query}", status_code=303)
