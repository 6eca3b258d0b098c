"""One JSON object a line, whatever is logged."""

import json
import logging
from datetime import UTC, datetime

from ops.logs import JsonFormatter


def line(**more: object) -> dict:
    record = logging.makeLogRecord({"name": "streams.folding", "levelname": "INFO", "levelno": 20, **more})
    return json.loads(JsonFormatter().format(record))


def test_a_line_has_its_time_level_logger_and_message() -> None:
    told = line(msg="partition %d: %s", args=(3, "né"))
    assert (told["level"], told["logger"], told["message"]) == ("info", "streams.folding", "partition 3: né")
    assert datetime.fromisoformat(told["at"]).tzinfo == UTC


def test_what_was_given_beside_the_message_is_a_field_whatever_it_is() -> None:
    told = line(msg="x", partition=3, odd=object)
    assert told["partition"] == 3
    assert "object" in told["odd"]


def test_an_error_brings_its_traceback_in_the_same_line() -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        told = line(msg="x", exc_info=(type(error), error, error.__traceback__))
    assert "ValueError: broken" in told["error"]
