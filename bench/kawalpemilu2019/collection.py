"""KawalPemilu's database of 2019 as a table, each TPS with a code of the shape that Runut knows.

The file names places by words and KPU's number of the kelurahan (`kel_id`), not by region codes. So codes are made up,
the same ones for the same file: within a province, kabupaten and kecamatan are numbered in the order of the smallest
`kel_id` in them, kelurahan in the order of their own; provinces from 11 on, overseas is 99. A TPS number has three
digits in a code and is known without gaps, so a kelurahan becomes several codes where its numbers pass a thousand (only
overseas: 1001.. and 2001.. are other ways of voting) or have a gap; `nomor` is the number's last three digits.
"""

from pathlib import Path

import polars as pl

FIELDS = {
    "suara_01": "pas1",
    "suara_02": "pas2",
    "suara_sah": "sah",
    "suara_tidak_sah": "tsah",
    "suara_total": "jum",
}
"""Field of the contest = its name in the file, after `kpu_` or `kp_`."""

OVERSEAS = "Luar Negeri"
_LEVELS = ("prov", "kab", "kec")
_THOUSAND = 1000
_FIRST_PROVINCE = 11
_FIRST_KELURAHAN = 1001
HEADING = "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir"


def read_collection(path: Path, provinces: tuple[str, ...] = ()) -> pl.DataFrame:
    """Return the collection by code; of these provinces only, when any is named."""
    numbers = [f"{side}_{name}" for side in ("kpu", "kp") for name in FIELDS.values()]
    wanted = [*_LEVELS, "kel", "kel_id", "tps", *numbers]
    table = pl.read_csv(path, columns=wanted, schema_overrides=dict.fromkeys(numbers, pl.Int32))
    table = _number_provinces(table)
    return _number_places(table.filter(pl.col("prov").is_in(provinces)) if provinces else table).sort("kode_tps")


def _number_provinces(table: pl.DataFrame) -> pl.DataFrame:
    table = _number(table.with_columns(order=pl.col("kel_id").abs()), "prov", (), _FIRST_PROVINCE)
    return table.with_columns(prov_no=pl.when(pl.col("prov") == OVERSEAS).then(99).otherwise("prov_no"))


def _number_places(table: pl.DataFrame) -> pl.DataFrame:
    table = _number(table, "kab", ("prov",), 1)
    table = _number(table, "kec", ("prov", "kab"), 1)
    # A run of numbers without a gap keeps one difference between the number and its rank.
    table = table.with_columns(
        nomor=pl.col("tps") % _THOUSAND,
        run=pl.col("tps") - pl.col("tps").rank("ordinal").over("kel_id").cast(pl.Int64),
        thousand=pl.col("tps") // _THOUSAND,
    )
    part = pl.struct("order", "thousand", "run").rank("dense").over(*_LEVELS) + _FIRST_KELURAHAN - 1
    table = table.with_columns(kel_no=part.cast(pl.Int64))
    pieces = [_digits("prov_no", 2), _digits("kab_no", 2), _digits("kec_no", 2), _digits("kel_no", 4)]
    table = table.with_columns(kelurahan=pl.concat_str(pieces))
    return table.with_columns(kode_tps=pl.concat_str("kelurahan", _digits("nomor", 3)))


def _number(table: pl.DataFrame, name: str, above: tuple[str, ...], first: int) -> pl.DataFrame:
    """Number the places of one level within what lies above, in the order of the smallest `kel_id` in them."""
    places = table.group_by(*above, name).agg(pl.col("order").min()).sort("order")
    rank = pl.col("order").rank("ordinal")
    number = (rank.over(*above) if above else rank).cast(pl.Int64) + first - 1
    numbered = places.with_columns(number.alias(f"{name}_no")).drop("order")
    return table.join(numbered, on=[*above, name], how="left", maintain_order="left")


def _digits(name: str, width: int) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.zfill(width)


def write_edition(table: pl.DataFrame) -> list[str]:
    """Return the lines of an edition of the hierarchy with exactly these TPS."""
    lines = [HEADING]
    for level, name, width in (("provinsi", "prov", 2), ("kabupaten_kota", "kab", 4), ("kecamatan", "kec", 6)):
        places = table.select(kode=pl.col("kelurahan").str.head(width), nama=pl.col(name)).unique().sort("kode")
        lines += [f'{kode},{level},"{nama.strip()}",,,' for kode, nama in places.iter_rows()]
    runs = table.group_by("kelurahan").agg(
        pl.col("kel").first(),
        pl.col("nomor").min().alias("first"),
        pl.col("nomor").max().alias("last"),
        pl.col("thousand").first(),
    )
    for kode, nama, first, last, thousand in runs.sort("kelurahan").iter_rows():
        extra = f" ({thousand * _THOUSAND + first}–{thousand * _THOUSAND + last})" if thousand or first > 1 else ""
        numbers = f"{last},," if first == 1 else f",{first},{last}"
        lines.append(f'{kode},kelurahan,"{nama.strip()}{extra}",{numbers}')
    return lines


def write_situng(table: pl.DataFrame) -> bytes:
    """Return what the authority's system published as a CSV that `./runut official import` reads."""
    columns = [pl.col(f"kpu_{name}").alias(field) for field, name in FIELDS.items()]
    return table.select("kode_tps", *columns).write_csv().encode()
