"""Publications as the authority might serve them, and the contest they are read for."""

import gzip
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from app.official.sources import Source
from app.pemilu.definition import Choice, Contest, Identity, Policy, Section

PASLON = ("suara_01", "suara_02", "suara_03")
FIELDS = (*PASLON, "suara_sah", "suara_tidak_sah", "suara_total", "disabilitas_j")


def make_contest(**changes: Any) -> Contest:
    """Return a small presidential contest that is in no database."""
    parts: dict[str, Any] = {
        "id": 1,
        "kode": "ppwp-2024",
        "pemilu": "2024",
        "jenis": "ppwp",
        "nama": "Presiden",
        "wilayah": ("0",),
        "form": "c_hasil_ppwp_2024",
        "form_name": "C.HASIL-PPWP 2024",
        "sections": (Section("suara", "Suara", {2: PASLON, 3: FIELDS[3:6]}), Section("lain", "Lain", {1: FIELDS[6:]})),
        "choices": tuple(Choice(field, place + 1, f"Paslon {place + 1}") for place, field in enumerate(PASLON)),
        "identities": (
            Identity("suara_sah", "suara_sah", PASLON, "suara"),
            Identity("suara_total", "suara_total", ("suara_sah", "suara_tidak_sah"), "suara"),
        ),
        "policy": Policy(),
        "official_names": {
            "suara_01": "chart.100025",
            "suara_02": "chart.100026",
            "suara_03": "chart.100027",
            "suara_sah": "administrasi.suara_sah",
            "suara_tidak_sah": "administrasi.suara_tidak_sah",
            "suara_total": "administrasi.suara_total",
        },
    }
    return Contest(**(parts | changes))


def make_document(
    votes: tuple[int | None, ...] = (72, 109, 35), invalid: int | None = 3, **changes: Any
) -> dict[str, Any]:
    """Return Sirekap's JSON of one TPS whose sums close (when nothing is None)."""
    valid = None if None in votes else sum(vote for vote in votes if vote is not None)
    document: dict[str, Any] = {
        "chart": {"null": None, **{str(100025 + place): vote for place, vote in enumerate(votes)}},
        "images": ["https://example.org/a.jpg"],
        "administrasi": {
            "suara_sah": valid,
            "suara_tidak_sah": invalid,
            "suara_total": None if valid is None or invalid is None else valid + invalid,
        },
        "psu": None,
        "ts": "2024-02-15 00:46:45",
        "status_suara": True,
        "status_adm": True,
    }
    return document | changes


def make_tar(files: Mapping[str, Any], *, name: str = "sirekap.tar.gz", compress: bool = True) -> Source:
    """Return an archive of documents (dicts become JSON, bytes stay) by their names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, content in files.items():
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    data = buffer.getvalue()
    return Source(name, "sirekap_json", "tar", gzip.compress(data, mtime=0) if compress else data)


def make_csv(text: str, name: str = "sirekap.csv") -> Source:
    """Return a CSV publication."""
    return Source(name, "sirekap_csv", "csv", text.encode())
