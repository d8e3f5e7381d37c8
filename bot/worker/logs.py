"""Logs: one line an event, on standard error."""

import logging
import sys
import time
from collections.abc import Collection

from bot.networks.redaction import redact


class _Redacted(logging.Formatter):
    """Hides secrets last of all, so that neither an exception's text nor its traceback brings one in."""

    def __init__(self, form: str, times: str, secrets: Collection[str]) -> None:
        super().__init__(form, times)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self._secrets)


def configure(secrets: Collection[str] = ()) -> None:
    """Let the program's own loggers write to standard error, with times in UTC and without secrets."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = _Redacted("%(asctime)sZ %(levelname)-7s %(message)s", "%Y-%m-%dT%H:%M:%S", secrets)
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logger = logging.getLogger("bot")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    scheduler = logging.getLogger("apscheduler")
    scheduler.handlers[:] = [handler]
    scheduler.setLevel(logging.ERROR)
    scheduler.propagate = False
