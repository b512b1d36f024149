"""JSON Schemas of the published files; they ship with the service and are handed out under ``/data/_/schema/``."""

from functools import cache
from pathlib import Path

NAMES = ("contest", "index", "pointer", "region")


@cache
def read_schema(name: str) -> bytes:
    """Return the schema ``name``, one of :data:`NAMES`."""
    return (Path(__file__).parent / f"{name}.json").read_bytes()
