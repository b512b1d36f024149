"""Pages of a monitor's own rules: write one, see at once where it makes no sense, try it over a region, keep it."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Principal, Role, signed_in
from app.core.errors import NotFoundError, RunutError
from app.core.parameters import RowId
from app.discrepancy.monitor_rules import (
    NAME_MAX,
    SHOWN_MAX,
    Looked,
    drop_rule,
    list_own_rules,
    look_with_rule,
    turn_rule,
    write_rule,
)
from app.discrepancy.rules.expression import LENGTH_MAX, ExpressionError, parse_expression
from app.pemilu.definition import Contest
from app.pemilu.publication import check_public
from app.pemilu.service import get_contest
from app.web.rendering import render
from app.web.translation import choose_language
from app.web.words import name_field
from app.wilayah.codes import NATION
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

Monitor = Annotated[Principal, signed_in(Role.MONITOR, Role.REVIEWER)]
Deed = Literal["hapus", "nyala", "mati"]
Text = Annotated[str, Query(max_length=2 * LENGTH_MAX)]


class CheckAnswer(BaseModel):
    """Whether a text is a rule; if not, at which character (from 0) it stops making sense, and what to do."""

    ok: bool
    place: int | None = None
    message: str = ""
    remedy: str = ""


@router.get("/aturan/{pemilihan}/periksa", response_class=JSONResponse)
async def check_rule(request: Request, pemilihan: str, principal: Monitor, teks: Text = "") -> CheckAnswer:
    """Say whether a text is a rule, while it is written."""
    del principal
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
    try:
        parse_expression(teks, contest.fields)
    except ExpressionError as error:
        return CheckAnswer(ok=False, place=error.place, message=error.message, remedy=error.remedy)
    return CheckAnswer(ok=True)


@router.get("/aturan/{pemilihan}")
async def show_rules(
    request: Request,
    pemilihan: str,
    principal: Monitor,
    teks: Text = "",
    wilayah: Annotated[str, Query(max_length=20)] = NATION,
) -> HTMLResponse:
    """Show one's own rules, and where the one in the form holds."""
    return await _show(request, pemilihan, principal, teks=teks, wilayah=wilayah)


async def _show(
    request: Request,
    pemilihan: str,
    principal: Principal,
    *,
    teks: str = "",
    nama: str = "",
    wilayah: str = NATION,
    error: RunutError | None = None,
) -> HTMLResponse:
    looked: Looked | None = None
    async with request.app.state.sessions.begin() as session:
        contest = check_public(await get_contest(session, kode=pemilihan))
        rules = await list_own_rules(session, owner_id=principal.account_id, pemilihan_id=contest.id)
        if teks and error is None:
            looked, error = await _try_rule(session, contest, teks, wilayah)
        region = (await get_path(session, kode=wilayah))[-1] if looked is not None else None
    return render(
        request,
        "monitor_rules.html",
        status=200 if error is None else error.status,
        headers={"cache-control": "no-store"},
        contest=contest,
        rules=rules,
        teks=teks,
        nama=nama,
        wilayah=wilayah,
        looked=looked,
        region=region,
        error=error,
        place=error.place if isinstance(error, ExpressionError) else None,
        fields=[(field, name_field(contest, field)) for field in contest.fields],
        name_max=NAME_MAX,
        length_max=LENGTH_MAX,
        shown_max=SHOWN_MAX,
    )


async def _try_rule(
    session: AsyncSession, contest: Contest, teks: str, wilayah: str
) -> tuple[Looked | None, RunutError | None]:
    try:
        await get_path(session, kode=wilayah)
        return await look_with_rule(session, contest=contest, expression=teks, wilayah=wilayah), None
    except RunutError as error:
        return None, error


@router.post("/aturan/{pemilihan}")
async def keep_rule(
    request: Request,
    pemilihan: str,
    principal: Monitor,
    nama: Annotated[str, Form()] = "",
    teks: Annotated[str, Form()] = "",
) -> Response:
    """Keep a rule; where it makes no sense, show it once more with where."""
    try:
        async with request.app.state.sessions.begin() as session:
            contest = check_public(await get_contest(session, kode=pemilihan))
            await write_rule(
                session, contest=contest, owner_id=principal.account_id, nama=nama, expression=teks.strip()
            )
    except RunutError as error:
        if isinstance(error, NotFoundError):
            raise
        return await _show(request, pemilihan, principal, teks=teks, nama=nama, error=error)
    return _lead(request, pemilihan)


@router.post("/aturan/{pemilihan}/{rule_id}/{deed}")
async def act(request: Request, pemilihan: str, rule_id: RowId, deed: Deed, principal: Monitor) -> Response:
    """Throw a rule away, or switch it on or off."""
    async with request.app.state.sessions.begin() as session:
        if deed == "hapus":
            await drop_rule(session, rule_id=rule_id, owner_id=principal.account_id)
        else:
            await turn_rule(session, rule_id=rule_id, owner_id=principal.account_id, on=deed == "nyala")
    return _lead(request, pemilihan)


def _lead(request: Request, pemilihan: str) -> RedirectResponse:
    query = f"?{urlencode({'bahasa': 'en'})}" if choose_language(request) == "en" else ""
    return RedirectResponse(f"/aturan/{pemilihan}{query}", status_code=303)
