"""What lies in a pack, by name, and the pack itself. Loads nothing that draws: workers know it from their start."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.intake.object_keys import crop_key, page_key
from app.reports.evidence.facts import PackFacts, TpsFacts


@dataclass(frozen=True)
class Pack:
    """A finished pack and its hash."""

    data: bytes
    sha256: str


def list_picture_keys(facts: PackFacts) -> tuple[str, ...]:
    """Return the object keys of all pictures that the pack wants to show."""
    return tuple(key for tps in facts.tps for key, _ in name_pictures(tps))


def name_pictures(tps: TpsFacts) -> Iterator[tuple[str, str]]:
    """Yield the object key of each picture of a TPS and its name in the pack."""
    for photo in tps.photos:
        yield page_key(photo.id), f"tps/{tps.kode}/halaman-{photo.page}-foto-{photo.id}.jpg"
    for one in tps.numbers:
        if one.photo_id is not None:
            yield crop_key(one.photo_id, one.field), f"tps/{tps.kode}/angka/{one.field}.jpg"
