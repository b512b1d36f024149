"""What the tally shows to others: numbers of a TPS and sums of a region, with how much of it they cover."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.pemilu.definition import Contest


@dataclass(frozen=True)
class ResultView:
    """What is accepted of one TPS. ``numbers``: a field is ``None`` while its section is not accepted.

    ``state``: of the required sections together (waiting, accepted, disputed). ``source_class``: of an accepted result
    (one_uploader, two_uploaders, official_photo). ``round`` is 1, and higher after a revote (PSU).
    ``flagged``: how many discrepancies stand at it.
    """

    tps_kode: str
    nomor: int
    kelurahan: str
    round: int
    numbers: Mapping[str, int | None]
    state: str
    source_class: str | None
    flags: tuple[str, ...]
    has_photo: bool
    has_official: bool
    flagged: int
    updated_at: datetime | None


@dataclass(frozen=True)
class TallyView:
    """The sums over one region and what they cover. All ``tps_*`` and ``source_*`` count TPS.

    ``source_*`` divide ``tps_accepted`` by where the photographs came from: one uploader, two unlinked uploaders, or in
    agreement with the authority's photograph. ``version`` rises with every change of the row (0: not laid yet);
    ``rolled_at``: when that was.
    """

    kode: str
    nama: str
    tingkat: str
    induk: str | None
    sums: Mapping[str, int]
    tps_expected: int
    tps_photo: int
    tps_accepted: int
    tps_disputed: int
    tps_paper: int
    tps_official: int
    tps_flagged: int
    source_one: int
    source_two: int
    source_official: int
    version: int
    rolled_at: datetime | None

    @property
    def coverage(self) -> float:
        """Accepted TPS as a share of the expected ones, 0..1; 0 when none is expected."""
        return self.tps_accepted / self.tps_expected if self.tps_expected else 0.0

    def votes(self, contest: Contest) -> tuple[int, ...]:
        """Return the sums of the contest's choices, in their order."""
        return tuple(self.sums[choice.field] for choice in contest.choices)


@dataclass(frozen=True)
class Drift:
    """A tally row that is not the sum of its results: ``column`` says where, both numbers what."""

    kode: str
    column: str
    stored: int | None
    right: int | None
