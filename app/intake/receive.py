"""A photograph comes in: where it belongs, whether it is new, and the row, log entry and job that make it known."""

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidInputError
from app.core.statements import Statements, take_lock
from app.intake.add_photo import Place, add_photo
from app.intake.models import Photo
from app.intake.views import Receipt, SealedPhoto
from app.pemilu.definition import Contest
from app.pemilu.models import Pemilihan
from app.pemilu.service import find_loaded_contest, get_contest, recall_contest
from app.wilayah.codes import is_within, parse_kode
from app.wilayah.models import Tps

_RECALL = """SELECT pemilihan.id, pemilihan.definisi_md5 FROM pemilihan, tps
WHERE pemilihan.kode = $1 AND tps.kode = $2 AND tps.edisi_akhir IS NULL"""

_PLACE = (
    select(Pemilihan.id, Pemilihan.definisi_md5, (Tps.kode.is_not(None) & Tps.edisi_akhir.is_(None)).label("is_today"))
    .outerjoin(Tps, Tps.kode == bindparam("kode"))
    .where(Pemilihan.kode == bindparam("pemilihan"))
)
"""Contest and TPS with one question."""


async def recall_place(statements: Statements, *, pemilihan: str, tps: str) -> tuple[Contest, str] | None:
    """Return what :func:`find_place` does, for the ordinary case alone; null: ask that one, it knows the words.

    Raises:
        KodeError: not the code of a TPS.
    """
    kode = parse_kode(tps).text
    if not pemilihan.isprintable():  # PostgreSQL takes no NUL in a text
        return None
    row = await statements.row(_RECALL, pemilihan, kode)
    contest = row and find_loaded_contest(id=row["id"], md5=row["definisi_md5"])
    if not contest or not any(is_within(kode, region) for region in contest.wilayah):
        return None
    return contest, kode


async def find_place(session: AsyncSession, *, pemilihan: str, tps: str) -> tuple[Contest, str]:
    """Return the contest and the TPS code that an upload names.

    Raises:
        NotFoundError: no such contest.
        InvalidInputError: no such TPS today, or it does not vote in this contest.
    """
    kode = parse_kode(tps).text
    found = None
    if pemilihan.isprintable():  # PostgreSQL takes no NUL in a text
        found = (await session.execute(_PLACE, {"pemilihan": pemilihan, "kode": kode})).one_or_none()
    if found is None:
        contest = await get_contest(session, kode=pemilihan)  # knows the words for one that is not known
    else:
        contest = await recall_contest(session, id=found.id, md5=found.definisi_md5)
    if found is None or not found.is_today:
        raise _unknown_tps(kode)
    if not any(is_within(kode, region) for region in contest.wilayah):
        message = f"TPS {kode} tidak memilih dalam {contest.nama}. (TPS {kode} does not vote in {contest.nama}.)"
        remedy = "Pilih pemilihan yang sesuai dengan formulirnya. (Choose the contest that the form names.)"
        raise InvalidInputError(message, remedy, code="tps_outside_contest")
    return contest, kode


def _unknown_tps(kode: str) -> InvalidInputError:
    return InvalidInputError(
        f"TPS {kode} tidak dikenal. (TPS {kode} is not known.)",
        "Periksa 13 angka kodenya, atau pilih TPS dari daftar wilayah. "
        "(Check the 13 digits, or choose the TPS from the list of regions.)",
        code="unknown_tps",
    )


def lock_of(sha256: str) -> str:
    """Return the statement that holds off everybody else who receives these bytes until the transaction ends.

    Two uploads of the same bytes at once would each find no other and both be read as independent sources. Several:
    in the order of hashes.
    """
    return take_lock(f"photo/{sha256}")


async def receive_photo(
    statements: Statements, *, account_id: int, contest: Contest, tps_kode: str, sealed: SealedPhoto
) -> Receipt:
    """Make sealed bytes known as a photograph of a TPS: row, log entry and job stand or fall together.

    The transaction began with :func:`lock_of`. The same picture for the same TPS by the same person gives the first
    receipt again. The same bytes from somebody else are kept as ``duplicate`` and not read twice: they prove no second
    source. The bytes are sealed before: a row without its picture could never be read, while a picture without its row
    (a crash between the two) harms nobody.
    """
    return await add_photo(statements, Place(account_id, contest.id, contest.kode, tps_kode), sealed)


async def repeat_receipt(session: AsyncSession, *, photo_id: int) -> Receipt:
    """Return the receipt of a photograph that came in before."""
    photo = await session.get_one(Photo, photo_id)
    contest = await get_contest(session, id=photo.pemilihan_id)
    assert photo.log_entry_id is not None, "written with the row"
    return Receipt(
        number=photo.log_entry_id,
        photo_id=photo.id,
        sha256=photo.sha256,
        pemilihan=contest.kode,
        tps_kode=photo.tps_kode,
        received_at=photo.at,
        state=photo.state,
        state_code=photo.state_code,
        state_reason=photo.state_reason,
        first=False,
    )
