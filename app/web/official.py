"""Pages ``/resmi``: what the authority published, what it changed, what wants a look; and the feed of changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import Principal, Role, public, signed_in
from app.core.errors import NotFoundError, RunutError
from app.core.parameters import BIGINT_MAX, RowId
from app.official.alarms import REASON_MAX, Alarm, close_alarm, get_alarm_contest, list_alarms
from app.official.changes import AFTER_THE_FIRST, Change, ChangeKind, list_changes, list_tps_changes
from app.official.feed import MEDIA_TYPE, write_feed
from app.official.recaps import count_recaps
from app.official.service import list_official_history, list_snapshots
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest, list_contests
from app.reports.regions import find_places
from app.web.rendering import render
from app.web.translation import choose_language
from app.web.words import name_briefly
from app.wilayah.codes import NATION, parse_kode
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PAGE = 50
FRONT = 10
FEED = 100
SHOWN_FIELDS = 6
"""Changed numbers that a row of the diff feed shows; the TPS's own page shows all."""

Place = Annotated[str, Query(max_length=40)]
Cursor = Annotated[int, Query(ge=0, le=BIGINT_MAX)]
Words = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True)
class Moved:
    """One number of a change."""

    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class ChangeLine:
    """One row of the diff feed as the page shows it; ``more``: numbers that changed beside those shown."""

    change: Change
    moved: tuple[Moved, ...]
    more: int
    images: bool


@router.get("/resmi", dependencies=[public()])
async def show_contests(request: Request) -> Response:
    """Lead to the contest whose official figures are known; to the front page when there is none or several."""
    async with request.app.state.sessions.begin() as session:
        contests = [contest for contest in await list_contests(session) if contest.official_names]
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/resmi/{contests[0].kode}{query}" if len(contests) == 1 else "/", status_code=303)


@router.get("/resmi/perubahan.atom", dependencies=[public()])
async def show_feed(request: Request, pemilihan: Words = "", wilayah: Place = "") -> Response:
    """Tell the newest changes of a region as an Atom feed; with ``If-None-Match`` nothing is sent twice."""
    async with request.app.state.sessions.begin() as session:
        contest = await _find_contest(session, pemilihan)
        region = await _find_region(session, wilayah)
        changes = await list_changes(session, pemilihan_id=contest.id, limit=FEED, wilayah=region, newest=True)
    site = request.app.state.settings.base_url.rstrip("/")
    body = write_feed(contest, changes, site=site, wilayah=region)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"etag": tag, "cache-control": "public, max-age=60"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


@router.get("/resmi/{pemilihan}", dependencies=[public()])
async def show_overview(request: Request, pemilihan: str) -> HTMLResponse:
    """Show the kept publications, open alarms and the newest changes."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        snapshots = await list_snapshots(session, pemilihan_id=contest.id)
        alarms = await list_alarms(session, pemilihan_id=contest.id, open_only=True, limit=FRONT)
        changes = await list_changes(session, pemilihan_id=contest.id, limit=FRONT, newest=True)
        recaps = await count_recaps(session, pemilihan_id=contest.id)
        places = await find_places(session, [*(one.kode for one in alarms), *(one.tps_kode for one in changes)])
    return render(
        request,
        "official.html",
        contest=contest,
        snapshots=snapshots[:PAGE],
        alarms=alarms,
        lines=[make_line(contest, one) for one in changes],
        recaps=recaps,
        places=places,
        names=name_all(contest),
    )


@router.get("/resmi/{pemilihan}/perubahan", dependencies=[public()])
async def show_changes(
    request: Request, pemilihan: str, wilayah: Place = "", jenis: Words = "", sebelum: Cursor = 0
) -> HTMLResponse:
    """Show the diff feed, the newest first, page by page; what makes no sense as a kind counts as not filled in."""
    kind = ChangeKind(jenis) if jenis in set(ChangeKind) else None
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        region = await _find_region(session, wilayah.strip())
        changes = await list_changes(
            session,
            pemilihan_id=contest.id,
            limit=PAGE + 1,
            wilayah=region,
            kinds=(kind,) if kind else AFTER_THE_FIRST,
            newest=True,
            before=sebelum or None,
        )
        places = await find_places(session, [one.tps_kode for one in changes])
        regions = await get_path(session, kode=region)
    return render(
        request,
        "official_changes.html",
        contest=contest,
        lines=[make_line(contest, one) for one in changes[:PAGE]],
        following=changes[PAGE - 1].id if len(changes) > PAGE else None,
        places=places,
        regions=regions,
        asked={"wilayah": "" if region == NATION else region, "jenis": jenis if kind else ""},
        kinds=tuple(ChangeKind),
        first=not sebelum,
    )


@router.get("/resmi/{pemilihan}/tanda", dependencies=[public()])
async def show_alarms(
    request: Request, pemilihan: str, wilayah: Place = "", semua: Words = "", sebelum: Cursor = 0
) -> HTMLResponse:
    """Show the alarms, the newest first; ``semua=1`` with those that are closed."""
    return await _show_alarms(request, pemilihan, wilayah=wilayah, everything=semua == "1", before=sebelum)


@router.post("/resmi/tanda/{alarm_id}")
async def post_closing(
    request: Request,
    alarm_id: RowId,
    reviewer: Annotated[Principal, signed_in(Role.REVIEWER)],
    alasan: Annotated[str, Form(max_length=REASON_MAX)] = "",
) -> Response:
    """Close an alarm with a reason and show the list."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, id=await get_alarm_contest(session, alarm_id=alarm_id))
    try:
        async with request.app.state.sessions.begin() as session:
            await close_alarm(session, alarm_id=alarm_id, account_id=reviewer.account_id, reason=alasan)
    except NotFoundError:
        raise
    except RunutError as error:
        return await _show_alarms(request, contest.kode, error=error)
    words = {"semua": "1"} | ({"bahasa": "en"} if choose_language(request) == "en" else {})
    return RedirectResponse(f"/resmi/{contest.kode}/tanda?{urlencode(words)}", status_code=303)


