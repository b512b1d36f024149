"""The newest changes of official figures as an Atom feed (RFC 4287)."""

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from app.official.changes import Change
from app.pemilu.definition import Contest

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"

ET.register_namespace("", ATOM)


def write_feed(contest: Contest, changes: Sequence[Change], *, site: str, wilayah: str) -> bytes:
    """Return the feed of these changes, the newest first; ``site``: the address of this site, without a last slash."""
    feed = ET.Element(f"{{{ATOM}}}feed")
    page = f"{site}/resmi/{contest.kode}/perubahan?wilayah={wilayah}"
    _add(feed, "id", page)
    _add(feed, "title", f"Perubahan angka resmi / Changes of official figures: {contest.nama} ({wilayah})")
    _add(feed, "updated", _spell(changes[0].at if changes else datetime.fromtimestamp(0, UTC)))
    _add(ET.SubElement(feed, f"{{{ATOM}}}author"), "name", "Runut")
    _link(feed, "alternate", page)
    _link(feed, "self", f"{site}/resmi/perubahan.atom?pemilihan={contest.kode}&wilayah={wilayah}")
    for change in changes:
        _add_entry(feed, contest, change, site)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(feed: ET.Element, contest: Contest, change: Change, site: str) -> None:
    entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
    page = f"{site}/resmi/{contest.kode}/tps/{change.tps_kode}"
    _add(entry, "id", f"{page}#{change.id}")
    _add(entry, "title", f"TPS {change.tps_kode}: {change.kind}")
    _add(entry, "updated", _spell(change.at))
    _link(entry, "alternate", page)
    ET.SubElement(entry, f"{{{ATOM}}}category", term=str(change.kind))
    before = change.before or (None,) * len(change.after)
    moved = [
        f"{field}: {_number(before[place])} → {_number(change.after[place])}"
        for place, field in enumerate(contest.fields)
        if before[place] != change.after[place]
    ]
    _add(entry, "summary", "; ".join(moved) or f"{len(change.images_after)} foto / photographs")


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _add(parent: ET.Element, name: str, words: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = "".join(one for one in words if one.isprintable())


def _link(parent: ET.Element, rel: str, href: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=href)


def _spell(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
