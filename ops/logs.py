"""Logs: a line for people, or one JSON object a line for machines (``PLACELIBRE_LOG_FORMAT=json``)."""

import logging
import sys
from datetime import UTC, datetime

import msgspec

from parking.instants import in_text

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Time, level, logger and message; whatever the call gave as ``extra``; and the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        line: dict[str, object] = {
            "at": in_text(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().strip(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _PLAIN}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


QUIET = {"aiokafka": logging.CRITICAL, "faust": logging.WARNING, "mode": logging.WARNING}
"""Libraries whose steps and retries are told at debug only: our own messages say more, and say what to do."""


def set_up(level: str, style: str) -> None:
    """Log to standard error from ``level`` on."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if style == "json" else text)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for library, least in QUIET.items():
        logging.getLogger(library).setLevel(logging.NOTSET if level == "debug" else least)
    for library in ("httpx", "httpcore"):  # at any level: they write addresses and headers, and with them keys
        logging.getLogger(library).setLevel(logging.WARNING)