@router.get("/resmi/{pemilihan}/tps/{tps_kode}", dependencies=[public()])
async def show_tps(request: Request, pemilihan: str, tps_kode: str) -> HTMLResponse:
    """Show everything that the authority ever published of one TPS, with what changed."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        kode = parse_kode(tps_kode).text
        history = await list_official_history(session, pemilihan_id=contest.id, tps_kode=kode)
        changes = await list_tps_changes(session, pemilihan_id=contest.id, tps_kode=kode)
        places = await find_places(session, [kode])
    if not history:
        raise NotFoundError(
            f"Belum ada angka resmi untuk TPS {kode}. (No official figures of TPS {kode} are known.)",
            "Periksa kodenya, atau kembali nanti. (Check the code, or come back later.)",
        )
    shown = list(reversed(history))
    rows = [
        (name, [one.numbers[place] for one in shown])
        for place, (field, name) in enumerate(name_all(contest).items())
        if field in contest.official_names
    ]
    return render(
        request,
        "official_tps.html",
        contest=contest,
        kode=kode,
        place=places[kode],
        history=shown,
        rows=[(name, numbers) for name, numbers in rows if any(number is not None for number in numbers)],
        kinds={one.id: one.kind for one in changes},
    )


async def _show_alarms(
    request: Request,
    pemilihan: str,
    *,
    wilayah: str = "",
    everything: bool = False,
    before: int = 0,
    error: RunutError | None = None,
) -> HTMLResponse:
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        region = await _find_region(session, wilayah.strip())
        found: Sequence[Alarm] = await list_alarms(
            session,
            pemilihan_id=contest.id,
            wilayah=region,
            open_only=not everything,
            before=before or None,
            limit=PAGE + 1,
        )
        places = await find_places(session, [one.kode for one in found])
        regions = await get_path(session, kode=region)
    return render(
        request,
        "official_alarms.html",
        status=error.status if error else 200,
        contest=contest,
        alarms=found[:PAGE],
        following=found[PAGE - 1].id if len(found) > PAGE else None,
        places=places,
        regions=regions,
        names=name_all(contest),
        asked={"wilayah": "" if region == NATION else region, "semua": "1" if everything else ""},
        reason_max=REASON_MAX,
        error=error,
    )


async def _find_contest(session: AsyncSession, kode: str) -> Contest:
    if kode:
        return await get_contest(session, kode=kode)
    known = [contest for contest in await list_contests(session) if contest.official_names]
    if not known:
        raise NotFoundError("Belum ada pemilihan. (There is no contest yet.)", "Kembali nanti. (Come back later.)")
    return known[0]


async def _find_region(session: AsyncSession, wilayah: str) -> str:
    """Return the code of a region that is known; without one the nation's."""
    if not wilayah:
        return NATION
    kode = parse_kode(wilayah).text
    await get_path(session, kode=kode)
    return kode


def make_line(contest: Contest, change: Change) -> ChangeLine:
    """Return a change with the names of the numbers that are not as they were."""
    before = change.before or (None,) * len(change.after)
    moved = [
        Moved(name_briefly(contest, field), before[place], change.after[place])
        for place, field in enumerate(contest.fields)
        if before[place] != change.after[place]
    ]
    images = change.images_before is not None and change.images_before != change.images_after
    return ChangeLine(change, tuple(moved[:SHOWN_FIELDS]), len(moved[SHOWN_FIELDS:]), images)


def name_all(contest: Contest) -> dict[str, str]:
    """Return the words for every field."""
    return {field: name_briefly(contest, field) for field in contest.fields}
