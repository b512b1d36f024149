"""What an evidence pack says, as plain facts: loaded once, printed, written as JSON and hashed from the same values.

Everything in here is public already: accepted numbers, opened readings, published figures, the log.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from app.transparency.canonical import canonical_json, canonical_sha256

FORMAT = "runut-evidence-1"
"""Changes whenever the same facts would be printed otherwise: the same state and format give the same bytes."""


@dataclass(frozen=True)
class EntryFact:
    """An entry of the log. ``position``: its place in the signed log; null until the sequencer has placed it."""

    id: int
    position: int | None
    kind: str
    subject: str
    payload_sha256: str
    at: datetime


@dataclass(frozen=True)
class NumberFact:
    """One field: accepted number, official figure, and the photograph whose boxes show it (null: not decided)."""

    field: str
    nama: str
    section: str
    ours: int | None
    official: int | None
    photo_id: int | None


@dataclass(frozen=True)
class PhotoFact:
    """A photograph that carries a decision. ``receipt``: the statement that its uploader holds signed; see the log."""

    id: int
    sha256: str
    byte_count: int
    content_type: str
    source: str
    form: str | None
    page: int | None
    received_at: datetime
    receipt: Mapping[str, Any] | None
    document_sha256: str | None


@dataclass(frozen=True)
class ReadingFact:
    """A reading, opened with its decision: who (``machine`` or ``account/17``), how, what, and its commitment."""

    photo_id: int
    page: int
    mode: str
    reader: str
    numbers: Mapping[str, int | None]
    commitment: str
    salt: str


@dataclass(frozen=True)
class SectionFact:
    """A section and its standing decision. ``says``, ``reasons``: the rule's printed explanation, Indonesian."""

    section: str
    nama: str
    state: str
    outcome: str | None
    rule_version: str | None
    source_class: str | None
    flags: tuple[str, ...]
    posterior_wrong: Mapping[str, float]
    decided_at: datetime | None
    entry: int | None
    says: tuple[str, ...]
    reasons: Mapping[str, tuple[str, ...]]
    readings: tuple[ReadingFact, ...]


@dataclass(frozen=True)
class DecisionFact:
    """A decision that was ever made. ``ended_at`` is null while it stands."""

    section: str
    round: int
    outcome: str
    state: str
    rule_version: str
    at: datetime
    ended_at: datetime | None
    entry: int | None


@dataclass(frozen=True)
class OfficialFact:
    """What the authority published once. ``numbers`` in the order of the contest's fields."""

    published_at: datetime | None
    imported_at: datetime
    snapshot: str
    snapshot_sha256: str
    numbers: tuple[int | None, ...]
    images: tuple[str, ...]
    entry: int | None


@dataclass(frozen=True)
class DifferenceFact:
    """A difference that was ever found. ``closed_at`` is null while it stands."""

    kind: str
    field: str
    ours: int | None
    official: int | None
    difference: int
    state: str
    opened_at: datetime
    closed_at: datetime | None
    closed_reason: str | None
    entry: int


@dataclass(frozen=True)
class TpsFacts:
    """Everything about one TPS. ``path``: names of its regions from the province down."""

    kode: str
    nomor: int
    path: tuple[str, ...]
    round: int
    state: str
    source_class: str | None
    flags: tuple[str, ...]
    numbers: tuple[NumberFact, ...]
    photos: tuple[PhotoFact, ...]
    sections: tuple[SectionFact, ...]
    decisions: tuple[DecisionFact, ...]
    official: tuple[OfficialFact, ...]
    differences: tuple[DifferenceFact, ...]
    entries: tuple[EntryFact, ...]

    @property
    def standing(self) -> tuple[DifferenceFact, ...]:
        """Return the differences that stand."""
        return tuple(one for one in self.differences if one.state == "open")


@dataclass(frozen=True)
class PackFacts:
    """A pack. ``kode``: of the TPS, or of the region whose TPS it holds; ``path``: names from the nation down to it.

    ``tps_accepted``, ``tps_standing``: how many TPS of the region have accepted numbers, and differences that stand.
    ``left_out``: codes of TPS with differences that stand and for which there was no room (the first of them);
    ``left_out_count``: of how many. ``receipt_key``: public key (base64) that receipts are signed with.
    """

    pemilihan: str
    pemilihan_nama: str
    jenis: str
    tanggal: str
    kode: str
    path: tuple[str, ...]
    fields: tuple[str, ...]
    rule_version: str
    receipt_key: str | None
    tps_accepted: int
    tps_standing: int
    left_out: tuple[str, ...]
    left_out_count: int
    tps: tuple[TpsFacts, ...]

    @cached_property
    def as_of(self) -> datetime:
        """Return when the newest of these facts came to be: the pack's own date, since nothing later is in it."""
        return max(_times(self))

    @cached_property
    def state_sha256(self) -> str:
        """Return the hash of all facts and of the format."""
        return canonical_sha256({"format": FORMAT, "facts": as_json(self)})

    @property
    def photo_ids(self) -> tuple[int, ...]:
        """Return the photographs that are shown, each once."""
        return tuple(dict.fromkeys(photo.id for tps in self.tps for photo in tps.photos))


def _times(facts: PackFacts) -> Iterator[datetime]:
    for tps in facts.tps:
        yield from (entry.at for entry in tps.entries)
        yield from (moment for one in tps.decisions for moment in (one.at, one.ended_at) if moment is not None)
        yield from (one.imported_at for one in tps.official)
        yield from (
            moment for one in tps.differences for moment in (one.opened_at, one.closed_at) if moment is not None
        )
        yield from (one.received_at for one in tps.photos)


def as_json(facts: PackFacts | TpsFacts) -> dict[str, Any]:
    """Return facts as plain JSON values; times in ISO 8601 with their zone."""
    spelled: dict[str, Any] = _spell(asdict(facts))
    return spelled


def write_json(facts: PackFacts | TpsFacts) -> bytes:
    """Return facts as canonical JSON."""
    return canonical_json(as_json(facts))


def _spell(value: Any) -> Any:  # noqa: ANN401 - any value of a dataclass
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _spell(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_spell(one) for one in value]
    return value
