"""What can go wrong with the embedded server."""

from app.core.errors import RunutError

OTHER_SERVER = "Or set DATABASE_URL=postgresql://... to use a PostgreSQL server of your own."


class EmbeddedPostgresError(RunutError):
    """The embedded server cannot run here; the message says why and what to do."""

    status = 503
    code = "embedded_postgres"
