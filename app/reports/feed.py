"""The newest differences of a region as an Atom feed (RFC 4287), for readers of news and programs that only look."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from app.discrepancy.rows import DiscrepancyRow
from app.pemilu.definition import Contest
from app.reports.regions import TpsPlace

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
NEWEST = 100

ET.register_namespace("", ATOM)


def write_feed(
    contest: Contest,
    rows: Sequence[DiscrepancyRow],
    places: Mapping[str, TpsPlace],
    *,
    site: str,
    wilayah: str,
) -> bytes:
    """Return the feed of these differences, newest first. Words in two languages; nobody is accused of anything."""
    feed = ET.Element(f"{{{ATOM}}}feed")
    address = f"{site}/selisih/{contest.kode}?wilayah={wilayah}"
    _add(feed, "id", address)
    _add(feed, "title", f"Selisih / Differences: {contest.nama} ({wilayah})")
    _add(feed, "subtitle", "Perlu dicek; bukan tuduhan, bukan hasil resmi. / To be checked; no accusation, no result.")
    newest = max((row.opened_at for row in rows), default=datetime.fromtimestamp(0, UTC))
    _add(feed, "updated", _spell(newest))
    author = ET.SubElement(feed, f"{{{ATOM}}}author")
    _add(author, "name", "Runut")
    _link(feed, "alternate", address)
    _link(feed, "self", f"{site}/api/v1/feeds/discrepancies/{contest.kode}.atom?wilayah={wilayah}")
    for row in rows:
        _add_entry(feed, row, places[row.tps_kode], site)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _add_entry(feed: ET.Element, row: DiscrepancyRow, place: TpsPlace, site: str) -> None:
    entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
    page = f"{site}/tps/{row.pemilihan}/{row.tps_kode}"
    names = ", ".join(name for name in (place.kelurahan, place.kecamatan, place.kabupaten_kota, place.provinsi) if name)
    where = f"TPS {place.nomor}, {names}" if place.nomor is not None else names
    _add(entry, "id", f"{site}/api/v1/discrepancies#{row.id}")
    _add(entry, "title", f"{where}: {row.kind} {row.field} {row.difference:+}")
    _add(entry, "updated", _spell(row.opened_at))
    _link(entry, "alternate", page)
    ET.SubElement(entry, f"{{{ATOM}}}category", term=row.kind)
    ET.SubElement(entry, f"{{{ATOM}}}category", term=row.severity)
    _add(
        entry,
        "summary",
        f"Diterima / accepted: {_number(row.ours)}. Resmi / official: {_number(row.official)}. "
        f"Selisih / difference: {row.difference:+}.",
    )


def _number(value: int | None) -> str:
    return "-" if value is None else str(value)


def _add(parent: ET.Element, name: str, words: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = "".join(one for one in words if one.isprintable())


def _link(parent: ET.Element, rel: str, href: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", rel=rel, href=href)


def _spell(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
