"""Bring the figures of both sides together: of some TPS by their codes, or of a stretch of codes by COPY."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.statements import open_driver
from app.discrepancy.rules.figures import UNKNOWN, Figures, lay_figures
from app.pemilu.definition import Contest

_OURS = text(
    """SELECT tps_kode, numbers FROM result
       WHERE pemilihan_id = :pemilihan AND current AND tps_kode = ANY(CAST(:tps AS text[]))"""
)
_OFFICIAL = text(
    """SELECT c.tps_kode, r.numbers, r.id FROM official_current c JOIN official_row r ON r.id = c.row_id
       WHERE c.pemilihan_id = :pemilihan AND c.tps_kode = ANY(CAST(:tps AS text[]))"""
)

# Every row of the answer has the same length: codes have 13 digits, and no number is null. So the whole of it is one
# array for numpy, and no number is ever a Python object.
_COPY_OURS = """
SELECT tps_kode, array_replace(numbers, NULL, -1), 0::bigint FROM result
WHERE pemilihan_id = $1 AND current AND tps_kode >= $2 AND tps_kode < $3 ORDER BY tps_kode
"""
_COPY_OFFICIAL = """
SELECT c.tps_kode, array_replace(r.numbers, NULL, -1), r.id
FROM official_current c JOIN official_row r ON r.id = c.row_id
WHERE c.pemilihan_id = $1 AND c.tps_kode >= $2 AND c.tps_kode < $3 ORDER BY c.tps_kode
"""
_HEADER = 19
_TRAILER = 2


@dataclass(frozen=True)
class Loaded:
    """The figures, and which official row each TPS's come from; a TPS without one is absent."""

    figures: Figures
    row_ids: Mapping[str, int]


@dataclass(frozen=True)
class Stretch:
    """The codes from ``first`` up to, and without, ``end``."""

    first: str
    end: str


async def load_some(session: AsyncSession, *, contest: Contest, tps_kodes: Sequence[str]) -> Loaded:
    """Return the figures of these TPS; one that neither side knows is absent."""
    values = {"pemilihan": contest.id, "tps": list(tps_kodes)}
    ours = {row.tps_kode: row.numbers for row in await session.execute(_OURS, values)}
    official = (await session.execute(_OFFICIAL, values)).all()
    stated = {row.tps_kode: row.numbers for row in official}
    return Loaded(lay_figures(contest.fields, ours, stated), {row.tps_kode: row.id for row in official})


async def load_stretch(session: AsyncSession, *, contest: Contest, stretch: Stretch) -> Loaded:
    """Return the figures of all TPS in a stretch of codes that a side knows."""
    width = len(contest.fields)
    ours = await _copy(session, _COPY_OURS, contest, stretch)
    official = await _copy(session, _COPY_OFFICIAL, contest, stretch)
    kodes = np.union1d(ours["kode"], official["kode"])
    figures = Figures(
        fields=contest.fields,
        tps_kodes=tuple(kodes.astype("U13").tolist()),
        ours=_lay(ours, kodes, width),
        official=_lay(official, kodes, width),
    )
    return Loaded(figures, dict(zip(official["kode"].astype("U13").tolist(), official["row"].tolist(), strict=True)))


def _lay(rows: NDArray[np.void], kodes: NDArray[np.bytes_], width: int) -> NDArray[np.int32]:
    laid = np.full((len(kodes), width), UNKNOWN, np.int32)
    laid[np.searchsorted(kodes, rows["kode"])] = rows["numbers"]["value"]
    return laid


def _row_type(width: int) -> np.dtype[np.void]:
    """Return the shape of a row of PostgreSQL's binary COPY: code, array of ``width`` numbers, number of the row."""
    number = np.dtype([("length", ">i4"), ("value", ">i4")])
    head = [(name, ">i4") for name in ("array_length", "dimensions", "flags", "type", "size", "lower")]
    return np.dtype(
        [
            ("fields", ">i2"),
            ("kode_length", ">i4"),
            ("kode", "S13"),
            *head,
            ("numbers", number, (width,)),
            ("row_length", ">i4"),
            ("row", ">i8"),
        ]
    )


async def _copy(session: AsyncSession, query: str, contest: Contest, stretch: Stretch) -> NDArray[np.void]:
    driver = await open_driver(session)
    buffer = io.BytesIO()
    await driver.copy_from_query(query, contest.id, stretch.first, stretch.end, output=buffer, format="binary")
    kind = _row_type(len(contest.fields))
    data = buffer.getbuffer()[_HEADER:-_TRAILER]
    assert len(data) % kind.itemsize == 0, "a code without 13 digits, or an array of another length, is stored"
    rows = np.frombuffer(data, kind)
    assert (rows["size"] == len(contest.fields)).all(), "an array of another length is stored"
    return rows
