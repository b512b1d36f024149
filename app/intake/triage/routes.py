"""Move, reject and restore photographs; appeal; clusters of copies for reviewers."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.core.access import Principal, Role, signed_in
from app.core.errors import ErrorAnswer, NotFoundError
from app.core.parameters import BIGINT_MAX, RowId
from app.core.storage import ObjectStore
from app.intake.object_keys import page_key, thumb_key, whole_key
from app.intake.routes import answer_receipt
from app.intake.schemas import ReceiptAnswer
from app.intake.service import get_photo
from app.intake.triage import listing
from app.intake.triage.appeals import answer_appeal, appeal_photo
from app.intake.triage.by_hand import list_placed, take_placement_back
from app.intake.triage.decide import decide_cluster, reopen_cluster
from app.intake.triage.place import move_own_photo, move_photo, reject_photo, restore_photo
from app.intake.triage.placement import Placement
from app.intake.triage.schemas import (
    AppealAnswer,
    AppealBody,
    AppealItemAnswer,
    AppealList,
    AppealVerdict,
    ClusterAnswer,
    ClusterList,
    ClusterVerdict,
    EventAnswer,
    MoveBody,
    PlacedAnswer,
    PlacedList,
    ReasonBody,
)
from app.intake.upload import UPLOADERS

router = APIRouter(prefix="/api/v1", tags=["photos"])

Uploader = Annotated[Principal, signed_in(*UPLOADERS)]
REVIEWERS = signed_in(Role.REVIEWER)
Reviewer = Annotated[Principal, REVIEWERS]
Before = Annotated[int | None, Query(ge=0, le=BIGINT_MAX, description="Only those placed before this placement.")]
After = Annotated[int | None, Query(ge=0, le=BIGINT_MAX, description="Only those with a greater id.")]

_ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": ErrorAnswer} for status in (401, 403, 404, 409, 422, 429)}
_LOOK_HEADERS = {"content-security-policy": "default-src 'none'; sandbox", "cache-control": "no-store"}


@router.post("/photos/{photo_id}/appeal", status_code=201, summary="Appeal", responses=_ERRORS)
async def post_appeal(request: Request, photo_id: RowId, body: AppealBody, principal: Uploader) -> AppealAnswer:
    """Ask for a person's look at a photograph of yours that was turned away. Once a photograph."""
    async with request.app.state.sessions.begin() as session:
        appeal = await appeal_photo(session, photo_id=photo_id, account_id=principal.account_id, note=body.note)
    return AppealAnswer.model_validate(appeal)


@router.post("/photos/{photo_id}/move", status_code=201, summary="Move to another TPS", responses=_ERRORS)
async def post_move(request: Request, photo_id: RowId, body: MoveBody, principal: Uploader) -> ReceiptAnswer:
    """Move a photograph to the TPS it belongs to; the answer is the receipt it has there.

    Reviewers move any; others their own within the first minutes, while nobody reads it.
    """
    move: dict[str, Any] = {"photo_id": photo_id, "tps": body.tps, "pemilihan": body.pemilihan, "reason": body.reason}
    async with request.app.state.sessions.begin() as session:
        if principal.role is Role.VOLUNTEER:
            receipt = await move_own_photo(session, account_id=principal.account_id, **move)
        else:
            receipt = await move_photo(session, by=principal.account_id, **move)
    return answer_receipt(receipt, request.app.state.signer, request.app.state.settings.base_url)


@router.post("/photos/{photo_id}/reject", status_code=204, summary="Reject a photograph", responses=_ERRORS)
async def post_reject(request: Request, photo_id: RowId, body: ReasonBody, principal: Reviewer) -> None:
    """Let a photograph no longer count; what was read of it stays, and counts again if it is restored. Reviewers."""
    async with request.app.state.sessions.begin() as session:
        await reject_photo(session, photo_id=photo_id, by=principal.account_id, reason=body.reason)


@router.post("/photos/{photo_id}/restore", status_code=204, summary="Restore a photograph", responses=_ERRORS)
async def post_restore(request: Request, photo_id: RowId, body: ReasonBody, principal: Reviewer) -> None:
    """Let a photograph that was turned away count, by itself and whatever it resembles. Reviewers."""
    async with request.app.state.sessions.begin() as session:
        await restore_photo(session, photo_id=photo_id, by=principal.account_id, reason=body.reason)


@router.get("/photos/{photo_id}/history", summary="What was done to a photograph", responses=_ERRORS)
async def get_history(request: Request, photo_id: RowId, principal: Uploader) -> list[EventAnswer]:
    """Return what was done to a photograph since it came in, oldest first: its uploader and reviewers see it."""
    async with request.app.state.sessions.begin() as session:
        photo = await get_photo(session, photo_id=photo_id)
        if principal.role is Role.VOLUNTEER and photo.uploader_id != principal.account_id:
            message = f"Tidak ada foto nomor {photo_id}. (There is no photograph {photo_id}.)"
            raise NotFoundError(message, "Lihat unggahan Anda. (See your uploads.)")
        events = (await listing.list_events(session, photo_ids=[photo_id])).get(photo_id, ())
    answers = [EventAnswer.model_validate(event) for event in events]
    if principal.role is Role.VOLUNTEER:
        return [one.model_copy(update={"account_id": None, "other_id": None}) for one in answers]
    return answers


