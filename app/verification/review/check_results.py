"""Results that rest on one uploader are compared with what is known around them; what is far goes to a reviewer.

It changes no number. A case of this kind settles itself when a second source carries the result, or when the result or
what it was compared with has changed so that it is far no longer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.official.service import list_official
from app.pemilu.definition import Contest
from app.verification.review.cases import Finding, open_cases
from app.verification.review.far_from import Far, far_from
from app.verification.review.models import Kind
from app.verification.review.watch import settle_cases
from app.wilayah.noken import may_use_noken

DPT_FIELD = "pemilih_dpt_j"
"""Men and women on the voters' list, as the forms print it."""

AGAIN_AT = frozenset({6, 12, 24, 48})
"""With so many accepted results in a village all of them are looked at again: the first had no neighbours yet."""

FAR_KINDS: tuple[Kind, Kind] = ("far_from_official", "far_from_neighbours")

_ACCEPTED = text(
    """SELECT r.tps_kode, r.kelurahan, r.round, r.numbers, r.source_class FROM result r
       WHERE r.pemilihan_id = :pemilihan AND r.current AND r.state = 'accepted' AND r.kelurahan IN (
         SELECT t.kelurahan FROM tps t WHERE t.kode = ANY(CAST(:tps AS text[])))
       ORDER BY r.tps_kode"""
)
_SECTIONS = text(
    """SELECT s.id, s.tps_kode, s.round, s.section, ARRAY(
                SELECT c.kind FROM review_case c WHERE c.section_id = s.id AND c.state IN ('open', 'looked_at')) AS open
       FROM tps_section s WHERE s.pemilihan_id = :pemilihan AND s.tps_kode = ANY(CAST(:tps AS text[]))"""
)


@dataclass(frozen=True)
class _Section:
    """A section of one of the TPS, and the kinds of cases that are open about it."""

    id: int
    open: frozenset[str]


Sections = Mapping[tuple[str, int, str], _Section]
"""By TPS, round and name."""


@dataclass(frozen=True)
class _Known:
    """An accepted result. ``votes``: choice field -> number; ``dpt`` is null while page 1 is not accepted."""

    tps_kode: str
    kelurahan: str
    round: int
    votes: Mapping[str, int]
    dpt: int | None
    one_source: bool


async def check_results(session: AsyncSession, *, contest: Contest, tps_kodes: Sequence[str]) -> int:
    """Open or settle the cases of these TPS, and of their villages where there is news for all.

    Doing it twice changes nothing. Returns how many results were found to be far.
    """
    villages = await _load_villages(session, contest, tps_kodes)
    asked = set(tps_kodes)
    looked = [one for known in villages.values() for one in known if one.tps_kode in asked or len(known) in AGAIN_AT]
    sections = await _load_sections(session, contest, asked | {one.tps_kode for one in looked})
    weak = [one for one in looked if one.one_source]
    official = await _load_official(session, contest, [one.tps_kode for one in weak])
    seen = [(one, _look(one, villages[one.kelurahan], official.get(one.tps_kode, {}))) for one in weak]
    made = [_make_finding(contest, one, far, sections) for one, far in seen if far is not None]
    findings = [one for one in made if one is not None]
    await open_cases(session, findings=findings)
    await _settle_others(session, sections, findings)
    return len(findings)


async def _load_villages(
    session: AsyncSession, contest: Contest, tps_kodes: Sequence[str]
) -> Mapping[str, Sequence[_Known]]:
    rows = await session.execute(_ACCEPTED, {"pemilihan": contest.id, "tps": list(tps_kodes)})
    villages: dict[str, list[_Known]] = defaultdict(list)
    for row in rows:
        numbers = dict(zip(contest.fields, row.numbers, strict=True))
        votes = {one.field: numbers[one.field] for one in contest.choices if numbers[one.field] is not None}
        known = _Known(
            tps_kode=row.tps_kode,
            kelurahan=row.kelurahan,
            round=row.round,
            votes=votes,
            dpt=numbers.get(DPT_FIELD),
            one_source=row.source_class == "one_uploader",
        )
        villages[row.kelurahan].append(known)
    return villages


async def _load_sections(session: AsyncSession, contest: Contest, tps_kodes: Iterable[str]) -> Sections:
    rows = await session.execute(_SECTIONS, {"pemilihan": contest.id, "tps": sorted(tps_kodes)})
    return {(row.tps_kode, row.round, row.section): _Section(row.id, frozenset(row.open)) for row in rows}


async def _load_official(
    session: AsyncSession, contest: Contest, tps_kodes: Sequence[str]
) -> Mapping[str, Mapping[str, int | None]]:
    if not tps_kodes:
        return {}
    found = await list_official(session, pemilihan_id=contest.id, tps_kodes=tps_kodes)
    return {one.tps_kode: dict(zip(contest.fields, one.numbers, strict=True)) for one in found}


def _look(one: _Known, village: Sequence[_Known], official: Mapping[str, int | None]) -> Far | None:
    same = [other.votes for other in village if other is not one and other.votes.keys() == one.votes.keys()]
    near = [] if may_use_noken(one.kelurahan) else same
    return far_from(one.votes, official, one.dpt, near) if one.votes else None


def _make_finding(contest: Contest, one: _Known, far: Far, sections: Sections) -> Finding | None:
    """Return the case of the section that holds the first of the odd numbers."""
    name = next(section.kode for section in contest.sections if far.fields[0] in section.fields)
    section = sections.get((one.tps_kode, one.round, name))
    if section is None:
        return None
    facts = {"fields": sorted(far.fields), "size": far.size, "probability": far.probability}
    kind: Kind = "far_from_official" if far.why == "official_differs" else "far_from_neighbours"
    return Finding(kind, f"section/{section.id}", far.why, facts)


async def _settle_others(session: AsyncSession, sections: Sections, findings: Sequence[Finding]) -> None:
    """Close what was opened about these sections and is not found any more."""
    for kind in FAR_KINDS:
        far = {one.subject for one in findings if one.kind == kind}
        over = [one.id for one in sections.values() if kind in one.open and f"section/{one.id}" not in far]
        await settle_cases(session, section_ids=over, kinds=(kind,), why="no_longer_far")
