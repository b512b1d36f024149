"""Which regions a contest has a tally row for, as SQL on codes."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFoundError
from app.pemilu.definition import Contest
from app.wilayah.codes import ancestors, is_within, parent_of

# Current kelurahan, and ended ones (pemekaran) as long as results stand in them: no vote falls out of a sum.
_KELURAHAN = text(
    """SELECT w.kode FROM wilayah w
       WHERE w.tingkat = 'kelurahan'
         AND ('0' = ANY(CAST(:scope AS text[]))
              OR EXISTS (SELECT FROM unnest(CAST(:scope AS text[])) s WHERE starts_with(w.kode, s)))
         AND (w.edisi_akhir IS NULL
              OR EXISTS (SELECT FROM result r WHERE r.pemilihan_id = :pemilihan AND r.kelurahan = w.kode))
       ORDER BY w.kode"""
)


class OutsideContestError(NotFoundError):
    """This place does not vote in this contest."""

    code = "outside_contest"


async def list_kelurahan(session: AsyncSession, *, contest: Contest) -> list[str]:
    """Return the kelurahan that vote in the contest, by code."""
    values = {"scope": list(contest.wilayah), "pemilihan": contest.id}
    return list((await session.execute(_KELURAHAN, values)).scalars())


def regions_above(kelurahan: Sequence[str]) -> list[list[str]]:
    """Return the codes above these kelurahan, level by level from kecamatan to the nation."""
    levels: list[list[str]] = []
    below: list[str] = list(kelurahan)
    while below:
        above = sorted({parent for kode in below if (parent := parent_of(kode)) is not None})
        if above:
            levels.append(above)
        below = above
    return levels


def check_within(contest: Contest, kode: str) -> None:
    """Refuse a kelurahan or TPS that does not vote in the contest.

    Raises:
        OutsideContestError: it lies in none of the contest's regions.
    """
    if not votes_in(contest, kode):
        where = ", ".join(contest.wilayah[:10])
        raise OutsideContestError(
            f"{kode} tidak memilih dalam {contest.kode}. ({kode} does not vote in {contest.kode}.)",
            f"Wilayah pemilihan ini: {where}. (It is held in: {where}.)",
        )


def votes_in(contest: Contest, kode: str) -> bool:
    """Tell whether a kelurahan or TPS lies in one of the contest's regions."""
    return any(is_within(kode, region) for region in contest.wilayah)


def touches(contest: Contest, kode: str) -> bool:
    """Tell whether any of ``kode`` votes in the contest: it lies in the contest's regions or holds one of them."""
    return any(is_within(kode, region) or region == kode or kode in ancestors(region) for region in contest.wilayah)