@router.get("/triage/clusters", summary="Clusters of copies", responses=_ERRORS, dependencies=[REVIEWERS])
async def get_clusters(request: Request, after: After = None) -> ClusterList:
    """Return the pictures that were sent for more than one TPS and that nobody has decided, oldest first. Reviewers."""
    async with request.app.state.sessions.begin() as session:
        clusters = await listing.list_clusters(session, after=after)
    answers = [ClusterAnswer.model_validate(one) for one in clusters]
    return ClusterList(clusters=answers, next=clusters[-1].id if len(clusters) == listing.PAGE else None)


@router.post("/triage/clusters/{cluster_id}/decision", status_code=204, summary="Decide a cluster", responses=_ERRORS)
async def post_decision(request: Request, cluster_id: RowId, body: ClusterVerdict, principal: Reviewer) -> None:
    """Decide what holds for all photographs of a cluster, and for copies that come later. Reviewers."""
    async with request.app.state.sessions.begin() as session:
        await decide_cluster(
            session,
            cluster_id=cluster_id,
            decision=body.decision,
            by=principal.account_id,
            reason=body.reason,
            head_id=body.head,
        )


@router.post("/triage/clusters/{cluster_id}/reopen", status_code=204, summary="Reopen a cluster", responses=_ERRORS)
async def post_reopen(request: Request, cluster_id: RowId, body: ReasonBody, principal: Reviewer) -> None:
    """Take a decision back; what was rejected with it is again what it was. Reviewers."""
    async with request.app.state.sessions.begin() as session:
        await reopen_cluster(session, cluster_id=cluster_id, by=principal.account_id, reason=body.reason)


@router.get("/triage/appeals", summary="Open appeals", responses=_ERRORS, dependencies=[REVIEWERS])
async def get_appeals(request: Request, after: After = None) -> AppealList:
    """Return the appeals that wait for an answer, oldest first. Reviewers."""
    async with request.app.state.sessions.begin() as session:
        items = await listing.list_appeals(session, after=after)
    answers = [AppealItemAnswer.model_validate(one, from_attributes=True) for one in items]
    return AppealList(appeals=answers, next=items[-1].appeal.id if len(items) == listing.PAGE else None)


@router.post("/triage/appeals/{appeal_id}/answer", summary="Answer an appeal", responses=_ERRORS)
async def post_answer(request: Request, appeal_id: RowId, body: AppealVerdict, principal: Reviewer) -> AppealAnswer:
    """Grant an appeal, which brings the photograph back, or deny it; its uploader reads the answer. Reviewers.

    What no machine can read is granted with ``placement``: people read it, as the page that it is said to be.
    """
    placement = None if body.placement is None else Placement(**body.placement.model_dump())
    async with request.app.state.sessions.begin() as session:
        appeal = await answer_appeal(
            session,
            appeal_id=appeal_id,
            by=principal.account_id,
            grant=body.grant,
            answer=body.answer,
            tps=body.tps,
            placement=placement,
        )
    return AppealAnswer.model_validate(appeal)


@router.get("/triage/placed", summary="Photographs placed by hand", responses=_ERRORS, dependencies=[REVIEWERS])
async def get_placed(request: Request, before: Before = None) -> PlacedList:
    """Return the photographs that people read where a reviewer placed them, newest first. Reviewers."""
    async with request.app.state.sessions.begin() as session:
        placed = await list_placed(session, before=before, limit=listing.PAGE)
    answers = [PlacedAnswer.model_validate(one) for one in placed]
    return PlacedList(placed=answers, next=placed[-1].photo.placement_id if len(placed) == listing.PAGE else None)


@router.post("/triage/placed/{photo_id}/undo", status_code=204, summary="Undo a placement", responses=_ERRORS)
async def post_unplace(request: Request, photo_id: RowId, body: ReasonBody, principal: Reviewer) -> None:
    """Have a photograph placed by hand refused again; what people read of it no longer counts. Reviewers."""
    async with request.app.state.sessions.begin() as session:
        await take_placement_back(session, photo_id=photo_id, by=principal.account_id, reason=body.reason)


@router.get(
    "/triage/photos/{photo_id}/look.jpg",
    summary="A photograph to be reviewed",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **_ERRORS},
    dependencies=[REVIEWERS],
)
async def get_look(request: Request, photo_id: RowId) -> Response:
    """Return a picture for reviewers of a photograph in a cluster, with an appeal, or placed by hand.

    The covered page, or a small copy of whatever was photographed, too small to read names. Of a photograph that was
    refused and appealed, all of it: which page of which form it shows has to be told from it.
    """
    async with request.app.state.sessions.begin() as session:
        photo = await listing.require_to_look_at(session, photo_id=photo_id)
    wholes = (whole_key(photo_id, photo.placement_id or 0), whole_key(photo_id, 0))
    data = await _read_first(request.app.state.storage, page_key(photo_id), *wholes, thumb_key(photo_id))
    return Response(data, media_type="image/jpeg", headers=_LOOK_HEADERS)


async def _read_first(storage: ObjectStore, *keys: str) -> bytes:
    """Return what lies under the first key that is there. Raises NotFoundError: none is."""
    for key in keys[:-1]:
        if await storage.exists(key):
            return await storage.read(key)
    return await storage.read(keys[-1])
