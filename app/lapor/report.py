"""Send a report, see what became of it, take it back. Nothing here commits."""

import re
import secrets
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidInputError, NotFoundError
from app.lapor.calling import call_reviewers
from app.lapor.categories import choose_category
from app.lapor.history import list_steps, note_step
from app.lapor.life import lock_case, set_state
from app.lapor.models import OPEN_STATES, LaporCase, LaporReport
from app.lapor.note import clean_note
from app.lapor.subject import Subject, find_subject
from app.lapor.views import ReportView

TOKEN_BYTES = 32
REPORTS_SHOWN = 50
TAKEN_BACK = "Semua laporannya ditarik oleh pelapornya. (Every report of it was taken back by who sent it.)"

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class SentReport:
    """A report that is kept. ``token``: the secret part of its address, known to its sender alone.

    ``first`` is false when this token had sent a report before; that one is meant then, and nothing was added.
    """

    token: str
    tps_kode: str
    first: bool


def make_token() -> str:
    """Return a new secret of 256 random bits, as it stands in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


async def send_report(
    session: AsyncSession,
    *,
    tps: str,
    photo_id: int | None,
    category: str,
    note: str,
    account_id: int | None,
    token: str | None = None,
) -> SentReport:
    """Keep a report; one of the same thing that still waits for an answer takes it in.

    ``token``: chosen by a sender who wants to be able to send twice without reporting twice (bad signal, two taps).

    Raises:
        NotFoundError: no such TPS, or not its photograph.
        InvalidInputError: category, note or token cannot be taken; nothing is kept.
    """
    token = _check_token(token)
    subject = await find_subject(session, tps=tps, photo_id=photo_id)
    chosen = choose_category(category, subject.about)
    words = clean_note(note, required=chosen.note_required)
    # Before the case: of two sendings at once the second must find the first and not join its case again.
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('lapor/' || :hash, 0))"
    await session.execute(text(lock), {"hash": hash_token(token)})
    if (known := await _find_row(session, token)) is not None:
        case = await session.get_one(LaporCase, known.case_id)
        return SentReport(token, case.tps_kode, first=False)
    case = await _join_case(session, subject, chosen.code)
    session.add(LaporReport(case_id=case.id, account_id=account_id, token_sha256=hash_token(token), note=words))
    await note_step(session, case=case, action="opened" if case.version == 1 else "joined")
    if case.version == 1:
        await call_reviewers(session, case=case)
    return SentReport(token, case.tps_kode, first=True)


def _check_token(token: str | None) -> str:
    if token is not None and not _TOKEN.fullmatch(token):
        raise InvalidInputError(
            "Kunci laporan ini tidak dapat dipakai. (This report's key cannot be used.)",
            "Muat ulang halamannya, atau kirim tanpa kunci: 43 huruf base64url dari 32 byte acak. "
            "(Reload the page, or send without: 43 letters, base64url of 32 random bytes.)",
            code="bad_token",
        )
    return token or make_token()


def hash_token(token: str) -> str:
    """Return the form in which a token is kept. A fast hash will do: the token has 256 random bits."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


async def _join_case(session: AsyncSession, subject: Subject, category: str) -> LaporCase:
    """Return the case that waits for an answer, one version on, or a new one; the unique index decides, not a look."""
    statement = (
        insert(LaporCase)
        .values(subject=subject.text, tps_kode=subject.tps_kode, photo_id=subject.photo_id, category=category)
        .on_conflict_do_update(
            index_elements=[LaporCase.subject, LaporCase.category],
            index_where=text(OPEN_STATES),
            set_={"version": LaporCase.version + 1, "changed_at": func.now()},
        )
        .returning(LaporCase)
    )
    return (await session.scalars(statement, execution_options={"populate_existing": True})).one()


async def get_report(session: AsyncSession, *, token: str) -> ReportView:
    """Return a report by the secret part of its address.

    Raises:
        NotFoundError: no report has it.
    """
    row = await _find_row(session, token)
    if row is None:
        raise _unknown()
    return await _view(session, row)


async def list_my_reports(session: AsyncSession, *, account_id: int) -> tuple[ReportView, ...]:
    """Return the newest reports that an account sent while signed in."""
    query = (
        select(LaporReport)
        .where(LaporReport.account_id == account_id)
        .order_by(LaporReport.id.desc())
        .limit(REPORTS_SHOWN)
    )
    return tuple([await _view(session, row) for row in await session.scalars(query)])


async def withdraw_report(session: AsyncSession, *, token: str) -> ReportView:
    """Take a report back: its note is deleted for good. A case that nobody else reported is closed by it.

    Taking back twice, or after the answer, changes nothing but the note.

    Raises:
        NotFoundError: no report has this token.
    """
    row = await _find_row(session, token)
    if row is None:
        raise _unknown()
    return await _withdraw(session, row)


async def withdraw_my_report(session: AsyncSession, *, report_id: int, account_id: int) -> ReportView:
    """Take back a report that this account sent while signed in; as :func:`withdraw_report`.

    Raises:
        NotFoundError: the account sent none of this number. Other people's are answered like numbers that do not exist.
    """
    query = select(LaporReport).filter_by(id=report_id, account_id=account_id)
    row = (await session.scalars(query)).one_or_none()
    if row is None:
        raise _unknown()
    return await _withdraw(session, row)


async def _withdraw(session: AsyncSession, row: LaporReport) -> ReportView:
    case = await lock_case(session, case_id=row.case_id)
    await session.refresh(row)
    if row.withdrawn_at is None:
        row.note, row.withdrawn_at = None, (await session.execute(select(func.now()))).scalar_one()
        case.version += 1
        await note_step(session, case=case, action="withdrawn")
        await _close_if_empty(session, case)
    return await _view(session, row)


async def _close_if_empty(session: AsyncSession, case: LaporCase) -> None:
    """Close a case all of whose reports were taken back. One that took in another case stays: a reviewer made it."""
    if case.state not in {"open", "looked_at"} or case.merged_into is not None:
        return
    left = select(LaporReport.id).where(LaporReport.case_id == case.id, LaporReport.withdrawn_at.is_(None)).limit(1)
    taken_in = select(LaporCase.id).where(LaporCase.merged_into == case.id).limit(1)
    if (await session.execute(left.union_all(taken_in))).first() is None:
        await set_state(session, case=case, state="rejected", answer=TAKEN_BACK)


async def _find_row(session: AsyncSession, token: str) -> LaporReport | None:
    return (await session.scalars(select(LaporReport).filter_by(token_sha256=hash_token(token)))).one_or_none()


async def _view(session: AsyncSession, row: LaporReport) -> ReportView:
    own = await session.get_one(LaporCase, row.case_id)
    case = own if own.merged_into is None else await session.get_one(LaporCase, own.merged_into)
    steps = await list_steps(session, case_ids=[case.id], with_names=False)
    return ReportView(
        id=row.id,
        tps_kode=own.tps_kode,
        photo_id=own.photo_id,
        category=own.category,
        note=row.note,
        state=case.state,
        answer=case.answer,
        at=row.at,
        withdrawn_at=row.withdrawn_at,
        steps=steps,
    )


def _unknown() -> NotFoundError:
    return NotFoundError(
        "Tidak ada laporan di alamat ini. (There is no report at this address.)",
        "Periksa alamatnya; hanya pengirimnya yang memilikinya. (Check the address; only the sender has it.)",
        code="unknown_report",
    )
