"""Logs: a line for people, or one JSON object a line for machines (``PLACELIBRE_LOG_FORMAT=json``).

All of it takes this one way, the words of libraries and of Python itself included: in one form, calm (``ops.calm``),
without secrets (``ops.hiding``), and with nothing in it that a terminal would obey (``parking.printable``).
"""

import json
import logging
import sys
from datetime import UTC, datetime

import msgspec

from ops.calm import CalmHandler
from ops.hiding import hide, hide_in
from parking.instants import in_text
from parking.printable import visible, visible_json

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TextFormatter(logging.Formatter):
    """Time, level, logger and message in one line; a traceback's lines stand below, set in, so none looks like ours."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        message = visible(hide(record.getMessage().strip()))
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {message}"
        if record.exc_info:
            trace = hide(self.formatException(record.exc_info)).split("\n")
            line += "".join(f"\n    {visible(part)}" for part in trace)
        return line


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
        more = {name: value for name, value in vars(record).items() if name not in _PLAIN}
        line |= msgspec.to_builtins(more, enc_hook=str)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return visible_json(json.dumps(hide_in(line), ensure_ascii=False))


QUIET = {"aiokafka": logging.CRITICAL, "faust": logging.WARNING, "mode": logging.WARNING}
"""Libraries whose steps and retries are told at debug only: our own messages say more, and say what to do."""


def speaks_json() -> bool:
    """Whether this process logs for machines: then what it says on its way is a line of the log as well."""
    return any(isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers)


def set_up(level: str, style: str) -> None:
    """Log to standard error from ``level`` on."""
    handler = CalmHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    for library, least in QUIET.items():
        logging.getLogger(library).setLevel(logging.NOTSET if level == "debug" else least)
    for library in ("httpx", "httpcore"):  # at any level: they write addresses and headers, and with them keys
        logging.getLogger(library).setLevel(logging.WARNING)
