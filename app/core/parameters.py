"""Kinds of values in addresses that more than one package reads."""

from typing import Annotated

from fastapi import Path

BIGINT_MAX = 2**63 - 1

RowId = Annotated[int, Path(ge=1, le=BIGINT_MAX)]
"""Number of a row. Without the bound a longer number would reach PostgreSQL and come back as our failure."""
