"""Packs as people ask for them: order one, see how far it is, find it again. Nothing here commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError, TooManyRequestsError
from app.core.jobs import enqueue
from app.pemilu.definition import Contest
from app.pemilu.publication import check_public
from app.reports.evidence.load import require_accepted
from app.reports.evidence.models import EvidencePack
from app.tally.service import get_result, get_tally
from app.wilayah.codes import parse_kode

JOB = "make_evidence"
BEHIND = -1
"""Priority of the job: behind all that people wait for."""
WAITING_MAX = 50
"""Packs that may wait to be made, of all who ask together."""
LISTED = 10

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
# A photograph is open to everybody while a standing decision rests on it; see web/pictures.
_CLOSED = text(
    """SELECT p.id FROM unnest(CAST(:photos AS bigint[])) AS wanted (id) JOIN photo p USING (id)
       WHERE p.state <> 'read' OR NOT EXISTS (
         SELECT FROM tps_section s JOIN decision d ON d.section_id = s.id
         WHERE s.pemilihan_id = p.pemilihan_id AND s.tps_kode = p.tps_kode
           AND d.state = 'current' AND d.outcome = 'accept'
           AND EXISTS (SELECT FROM jsonb_each_text(d.explanation -> 'photos') shown WHERE shown.value = p.id::text))
       LIMIT 1"""
)


@dataclass(frozen=True)
class PackView:
    """A pack and how far it is. ``state``: asked, making, ready, failed; hashes and times once it is ready."""

    id: int
    pemilihan_id: int
    kode: str
    state: str
    done: int
    total: int
    left_out: int
    state_sha256: str | None
    sha256: str | None
    byte_count: int
    as_of: datetime | None
    asked_at: datetime
    ready_at: datetime | None
    checked_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Tell whether it is still to be made."""
        return self.state in {"asked", "making"}


def pack_key(sha256: str) -> str:
    """Return where a pack lies in the object store."""
    return f"evidence/{sha256[:2]}/{sha256}.zip"


async def ask_pack(session: AsyncSession, *, contest: Contest, kode: str) -> PackView:
    """Order a pack of a TPS or region, or return the one that is being made already.

    Raises:
        NotYetPublicError: the contest's numbers are held back.
        KodeError, NotFoundError, OutsideContestError: no such place, or nobody there votes in the contest.
        NothingAcceptedError: no number of it is accepted yet.
        TooManyRequestsError: too many packs wait.
    """
    check_public(contest)
    place = parse_kode(kode)
    if place.tingkat == "tps":
        result = await get_result(session, contest=contest, tps_kode=place.text)
        require_accepted(place.text, int(result.state == "accepted"))
    else:
        tally = await get_tally(session, contest=contest, kode=place.text)
        require_accepted(place.text, tally.tps_accepted)
    # Of two who ask at once the second waits here and finds the first one's row.
    await session.execute(_LOCK, {"name": f"evidence/{contest.id}/{place.text}"})
    waiting = await session.scalar(_select_open(contest, place.text))
    if waiting is not None:
        return view_pack(waiting)
    await _require_room(session)
    row = EvidencePack(pemilihan_id=contest.id, kode=place.text)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await enqueue(session, JOB, {"pack_id": row.id}, priority=BEHIND)
    return view_pack(row)


async def _require_room(session: AsyncSession) -> None:
    waiting = select(func.count()).select_from(EvidencePack).where(EvidencePack.state.in_(("asked", "making")))
    if ((await session.scalar(waiting)) or 0) >= WAITING_MAX:
        raise TooManyRequestsError(
            "Terlalu banyak berkas bukti sedang menunggu dibuat. (Too many evidence packs wait to be made.)",
            "Coba lagi beberapa menit lagi. (Try again in some minutes.)",
            retry_after=120,
        )


async def list_packs(session: AsyncSession, *, contest: Contest, kode: str) -> tuple[PackView, ...]:
    """Return the packs of a place, the one last asked for first; those that failed are passed over.

    Raises:
        NotYetPublicError: the contest's numbers are held back.
    """
    check_public(contest)
    newest = func.coalesce(EvidencePack.checked_at, EvidencePack.at).desc()
    query = select(EvidencePack).where(
        EvidencePack.pemilihan_id == contest.id,
        EvidencePack.kode == parse_kode(kode).text,
        EvidencePack.state != "failed",
    )
    rows = await session.scalars(query.order_by(newest, EvidencePack.id.desc()).limit(LISTED))
    return tuple(view_pack(row) for row in rows)


async def find_ready_pack(session: AsyncSession, *, contest: Contest, kode: str, sha256: str) -> PackView:
    """Return a finished pack that anybody may have now.

    Raises:
        NotYetPublicError: the contest's numbers are held back.
        NotFoundError: there is none of this hash, or a photograph in it is no longer open to everybody.
    """
    check_public(contest)
    query = select(EvidencePack).where(
        EvidencePack.pemilihan_id == contest.id,
        EvidencePack.kode == parse_kode(kode).text,
        EvidencePack.sha256 == sha256,
    )
    row = (await session.scalars(query.limit(1))).first()
    closed = None if row is None else (await session.execute(_CLOSED, {"photos": row.photo_ids})).scalar()
    if row is None or closed is not None:
        raise no_such_pack()
    return view_pack(row)


def no_such_pack() -> NotFoundError:
    """Return the error of a pack that is not there, or no longer for everybody."""
    return NotFoundError(
        "Berkas bukti ini tidak ada atau isinya tidak berlaku lagi. "
        "(There is no such pack, or what it shows no longer stands.)",
        "Mintalah berkas yang baru. (Ask for a new one.)",
    )


def _select_open(contest: Contest, kode: str) -> Select[EvidencePack]:
    return select(EvidencePack).where(
        EvidencePack.pemilihan_id == contest.id,
        EvidencePack.kode == kode,
        EvidencePack.state.in_(("asked", "making")),
    )


def view_pack(row: EvidencePack) -> PackView:
    """Return the view of a row."""
    return PackView(
        id=row.id,
        pemilihan_id=row.pemilihan_id,
        kode=row.kode,
        state=row.state,
        done=row.done,
        total=row.total,
        left_out=row.left_out,
        state_sha256=row.state_sha256,
        sha256=row.sha256,
        byte_count=row.byte_count,
        as_of=row.as_of,
        asked_at=row.at,
        ready_at=row.ready_at,
        checked_at=row.checked_at,
    )
