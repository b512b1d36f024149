"""Put a pack together: printed file, pictures, facts, manifest, sums; the same facts give the same bytes. Pure."""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256

from app.reports.evidence.contents import Pack, name_pictures
from app.reports.evidence.cover import draw_cover, make_title
from app.reports.evidence.facts import FORMAT, PackFacts, TpsFacts, as_json, write_json
from app.reports.evidence.paper import Paper, write_pdf
from app.reports.evidence.tps_sheets import Pictures, draw_tps
from app.transparency.canonical import canonical_json
from app.transparency.signing import Signer

FIRST_YEAR = 1980
"""A ZIP knows no earlier time."""
_PRINTED = "berkas-bukti.pdf"


def make_pack(facts: PackFacts, pictures: Pictures, *, site: str, signer: Signer | None) -> Pack:
    """Return the pack. ``pictures`` by object key; one that is missing is named in the manifest.

    ``signer`` signs the receipts' statements (Ed25519 gives the same signature each time); None where this machine does
    not have the installation's key.
    """
    files = {_PRINTED: _print(facts, pictures, site), "pack.json": write_json(facts)}
    missing: list[str] = []
    for tps in facts.tps:
        files[f"tps/{tps.kode}.json"] = _describe(tps, signer)
        for key, name in name_pictures(tps):
            if key in pictures:
                files[name] = pictures[key]
            else:
                missing.append(name)
    files["manifest.json"] = _write_manifest(facts, files, missing, site)
    files["SHA256SUMS"] = "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()
    data = _zip(files, facts.as_of)
    return Pack(data, sha256(data).hexdigest())


def _print(facts: PackFacts, pictures: Pictures, site: str) -> bytes:
    subject = f"{facts.pemilihan_nama}, {facts.kode}. Bukan hasil resmi."
    foot = f"Bukan hasil resmi. (Not the official result.) Keadaan {facts.state_sha256[:16]}"
    paper = Paper(title=make_title(facts), subject=subject, at=facts.as_of, foot=foot)
    draw_cover(paper, facts, site)
    for tps in facts.tps:
        draw_tps(paper, facts, tps, pictures)
    return write_pdf(paper)


def _describe(tps: TpsFacts, signer: Signer | None) -> bytes:
    signed = [
        {"statement": photo.receipt, "signature": signer.sign(dict(photo.receipt)) if signer else None}
        for photo in tps.photos
        if photo.receipt is not None
    ]
    return canonical_json({**as_json(tps), "receipts": signed})


def _write_manifest(facts: PackFacts, files: Mapping[str, bytes], missing: list[str], site: str) -> bytes:
    manifest = {
        "format": FORMAT,
        "site": site,
        "notice": "Bukan hasil resmi. (This is not the official result.)",
        "pemilihan": facts.pemilihan,
        "kode": facts.kode,
        "path": list(facts.path),
        "as_of": facts.as_of.isoformat(),
        "state_sha256": facts.state_sha256,
        "rule_version": facts.rule_version,
        "receipt_key": {"algorithm": "Ed25519", "public_key": facts.receipt_key},
        "tps": [one.kode for one in facts.tps],
        "tps_accepted": facts.tps_accepted,
        "tps_with_differences": facts.tps_standing,
        "left_out": {"count": facts.left_out_count, "first": list(facts.left_out)},
        "missing_pictures": missing,
        "files": [
            {"path": name, "bytes": len(files[name]), "sha256": sha256(files[name]).hexdigest()}
            for name in sorted(files)
        ],
    }
    return (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()


def _zip(files: Mapping[str, bytes], at: datetime) -> bytes:
    moment = at.astimezone(UTC)
    stamp = (max(moment.year, FIRST_YEAR), moment.month, moment.day, moment.hour, moment.minute, moment.second)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, stamp)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # the same on every system
            entry.compress_type = zipfile.ZIP_STORED if name.endswith((".jpg", ".pdf")) else zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name])
    return buffer.getvalue()
