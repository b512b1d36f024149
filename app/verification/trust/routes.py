"""Readers: the exercises, what each may know of himself, pauses and objections; for admins, who is linked to whom."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.accounts.link_accounts import list_linked
from app.core.access import Principal, Role, signed_in
from app.core.errors import ErrorAnswer
from app.core.parameters import RowId
from app.verification.training.exercises import Exercise, load_picture
from app.verification.training.service import Progress, answer_exercise, find_progress
from app.verification.trust.own_record import find_own_record
from app.verification.trust.pauses import end_pause, list_pauses, object_to_pause, uphold_pause
from app.verification.trust.schemas import (
    ExerciseAnswer,
    ExerciseBody,
    FeedbackAnswer,
    FeedbackField,
    LinkedAnswer,
    OwnPauseAnswer,
    OwnRecordAnswer,
    PauseAnswer,
    PauseDecision,
    ProgressAnswer,
    WordsBody,
)

router = APIRouter(prefix="/api/v1", tags=["readers"])

Reader = Annotated[Principal, signed_in(Role.VOLUNTEER, Role.REVIEWER)]
Admin = Annotated[Principal, signed_in(Role.ADMIN)]
Name = Annotated[str, Path(pattern=r"^[a-z0-9_-]{1,60}$")]

_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}, 404: {"model": ErrorAnswer}}
_ERRORS: dict[int | str, dict[str, Any]] = {code: {"model": ErrorAnswer} for code in (401, 403, 404)}


@router.get("/training", summary="My exercises", responses={401: _ERRORS[401], 403: _ERRORS[403]})
async def get_training(request: Request, principal: Reader) -> ProgressAnswer:
    """Return how far you are and the next exercise. A volunteer is dealt forms when he is through."""
    async with request.app.state.sessions.begin() as session:
        return _answer_progress(await find_progress(session, account_id=principal.account_id))


@router.post("/training/{name}", summary="Answer an exercise", responses={**_ERRORS, 422: {"model": ErrorAnswer}})
async def post_exercise(request: Request, name: Name, body: ExerciseBody, principal: Reader) -> FeedbackAnswer:
    """Answer an exercise and be told at once what was right. It counts neither for nor against you."""
    async with request.app.state.sessions.begin() as session:
        done = await answer_exercise(session, account_id=principal.account_id, name=name, numbers=body.numbers)
    fields = [FeedbackField(**asdict(one), right=one.right) for one in done.fields]
    lesson = dict(done.exercise.lesson)
    return FeedbackAnswer(right=done.right, fields=fields, lesson=lesson, progress=_answer_progress(done.progress))


@router.get(
    "/training/{name}/{field}.jpg",
    summary="A number of an exercise",
    response_class=Response,
    responses=_PICTURE,
    dependencies=[signed_in()],
)
async def get_exercise_picture(name: Name, field: Name) -> Response:
    """Return the picture of one number of an exercise: an invented paper."""
    return Response(
        load_picture(name, field), media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"}
    )


@router.get("/me/reading", summary="What is known of me as a reader", responses={401: _ERRORS[401], 403: _ERRORS[403]})
async def get_own_record(request: Request, principal: Reader) -> OwnRecordAnswer:
    """Return how many forms you have read and how well, as far as it is known; told late and in steps."""
    async with request.app.state.sessions.begin() as session:
        found = await find_own_record(session, account_id=principal.account_id)
    own = {name: value for name, value in vars(found).items() if name != "pause"}
    pause = None
    if found.pause is not None:
        pause = OwnPauseAnswer(**{name: getattr(found.pause, name) for name in OwnPauseAnswer.model_fields})
    return OwnRecordAnswer(reading=principal.reading, **own, pause=pause)


@router.post(
    "/me/objection", status_code=204, summary="Object to my pause", responses={**_ERRORS, 409: {"model": ErrorAnswer}}
)
async def post_objection(request: Request, body: WordsBody, principal: Reader) -> None:
    """Say why your reading should not be paused; an admin answers."""
    async with request.app.state.sessions.begin() as session:
        await object_to_pause(session, account_id=principal.account_id, words=body.words)


@router.get("/readers/paused", summary="Paused readers", responses={401: _ERRORS[401], 403: _ERRORS[403]})
async def get_paused(request: Request, _principal: Admin) -> list[PauseAnswer]:
    """Return the pauses that last, those with an objection first. Admins only."""
    async with request.app.state.sessions.begin() as session:
        found = await list_pauses(session)
    return [PauseAnswer(**{name: getattr(one, name) for name in PauseAnswer.model_fields}) for one in found]


@router.post("/readers/{account_id}/pause", status_code=204, summary="Decide about a pause", responses=_ERRORS)
async def post_pause(request: Request, account_id: RowId, body: PauseDecision, principal: Admin) -> None:
    """Let a paused reader read again, counted afresh, or let the pause stand; he reads your words. Admins only."""
    decide = end_pause if body.resume else uphold_pause
    async with request.app.state.sessions.begin() as session:
        await decide(session, account_id=account_id, by=principal.account_id, answer=body.words)


@router.get("/accounts/linked", summary="Linked accounts", responses={401: _ERRORS[401], 403: _ERRORS[403]})
async def get_linked(request: Request, _principal: Admin) -> list[LinkedAnswer]:
    """Return the accounts that are treated as one person, group by group, and why. Admins only."""
    async with request.app.state.sessions.begin() as session:
        return [LinkedAnswer.model_validate(one) for one in await list_linked(session)]


def _answer_progress(progress: Progress) -> ProgressAnswer:
    following = None if progress.next_one is None else _answer_exercise(progress.next_one)
    return ProgressAnswer(done=progress.done, total=progress.total, next=following)


def _answer_exercise(one: Exercise) -> ExerciseAnswer:
    pictures = {name: f"/api/v1/training/{one.name}/{name}.jpg" for name in one.fields}
    shown = None if one.shown is None else dict(one.shown)
    return ExerciseAnswer(name=one.name, mode=one.mode, pictures=pictures, shown=shown)
