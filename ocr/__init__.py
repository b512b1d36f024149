"""Reading result sheets: a pure library, bytes in and dataclasses out; no database, no web, no settings."""
