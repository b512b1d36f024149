"""What is on the papers of the drill, and who reads them. Everything follows from the seed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

PAGES: Mapping[int, tuple[str, ...]] = {
    2: ("suara_01", "suara_02", "suara_03"),
    3: ("suara_sah", "suara_tidak_sah", "suara_total"),
}
FIELDS = tuple(name for names in PAGES.values() for name in names)

TPS_A_KELURAHAN = 60
READINGS_A_SECTION = 3.0
"""About so many readings (a page each, two to an answer and more than one answer where people differ) a section takes,
at the least: there are always enough sections to read."""

SURE_SHARE = 0.25
"""Part of the sections that the machine is sure of: one confirmation settles them."""

DRAWN_SHARE = 0.04
"""Part of the uploads that are drawn pages; the rest are pictures without a form, which the reader refuses."""

DRAWN_PAPERS = 2
UPLOAD_KELURAHAN = "5101012001"
UPLOAD_TPS = 300


@dataclass(frozen=True)
class Size:
    """How much is done. Readings are rows: an answer to two pages is two."""

    kills: int
    uploads: int
    readings: int
    seed: int


@dataclass(frozen=True)
class Paper:
    """One TPS whose photographs lie in the database before the drill begins."""

    tps_kode: str
    numbers: Mapping[str, int]
    sure: bool


@dataclass(frozen=True)
class Plan:
    """The whole drill's papers, and where each upload goes."""

    size: Size

    @cached_property
    def papers(self) -> tuple[Paper, ...]:
        """The papers that people read, over two provinces."""
        rng = np.random.default_rng([self.size.seed, 1])
        count = max(64, int(self.size.readings / READINGS_A_SECTION))
        kodes = self._tps_kodes(count)
        return tuple(
            Paper(kode, write_numbers(rng), sure=bool(rng.random() < SURE_SHARE))
            for kode, _ in zip(kodes, range(count), strict=False)
        )

    def _tps_kodes(self, count: int) -> Iterator[str]:
        """Give TPS codes, one of each kelurahan in turn, so that every region has some however few there are."""
        kelurahan = list_kelurahan(count)
        for number in range(1, 1000):
            for kode in kelurahan:
                yield f"{kode}{number:03d}"

    def wilayah_csv(self) -> list[str]:
        """Return the hierarchy as the lines that ``wilayah import`` takes."""
        last: dict[str, int] = {UPLOAD_KELURAHAN: UPLOAD_TPS}
        for paper in self.papers:
            kelurahan = paper.tps_kode[:10]
            last[kelurahan] = max(last.get(kelurahan, 0), int(paper.tps_kode[10:]))
        names = {2: "provinsi", 4: "kabupaten_kota", 6: "kecamatan", 10: "kelurahan"}
        regions = sorted({kode[:digits] for kode in last for digits in names})
        rows = [f"{kode},{names[len(kode)]},WILAYAH {kode},{last.get(kode, '')},," for kode in regions]
        return [f"{row}\n" for row in ("kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir", *rows)]

    @cached_property
    def upload_numbers(self) -> tuple[Mapping[str, int], ...]:
        """What stands on the drawn papers."""
        rng = np.random.default_rng([self.size.seed, 2])
        return tuple(write_numbers(rng) for _ in range(DRAWN_PAPERS))


def list_kelurahan(tps: int) -> list[str]:
    """Return kelurahan for about ``tps`` TPS: two provinces, each of two regencies of two districts."""
    each = max(2, round(tps / TPS_A_KELURAHAN / 8))
    districts = [
        f"{province}{regency:02d}{district:02d}" for province in (11, 34) for regency in (1, 2) for district in (1, 2)
    ]
    return [f"{district}2{number:03d}" for number in range(1, each + 1) for district in districts]


def write_numbers(rng: np.random.Generator) -> dict[str, int]:
    """Return the six numbers of a paper whose sums close."""
    votes = [int(vote) for vote in rng.integers(5, 140, size=3)]
    invalid = int(rng.integers(0, 12))
    numbers = (*votes, sum(votes), invalid, sum(votes) + invalid)
    return dict(zip(FIELDS, numbers, strict=True))
