"""The regions around a TPS as columns: their names, as they stand in the newest edition that knew them."""

from collections.abc import Sequence
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.reports.columns import WHOLE, Column, Kind, Piece, Spelling, spell_text
from app.reports.tables.conditions import within
from app.wilayah.codes import NATION, parse_kode
from app.wilayah.models import Wilayah
from app.wilayah.service import resolve

PLACE_COLUMNS = (
    Column("provinsi", Kind.TEXT, "place.provinsi", "Name of the province.", "Nama provinsi.", spelled=True),
    Column(
        "kabupaten_kota",
        Kind.TEXT,
        "place.kabupaten_kota",
        "Name of the regency or city.",
        "Nama kabupaten atau kota.",
        spelled=True,
    ),
    Column("kecamatan", Kind.TEXT, "place.kecamatan", "Name of the district.", "Nama kecamatan.", spelled=True),
    Column(
        "kelurahan",
        Kind.TEXT,
        "place.kelurahan",
        "Name of the village.",
        "Nama kelurahan atau desa.",
        spelled=True,
    ),
)


def tps_number(column: str) -> Column:
    """Return the column with the number of the TPS whose code stands in ``column``."""
    return Column(
        "tps",
        Kind.INTEGER,
        f"CASE WHEN length({column}) = 13 THEN right({column}, 3)::int END",
        "Number of the TPS in its village; empty where the row is about a region.",
        "Nomor TPS di kelurahannya; kosong bila barisnya tentang wilayah.",
    )


def name_places(piece: Piece, spelling: Spelling) -> str:
    """Return the part ``place (kode, provinsi, ...)`` of a ``WITH``: names of the regions of a piece, spelled.

    Spelled here, once a region and not once a row. A region of a higher level has no names below its own.
    """
    names = {name: spell_text(f"{name}.nama", spelling) for name in ("a", "b", "c", "d")}
    return f"""place AS MATERIALIZED (
        SELECT k.kode, {names["a"]} AS provinsi, {names["b"]} AS kabupaten_kota, {names["c"]} AS kecamatan,
               {names["d"]} AS kelurahan
        FROM wilayah k JOIN wilayah a ON a.kode = left(k.kode, 2)
        LEFT JOIN wilayah b ON length(k.kode) >= 4 AND b.kode = left(k.kode, 4)
        LEFT JOIN wilayah c ON length(k.kode) >= 6 AND c.kode = left(k.kode, 6)
        LEFT JOIN wilayah d ON length(k.kode) = 10 AND d.kode = k.kode
        WHERE {within("k.kode", piece)})"""  # noqa: S608 - our own names


async def cut_pieces(session: AsyncSession, *, wilayah: str | None) -> tuple[Piece, ...]:
    """Return what a download of this region is read in: a nation's by province, each with what has no province.

    Together they are everything that can lie in the region, in the order of codes; conditions still have to be stated.

    Raises:
        NotFoundError: the region is not known.
        KodeError: it is no code.
    """
    kode = parse_kode(wilayah or NATION)
    if kode.text == NATION:
        rows = select(Wilayah.kode).where(Wilayah.tingkat == "provinsi").order_by(Wilayah.kode)
        return _join_bounds(list((await session.scalars(rows)).all()))
    if kode.tingkat == "tps":
        return (Piece(kode.text, f"{kode.text}:"),)
    region = await resolve(session, kode=kode.text)
    if region.successors:  # they may lie anywhere
        return (WHOLE,)
    return (Piece(region.kode, f"{region.kode}:"),)


def _join_bounds(kodes: Sequence[str]) -> tuple[Piece, ...]:
    """Return pieces that begin at each code but the first, so that they leave nothing out."""
    bounds = ["", *kodes[1:], ":"]
    return tuple(Piece(low, high) for low, high in pairwise(bounds))
