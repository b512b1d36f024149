"""The page of differences, with filters."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.core.access import public
from app.discrepancy.kinds import GROUPS, Group, Kind
from app.discrepancy.listing import Order, list_discrepancies
from app.discrepancy.models import LIVES, SEVERITIES, Life, Severity
from app.pemilu.definition import Contest
from app.pemilu.service import get_contest, list_contests
from app.reports.asking import StateWord, make_filter
from app.reports.regions import find_places
from app.tally.holding import is_held
from app.web import discrepancy_words as words
from app.web.home import top_of
from app.web.rendering import WIB, render
from app.web.trail import make_trail
from app.web.words import name_briefly
from app.wilayah.codes import NATION, parse_kode
from app.wilayah.service import get_path, list_children

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PAGE = 50
BIGGEST = 2**31 - 1


class DiscrepancyForm:
    """The filter as the page's form sends it: anything that makes no sense counts as not filled in."""

    def __init__(
        self,
        *,
        wilayah: str = "",
        kind: str = "",
        state: str = "open",
        field: str = "",
        min_size: str = "",
        order: str = "size",
        offset: str = "",
        group: str = "difference",
        severity: str = "",
        life: str = "",
        dari: str = "",
        sampai: str = "",
    ) -> None:
        self.wilayah = wilayah.strip()
        self.kind = Kind(kind) if kind in set(Kind) else None
        self.state: StateWord = state if state in get_args(StateWord) else "open"  # type: ignore[assignment]
        self.field = field[:100]
        self.min_size = _read_count(min_size)
        self.order: Order = "newest" if order == "newest" else "size"
        self.offset = _read_count(offset)
        self.group: Group = group if group in GROUPS else "difference"
        self.severity: Severity | None = severity if severity in SEVERITIES else None
        self.life: Life | None = life if life in LIVES else None
        self.dari, self.sampai = _read_day(dari), _read_day(sampai)

    @property
    def is_detailed(self) -> bool:
        """Tell whether something is filled in that the page keeps folded away."""
        rare = (self.field, self.min_size, self.severity, self.life, self.dari, self.sampai, self.order != "size")
        return any(rare)

    def as_query(self) -> dict[str, object]:
        """Return what an address needs to ask the same again; what is as usual is left out."""
        return {
            "wilayah": self.wilayah,
            "kind": self.kind or "",
            "state": "" if self.state == "open" else self.state,
            "field": self.field,
            "min_size": self.min_size or "",
            "group": "" if self.group == "difference" else self.group,
            "severity": self.severity or "",
            "life": self.life or "",
            "dari": self.dari.date().isoformat() if self.dari else "",
            "sampai": self.sampai.date().isoformat() if self.sampai else "",
        }

    def as_download(self) -> dict[str, object]:
        """Return the same for the downloads, which name moments in their own way."""
        asked = {name: value for name, value in self.as_query().items() if name not in {"dari", "sampai"}}
        if self.dari:
            asked["opened_from"] = self.dari.isoformat()
        if self.sampai:
            asked["opened_before"] = (self.sampai + timedelta(days=1)).isoformat()
        return asked


def _read_count(text: str) -> int:
    return min(int(text), BIGGEST) if text.isascii() and text.isdigit() and len(text) <= len(str(BIGGEST)) else 0


def _read_day(text: str) -> datetime | None:
    """Return the beginning of a day in Jakarta; None for what is no day."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), WIB)
    except ValueError:
        return None


@router.get("/selisih", dependencies=[public()])
async def show_contests(request: Request) -> Response:
    """Lead to the contest whose official figures are known; to the front page when there is none or several."""
    async with request.app.state.sessions.begin() as session:
        contests = [contest for contest in await list_contests(session) if contest.official_names]
    query = f"?{request.url.query}" if request.url.query else ""
    target = f"/selisih/{contests[0].kode}" if len(contests) == 1 else "/"
    return RedirectResponse(f"{target}{query}", status_code=303)


@router.get("/selisih/{pemilihan}", dependencies=[public()])
async def show_discrepancies(
    request: Request, pemilihan: str, form: Annotated[DiscrepancyForm, Depends()]
) -> HTMLResponse:
    """Show the differences that the form lets through, and links to all of them as CSV."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        region = parse_kode(form.wilayah).text if form.wilayah else NATION
        regions = await get_path(session, kode=region)
        if is_held(contest):
            return render(request, "not_yet.html", contest=contest, trail=make_trail(contest, regions))
        filters = await make_filter(
            session,
            pemilihan=contest.kode,
            wilayah=region,
            kind=form.kind,
            state=form.state,
            field=form.field,
            min_size=form.min_size,
            group=form.group,
            severity=form.severity,
            life=form.life,
            opened_from=form.dari,
            opened_before=form.sampai + timedelta(days=1) if form.sampai else None,
        )
        page = await list_discrepancies(session, filters=filters, order=form.order, limit=PAGE, offset=form.offset)
        places = await find_places(session, (item.tps_kode for item in page.items if item.group != "ladder"))
        areas = {
            item.tps_kode: await get_path(session, kode=item.tps_kode) for item in page.items if item.group == "ladder"
        }
        below = await list_children(session, kode=region)
    return render(
        request,
        "discrepancies.html",
        contest=contest,
        form=form,
        page=page,
        places=places,
        areas=areas,
        words=words,
        regions=regions,
        top=top_of(contest) if region == NATION else region,
        below=below,
        fields=_list_fields(contest),
        names={item.id: words.name_difference(contest, item) for item in page.items},
        following=page.offset + PAGE if page.offset + PAGE < page.totals.count else None,
    )


def _list_fields(contest: Contest) -> list[tuple[str, str]]:
    """Return (field, words) of everything that the authority publishes."""
    return [(field, name_briefly(contest, field)) for field in contest.fields if field in contest.official_names]
