"""Gather the facts of a pack from the packages that own them; what none of them offers is asked here, read only."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import ConflictError
from app.discrepancy.listing import list_tps_discrepancies
from app.official.service import OfficialFigures, list_official_history
from app.pemilu.definition import Contest
from app.pemilu.field_names import name_field
from app.pemilu.models import Pemilu
from app.reports.evidence.choose import Choice
from app.reports.evidence.facts import (
    DecisionFact,
    DifferenceFact,
    EntryFact,
    NumberFact,
    OfficialFact,
    PackFacts,
    ReadingFact,
    SectionFact,
    TpsFacts,
)
from app.reports.evidence.load_photos import load_photos
from app.tally.service import ResultView, get_result
from app.transparency.key_record import find_recorded_key
from app.transparency.models import LogEntry
from app.verification.consensus import RULE_VERSION
from app.verification.models import Decision, TpsSection
from app.verification.sentences import explain
from app.verification.service import SectionView, view_sections
from app.verification.views import DecisionView
from app.wilayah.codes import NATION, parse_kode
from app.wilayah.service import get_path

_ONE_MOMENT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


class NothingAcceptedError(ConflictError):
    """There is no accepted number yet, so there is nothing to prove anything with."""

    code = "nothing_accepted"


def require_accepted(kode: str, count: int) -> None:
    """Refuse a place of which nothing is accepted.

    Raises:
        NothingAcceptedError: ``count``, of its TPS with accepted numbers, is 0.
    """
    if count == 0:
        raise NothingAcceptedError(
            f"Belum ada angka yang diterima di {kode}. (Nothing is accepted in {kode} yet.)",
            "Kembali setelah fotonya dibaca dan disepakati. (Come back once its photographs are decided.)",
        )


async def freeze_moment(session: AsyncSession) -> None:
    """Let everything that this transaction reads be of one moment; to be its first statement."""
    await session.execute(_ONE_MOMENT)


async def load_frame(session: AsyncSession, *, contest: Contest, kode: str, choice: Choice) -> PackFacts:
    """Return a pack's facts without those of its TPS.

    Raises:
        NothingAcceptedError: no TPS of the place has accepted numbers.
    """
    require_accepted(kode, len(choice.tps))
    is_tps = parse_kode(kode).tingkat == "tps"
    path = await get_path(session, kode=kode)
    day = await session.get(Pemilu, contest.pemilu)
    return PackFacts(
        pemilihan=contest.kode,
        pemilihan_nama=contest.nama,
        jenis=contest.jenis,
        tanggal=day.tanggal.isoformat() if day else "",
        kode=kode,
        path=tuple(region.nama for region in path if region.kode != NATION or not is_tps),
        fields=contest.fields,
        rule_version=RULE_VERSION,
        receipt_key=await find_recorded_key(session),
        tps_accepted=choice.accepted,
        tps_standing=choice.standing,
        left_out=choice.left_out,
        left_out_count=choice.left_out_count,
        tps=(),
    )


async def load_tps(session: AsyncSession, *, contest: Contest, tps_kode: str) -> TpsFacts:
    """Return everything about one TPS."""
    result = await get_result(session, contest=contest, tps_kode=tps_kode)
    views = {
        view.section: view
        for view in await view_sections(session, contest=contest, tps_kode=tps_kode)
        if view.round == result.round
    }
    official = await list_official_history(session, pemilihan_id=contest.id, tps_kode=tps_kode)
    decisions = await _list_decisions(session, contest, tps_kode)
    photos = await load_photos(session, photo_ids=_list_photo_ids(views.values()))
    differences = await _list_differences(session, contest, tps_kode)
    numbers = {
        *(one.log_entry_id for view in views.values() for one in view.commitments),
        *(photo.receipt["receipt"] for photo in photos if photo.receipt is not None),
        *(one.entry for one in decisions),
        *(one.log_entry_id for one in official),
        *(one.entry for one in differences),
    }
    return TpsFacts(
        kode=result.tps_kode,
        nomor=result.nomor,
        path=tuple(one.nama for one in await get_path(session, kode=tps_kode) if one.kode != NATION),
        round=result.round,
        state=result.state,
        source_class=result.source_class,
        flags=result.flags,
        numbers=tuple(_list_numbers(contest, result, official, views)),
        photos=photos,
        sections=tuple(_view_section(contest, views[one.kode]) for one in contest.sections if one.kode in views),
        decisions=decisions,
        official=tuple(_view_official(one) for one in official),
        differences=differences,
        entries=await _list_entries(session, {number for number in numbers if number is not None}),
    )


def _accepted(view: SectionView) -> DecisionView | None:
    return view.decision if view.decision is not None and view.decision.outcome == "accept" else None


def _list_photo_ids(views: Iterable[SectionView]) -> list[int]:
    found = (photo for view in views if (decision := _accepted(view)) for _, photo in sorted(decision.photos.items()))
    return list(dict.fromkeys(found))


def _list_numbers(
    contest: Contest, result: ResultView, official: Sequence[OfficialFigures], views: dict[str, SectionView]
) -> Iterable[NumberFact]:
    latest = official[0].numbers if official else (None,) * len(contest.fields)
    for section in contest.sections:
        decision = _accepted(views[section.kode]) if section.kode in views else None
        photos = decision.photos if decision is not None else {}
        page_of = {field: page for page, fields in section.pages.items() for field in fields}
        for field in section.fields:
            yield NumberFact(
                field=field,
                nama=name_field(contest, field),
                section=section.kode,
                ours=result.numbers[field],
                official=latest[contest.places[field]],
                photo_id=photos.get(page_of[field]),
            )


def _view_section(contest: Contest, view: SectionView) -> SectionFact:
    decision = view.decision
    nama = contest.section(view.section).nama
    if decision is None:
        says = (explain(view.why).id,) if view.why else ()
        return SectionFact(view.section, nama, view.state, None, None, None, (), {}, None, None, says, {}, ())
    return SectionFact(
        section=view.section,
        nama=nama,
        state=view.state,
        outcome=decision.outcome,
        rule_version=decision.rule_version,
        source_class=decision.source_class,
        flags=decision.flags,
        posterior_wrong=decision.posterior_wrong,
        decided_at=decision.at,
        entry=decision.log_entry_id,
        says=tuple(explain(code).id for code in decision.sentences),
        reasons={field: tuple(one.id for one in lines) for field, lines in decision.reasons.items()},
        readings=tuple(
            ReadingFact(one.photo_id, one.page, one.mode, one.reader, one.numbers, one.commitment, one.salt)
            for one in decision.readings
        ),
    )


def _view_official(one: OfficialFigures) -> OfficialFact:
    return OfficialFact(
        published_at=one.published_at,
        imported_at=one.imported_at,
        snapshot=one.snapshot_name,
        snapshot_sha256=one.snapshot_sha256,
        numbers=one.numbers,
        images=one.images,
        entry=one.log_entry_id,
    )


async def _list_decisions(session: AsyncSession, contest: Contest, tps_kode: str) -> tuple[DecisionFact, ...]:
    query = (
        select(Decision, TpsSection.section, TpsSection.round)
        .join(TpsSection, TpsSection.id == Decision.section_id)
        .where(TpsSection.pemilihan_id == contest.id, TpsSection.tps_kode == tps_kode)
        .order_by(Decision.id)
    )
    return tuple(
        DecisionFact(section, round_, one.outcome, one.state, one.rule_version, one.at, one.ended_at, one.log_entry_id)
        for one, section, round_ in await session.execute(query)
    )


async def _list_differences(session: AsyncSession, contest: Contest, tps_kode: str) -> tuple[DifferenceFact, ...]:
    found = await list_tps_discrepancies(session, pemilihan_id=contest.id, tps_kode=tps_kode)
    return tuple(
        DifferenceFact(
            kind=str(one.kind),
            field=one.field,
            ours=one.ours,
            official=one.official,
            difference=one.difference,
            state=one.state,
            opened_at=one.opened_at,
            closed_at=one.closed_at,
            closed_reason=one.closed_reason,
            entry=one.opened_entry_id,
        )
        for one in sorted(found, key=lambda one: one.id)
    )


async def _list_entries(session: AsyncSession, numbers: set[int]) -> tuple[EntryFact, ...]:
    query = select(LogEntry).where(LogEntry.id.in_(sorted(numbers))).order_by(LogEntry.id)
    return tuple(
        EntryFact(one.id, one.position, one.kind, one.subject, one.payload_sha256, one.at)
        for one in await session.scalars(query)
    )
