"""Structured logs: one line of JSON per record, each with the id of its request or job, none with a secret."""

import re
from typing import Any

import structlog

LONGEST_WORD = 24  # characters of one part of an address; what is longer is a token: of a link, an invitation, a reset
_query = re.compile(r"\?\S*")
_token = re.compile(rf"(?<=/)[\w:.=\-]{{{LONGEST_WORD + 1},}}|(?<=/[ps]/)\w[\w:.=\-]*")  # /s/: links in short


def without_secrets(_logger: Any, _method: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Take tokens, and what people looked for, out of the addresses that a line names."""
    if isinstance(request := entry.get("request"), str):
        entry["request"] = _token.sub("…", _query.sub("", request))
    if isinstance(words := entry.get("event"), str):
        entry["event"] = _token.sub("…", words)
    return entry


SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso"),
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_secrets,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            "foreign_pre_chain": SHARED,
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"filo": {"level": "INFO"}, "django_structlog": {"level": "INFO"}, "celery": {"level": "WARNING"}},
}


def configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            *SHARED[1:],
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
