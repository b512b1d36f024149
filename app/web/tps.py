"""The page of one TPS: what is accepted, from which photographs, by which decisions, and what the authority says."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.access import public
from app.discrepancy.listing import DiscrepancyView, list_tps_discrepancies
from app.intake.service import PhotoView, get_photo
from app.lapor.categories import load_categories
from app.lapor.listing import list_public_cases
from app.official.service import OfficialFigures, list_official_history
from app.pemilu.definition import Contest, Section
from app.pemilu.service import get_contest
from app.tally.service import ResultView, get_result
from app.verification.review.flags import list_flags
from app.verification.sentences import Sentence, explain
from app.verification.service import SectionView, view_sections
from app.verification.views import may_publish
from app.web.beside import Seen, load_beside
from app.web.decisions import PastDecision, list_decisions
from app.web.discrepancy_words import name_difference
from app.web.rendering import render
from app.web.trail import Step, make_trail
from app.web.words import name_briefly, name_field
from app.wilayah.codes import parse_kode
from app.wilayah.service import get_path

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True)
class NumberRow:
    """One field: accepted number, official figure, and the photograph whose boxes show it (None: not decided)."""

    field: str
    nama: str
    ours: int | None
    official: int | None
    photo_id: int | None

    @property
    def differs(self) -> bool:
        """Tell whether both are known and not the same."""
        return self.ours is not None and self.official is not None and self.ours != self.official


@dataclass(frozen=True)
class SectionPart:
    """One section of the contest as the page shows it; ``view`` is None while nothing was read.

    ``photos`` in the order of the form's pages, each once; ``documents`` by id: what those of the photographs were made
    from that were not sent as pictures.
    """

    section: Section
    view: SectionView | None
    rows: tuple[NumberRow, ...]
    photos: tuple[PhotoView, ...]
    documents: dict[int, PhotoView]

    @property
    def rows_shown(self) -> tuple[NumberRow, ...]:
        """Return the rows that have something to say: a number on either side, or the boxes it was read from."""
        return tuple(row for row in self.rows if (row.ours, row.official, row.photo_id) != (None, None, None))


@dataclass(frozen=True)
class TpsPage:
    """Everything that the page shows."""

    result: ResultView
    trail: tuple[Step, ...]
    parts: tuple[SectionPart, ...]
    official: tuple[OfficialFigures, ...]
    differences: tuple[DiscrepancyView, ...]
    names: dict[int, str]
    decisions: tuple[PastDecision, ...]
    flags: tuple[Sentence, ...]


@router.get("/tps/{pemilihan}/{kode}", dependencies=[public()])
async def show_tps(request: Request, pemilihan: str, kode: str) -> HTMLResponse:
    """Show one TPS in one contest."""
    async with request.app.state.sessions.begin() as session:
        contest = await get_contest(session, kode=pemilihan)
        tps_kode = parse_kode(kode).text
        if not may_publish(contest):
            trail = make_trail(contest, await get_path(session, kode=tps_kode))
            return render(request, "not_yet.html", contest=contest, trail=trail)
        page = await _load_page(session, contest, tps_kode)
        reports = await list_public_cases(session, tps_kode=tps_kode)
    beside = await _load_beside(request, page) if request.app.state.settings.read_beside else {}
    return render(
        request,
        "tps.html",
        page=page,
        contest=contest,
        explain=explain,
        brief=name_briefly,
        reports=reports,
        beside=beside,
        categories={one.code: one for one in load_categories()},
    )


async def _load_page(session: AsyncSession, contest: Contest, tps_kode: str) -> TpsPage:
    result = await get_result(session, contest=contest, tps_kode=tps_kode)
    official = await list_official_history(session, pemilihan_id=contest.id, tps_kode=tps_kode)
    views = await view_sections(session, contest=contest, tps_kode=tps_kode)
    differences = await list_tps_discrepancies(session, pemilihan_id=contest.id, tps_kode=tps_kode)
    figures = dict(zip(contest.fields, official[0].numbers, strict=True)) if official else {}
    return TpsPage(
        result=result,
        trail=make_trail(contest, await get_path(session, kode=tps_kode)),
        parts=tuple(
            [await _make_part(session, contest, section, views, (result, figures)) for section in contest.sections]
        ),
        official=tuple(official),
        differences=differences,
        names={item.id: name_difference(contest, item) for item in differences},
        decisions=await list_decisions(session, contest=contest, tps_kode=tps_kode),
        flags=await list_flags(session, pemilihan_id=contest.id, tps_kode=tps_kode),
    )


async def _load_beside(request: Request, page: TpsPage) -> dict[str, dict[str, Seen]]:
    """Return what strokes and words seem to say, of accepted sections only: nobody is asked to read these."""
    accepted = [
        part
        for part in page.parts
        if part.view is not None and part.view.decision is not None and part.view.decision.outcome == "accept"
    ]
    found = {}
    for part in accepted:
        photos = {row.field: row.photo_id for row in part.rows if row.photo_id is not None}
        found[part.section.kode] = await load_beside(request.app.state.storage, photos, part.section.fields)
    return found


async def _make_part(
    session: AsyncSession,
    contest: Contest,
    section: Section,
    views: Sequence[SectionView],
    known: tuple[ResultView, dict[str, int | None]],
) -> SectionPart:
    """Put one section together. ``known``: our result and the official figures by field."""
    result, figures = known
    view = next((one for one in views if one.section == section.kode and one.round == result.round), None)
    shown = view.decision.photos if view is not None and view.decision is not None else {}
    page_of = {field: page for page, fields in section.pages.items() for field in fields}
    rows = tuple(
        NumberRow(
            field=field,
            nama=name_field(contest, field),
            ours=result.numbers[field],
            official=figures.get(field),
            photo_id=shown.get(page_of[field]),
        )
        for field in section.fields
    )
    ids = dict.fromkeys(photo_id for _, photo_id in sorted(shown.items()))  # a sheet may show several pages' fields
    photos = tuple([await get_photo(session, photo_id=photo_id) for photo_id in ids])
    parents = {photo.parent_id for photo in photos if photo.parent_id is not None}
    documents = {parent: await get_photo(session, photo_id=parent) for parent in sorted(parents)}
    return SectionPart(section, view, rows, photos, documents)
