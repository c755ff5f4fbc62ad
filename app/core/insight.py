"""What an installation tells about itself: logs for people or machines, and errors to Sentry where that is wanted."""

from __future__ import annotations

import logging
import sys

import structlog

from app.config import Settings


def init(settings: Settings) -> None:
    """Set up logs, and Sentry when the settings name one."""
    shown: list[structlog.typing.Processor]
    if settings.log_format == "json":
        shown = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        shown = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    if settings.sentry_dsn:
        # Its import takes a fifth of a second, so only those who want it pay.
        import sentry_sdk

        sentry_sdk.init(dsn=settings.sentry_dsn, send_default_pii=False, include_local_variables=False)
