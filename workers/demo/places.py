"""Where the demonstration takes place: true codes and names (KPU 2024), with six TPS in each kelurahan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TPS_PER_KELURAHAN = 6
_KELURAHAN = 10
_LEVELS = {2: "provinsi", 4: "kabupaten_kota", 6: "kecamatan", _KELURAHAN: "kelurahan"}

REGIONS: tuple[tuple[str, str, str], ...] = (
    ("31", "provinsi", "DKI JAKARTA"),
    ("3171", "kabupaten_kota", "KOTA JAKARTA PUSAT"),
    ("317103", "kecamatan", "KEMAYORAN"),
    ("3171031004", "kelurahan", "SERDANG"),
    ("34", "provinsi", "DAERAH ISTIMEWA YOGYAKARTA"),
    ("3404", "kabupaten_kota", "SLEMAN"),
    ("340407", "kecamatan", "DEPOK"),
    ("3404072003", "kelurahan", "CONDONGCATUR"),
    ("340413", "kecamatan", "SLEMAN"),
    ("3404132003", "kelurahan", "TRIDADI"),
    ("3471", "kabupaten_kota", "KOTA YOGYAKARTA"),
    ("347103", "kecamatan", "GONDOKUSUMAN"),
    ("3471031005", "kelurahan", "TERBAN"),
)


@dataclass(frozen=True)
class Place:
    """One TPS with the names that stand in the head of its form."""

    tps_kode: str
    nomor: int
    provinsi: str
    kabupaten_kota: str
    kecamatan: str
    kelurahan: str


def list_places() -> tuple[Place, ...]:
    """Return the demonstration's TPS, in the order of their codes."""
    return tuple(_places())


def _places() -> Iterator[Place]:
    names = {kode: nama for kode, _, nama in REGIONS}
    for kode, tingkat, nama in REGIONS:
        if tingkat != "kelurahan":
            continue
        for nomor in range(1, TPS_PER_KELURAHAN + 1):
            yield Place(
                tps_kode=f"{kode}{nomor:03d}",
                nomor=nomor,
                provinsi=names[kode[:2]],
                kabupaten_kota=names[kode[:4]],
                kecamatan=names[kode[:6]],
                kelurahan=nama,
            )


def wilayah_csv() -> str:
    """Return the demonstration's hierarchy as the file that ``wilayah import`` takes."""
    return _write_csv(
        (kode, tingkat, nama, TPS_PER_KELURAHAN if tingkat == "kelurahan" else None) for kode, tingkat, nama in REGIONS
    )


def wilayah_csv_for(tps_kodes: Iterable[str]) -> str:
    """Return a hierarchy that holds the given TPS; a region that the demonstration has no name for is named by code."""
    names = {kode: nama for kode, _, nama in REGIONS}
    regions: dict[str, int | None] = {}
    for tps_kode in sorted(tps_kodes):
        for digits in _LEVELS:
            regions.setdefault(tps_kode[:digits], None)
        kelurahan = tps_kode[:_KELURAHAN]
        regions[kelurahan] = max(regions[kelurahan] or 0, int(tps_kode[_KELURAHAN:]))
    return _write_csv(
        (kode, _LEVELS[len(kode)], names.get(kode, f"WILAYAH {kode}"), last) for kode, last in sorted(regions.items())
    )


def _write_csv(rows: Iterable[tuple[str, str, str, int | None]]) -> str:
    head = "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir"
    lines = [f"{kode},{tingkat},{nama},{'' if last is None else last},," for kode, tingkat, nama, last in rows]
    return "\n".join([head, *lines]) + "\n"
