"""Webhooks over HTTP: for monitors and admins, each his own."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.core.access import Principal, Role, public, signed_in
from app.core.errors import ErrorAnswer
from app.pemilu.service import get_contest
from app.reports.webhooks import service
from app.reports.webhooks.address import URL_MAX
from app.reports.webhooks.service import WebhookView
from app.reports.webhooks.topics import Topic
from app.reports.webhooks.trying import try_webhook

router = APIRouter(prefix="/api/v1/webhooks", tags=["webhooks"])

_MONITOR = signed_in(Role.MONITOR)
_WANTED: dict[str, JsonValue] = {
    "url": "https://example.org/runut",
    "pemilihan": "ppwp-2024",
    "wilayah": "34",
    "topics": ["discrepancy", "alarm"],
}
_ANSWER: dict[str, JsonValue] = {
    "id": 3,
    **_WANTED,
    "state": "active",
    "failures": 0,
    "last_error": "",
    "last_sent_at": None,
    "at": "2024-02-15T06:00:00Z",
}
_KEY: dict[str, JsonValue] = {
    "algorithm": "ed25519",
    "key_id": "0f1e2d3c4b5a6978",
    "public_key": "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbL",
}
_UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"model": ErrorAnswer, "description": "You have none of this number."}
}

WebhookInPath = Annotated[int, Path(ge=1, le=2**62, examples=[3])]


class WebhookWanted(BaseModel):
    """What is to be told to whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [_WANTED]})

    url: str = Field(max_length=URL_MAX, description="https, of a public address. Told by POST, one JSON object.")
    pemilihan: str = Field(max_length=100)
    wilayah: str = Field("0", max_length=40, description="Region; `0` for all.")
    topics: list[Topic] = Field(min_length=1, max_length=3)


class WebhookAnswer(BaseModel):
    """A subscription."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ANSWER]})

    id: int
    url: str
    pemilihan: str
    wilayah: str
    topics: list[str]
    state: str = Field(description="`disabled` after twenty failures in a row; enable it to go on where it stopped.")
    failures: int
    last_error: str
    last_sent_at: datetime | None
    at: datetime


class DeliveryAnswer(BaseModel):
    """What came of a test: delivered when it was answered with 2xx within ten seconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"delivered": False, "problem": "HTTP 500"}]})

    delivered: bool
    problem: str


class KeyAnswer(BaseModel):
    """The public key that deliveries and receipts are signed with, in base64."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY]})

    algorithm: str
    key_id: str
    public_key: str


@router.get("/key", summary="The key that checks a delivery", dependencies=[public()])
async def show_key(request: Request) -> KeyAnswer:
    """Return the site's public key. A delivery's signature is over `webhook-id`.`webhook-timestamp`.`body`."""
    signer = request.app.state.signer
    return KeyAnswer(algorithm="ed25519", key_id=signer.key_id, public_key=signer.public_key)


@router.post("", status_code=201, summary="Be told what is new")
async def subscribe(request: Request, wanted: WebhookWanted, principal: Principal = _MONITOR) -> WebhookAnswer:
    """Begin a subscription: what is new from now on is sent until it is answered with 2xx."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=wanted.pemilihan)
        made = await service.subscribe(
            session,
            owner_id=principal.account_id,
            url=wanted.url,
            contest=contest,
            topics=wanted.topics,
            wilayah=wanted.wilayah,
        )
    return _answer(made)


@router.get("", summary="One's own subscriptions")
async def show_webhooks(request: Request, principal: Principal = _MONITOR) -> list[WebhookAnswer]:
    """List one's own subscriptions with how they fare."""
    async with request.app.state.sessions.begin() as session:
        return [_answer(one) for one in await service.list_webhooks(session, owner_id=principal.account_id)]


@router.post("/{webhook_id}/enable", status_code=204, summary="Try again", responses=_UNKNOWN)
async def enable(request: Request, webhook_id: WebhookInPath, principal: Principal = _MONITOR) -> None:
    """Go on where a disabled subscription stopped."""
    async with request.app.state.sessions.begin() as session:
        await service.enable(session, owner_id=principal.account_id, webhook_id=webhook_id)


@router.post("/{webhook_id}/test", summary="Send a test now", responses=_UNKNOWN)
async def send_test(request: Request, webhook_id: WebhookInPath, principal: Principal = _MONITOR) -> DeliveryAnswer:
    """Send one signed item of the topic `test` at once and say how it was answered. Nothing else changes by it."""
    state = request.app.state
    problem = await try_webhook(state.sessions, state.signer, owner_id=principal.account_id, webhook_id=webhook_id)
    return DeliveryAnswer(delivered=not problem, problem=problem)


@router.delete("/{webhook_id}", status_code=204, summary="Be told no more", responses=_UNKNOWN)
async def remove(request: Request, webhook_id: WebhookInPath, principal: Principal = _MONITOR) -> None:
    """End one's own subscription."""
    async with request.app.state.sessions.begin() as session:
        await service.remove(session, owner_id=principal.account_id, webhook_id=webhook_id)


def _answer(one: WebhookView) -> WebhookAnswer:
    return WebhookAnswer(
        id=one.id,
        url=one.url,
        pemilihan=one.pemilihan,
        wilayah=one.wilayah,
        topics=list(one.topics),
        state=one.state,
        failures=one.failures,
        last_error=one.last_error,
        last_sent_at=one.last_sent_at,
        at=one.at,
    )
