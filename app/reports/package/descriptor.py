"""`datapackage.json`: what is in a package, where it comes from, by which rule, as of which log entry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.discrepancy.rules.catalogue import CATALOGUE_VERSION
from app.pemilu.definition import Contest
from app.reports.cells import spell_time
from app.reports.columns import Table
from app.reports.package.dictionary import describe_schema
from app.verification.consensus import RULE_VERSION

LICENCE = {"name": "CC-BY-4.0", "title": "Creative Commons Attribution 4.0"}
"""Of the data: use them, say where they come from."""

_CHECKPOINT = text(
    """SELECT e.id, e.payload_sha256, e.at, p.id AS publication_entry, p.payload AS publication
       FROM (SELECT * FROM log_entry ORDER BY id DESC LIMIT 1) e
       LEFT JOIN LATERAL (SELECT * FROM log_entry WHERE subject = :subject AND kind = 'publication'
                          ORDER BY id DESC LIMIT 1) p ON true"""
)
_SOURCES = text(
    "SELECT name, sha256, at FROM official_snapshot WHERE pemilihan_id = :pemilihan ORDER BY id DESC LIMIT 20"
)


@dataclass(frozen=True)
class Provenance:
    """Where a package stands: the newest log entry, the newest publication, the newest official snapshots."""

    checkpoint: dict[str, Any] | None
    sources: tuple[dict[str, str], ...]


@dataclass(frozen=True)
class Written:
    """A table that was written: where, how long, with which hash (SHA-256)."""

    table: Table
    path: str
    byte_count: int
    sha256: str


async def find_provenance(session: AsyncSession, *, contest: Contest) -> Provenance:
    """Return what a package of this contest rests on at this moment."""
    subject = f"publication/{contest.kode}"
    entry = (await session.execute(_CHECKPOINT, {"subject": subject})).one_or_none()
    rows = await session.execute(_SOURCES, {"pemilihan": contest.id})
    sources = tuple({"title": f"{row.name} ({spell_time(row.at)})", "path": f"urn:sha256:{row.sha256}"} for row in rows)
    checkpoint = None
    if entry is not None:
        checkpoint = {
            "log_entry": entry.id,
            "payload_sha256": entry.payload_sha256,
            "at": spell_time(entry.at),
            "publication_entry": entry.publication_entry,
            "publication": entry.publication,
        }
    return Provenance(checkpoint, sources)


def describe_package(
    contest: Contest, written: Sequence[Written], provenance: Provenance, *, site: str, made_at: datetime
) -> dict[str, Any]:
    """Return the descriptor (Data Package v1) of what was written."""
    return {
        "profile": "tabular-data-package",
        "name": f"runut-{contest.kode}".lower(),
        "title": contest.nama,
        "description": "Bukan hasil resmi. / Not the official result. See README.md for every column.",
        "homepage": site,
        "created": spell_time(made_at.astimezone(UTC)),
        "licenses": [LICENCE],
        "sources": [{"title": f"Runut, {site}", "path": site}, *provenance.sources],
        "rule_version": RULE_VERSION,
        "discrepancy_rules": CATALOGUE_VERSION,
        "checkpoint": provenance.checkpoint,
        "resources": [_describe_resource(one) for one in written],
    }


def _describe_resource(one: Written) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": one.table.name,
        "title": one.table.title,
        "description": one.table.meaning,
        "path": one.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": one.byte_count,
        "hash": f"sha256:{one.sha256}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": describe_schema(one.table),
    }
