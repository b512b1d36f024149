"""What a process writes about itself: one JSON object a line on standard error, with plain tracebacks.

Without this, structlog prints tracebacks with the local variables of every frame (passwords, tokens, readings that
nobody may see yet) and takes seconds of the event loop for each, so that one bad request a second would stop the site.

Lines that are written while a request or a job runs carry `request_id`, the one that the answer named.
"""

import logging
import sys
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def configure_logs(level: str = "info") -> None:
    """Let every later log line of this process be JSON on standard error; no local variable is ever in it.

    ``level`` (debug, info, warning, error) is the least that is written. Libraries (uvicorn, SQLAlchemy, boto3) write
    warnings and errors only, whatever it is: below that they would write rows of the database and signed addresses.
    """
    lowest = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        # Looked up for each line: whoever calls us in-process may have put another stream there, and closed it since.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _LibraryLines)]:
        root.removeHandler(handler)
    root.addHandler(_LibraryLines(level=max(lowest, logging.WARNING)))


class _LibraryLines(logging.Handler):
    """Writes what libraries log with Python's own logging in the same shape as our own lines."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[structlog.stdlib.add_logger_name, *_SHARED],
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
                keep_exc_info=False,
            )
        )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(self.format(record) + "\n")
        except Exception:  # noqa: BLE001 (a line that cannot be written must not break what it tells of)
            self.handleError(record)
