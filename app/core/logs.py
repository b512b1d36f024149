"""What a process writes about itself: one JSON object a line, with plain tracebacks.

Without this, structlog prints tracebacks with the local variables of every frame (passwords, tokens, readings that
nobody may see yet) and takes seconds of the event loop for each, so that one bad request a second would stop the site.
"""

import logging
import sys

import structlog


def configure_logs() -> None:
    """Let every later log line of this process be JSON on standard error; no local variable is ever in it."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # Looked up for each line: whoever calls us in-process may have put another stream there, and closed it since.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
