"""Photographs come in: checked by header, size and hash only, sealed, logged, and queued for reading."""
