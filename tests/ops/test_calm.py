"""One warning of a kind a minute, with a count; and never another kind behind it."""

import io
import json
import logging
import subprocess
import sys

import pytest

from ops.calm import CALM_S, KINDS_A_MINUTE, KINDS_IN_ALL, CalmHandler
from ops.logs import JsonFormatter, TextFormatter
from parking.words import RejectReason


class Told:
    """A log whose minute passes when it is told to."""

    def __init__(self) -> None:
        self.stream, self.now = io.StringIO(), 0.0
        self.handler = CalmHandler(self.stream, lambda: self.now)
        self.handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self.log = logging.Logger("a.sender")
        self.log.addHandler(self.handler)

    @property
    def lines(self) -> list[str]:
        return self.stream.getvalue().splitlines()

    def wait(self, seconds: float = CALM_S) -> None:
        self.now += seconds
        self.handler.acquire()
        self.handler.say_held()
        self.handler.release()


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_flood_is_one_line_a_minute_with_its_count(told: Told) -> None:
    for number in range(7_850):
        told.log.warning("refused %s by %d", f"sender-{number}-\x1b", number)
    assert told.lines == ["WARNING refused sender-0-\x1b by 0"]
    told.wait()
    assert len(told.lines) == 2
    assert "7849 more like this in 60 s, the last: refused sender-7849" in told.lines[1]
    for _ in range(5):
        told.log.warning("refused %s by %d", "x", 1)
    assert len(told.lines) == 2  # the count was this minute's line
    told.wait()
    assert "5 more like this" in told.lines[2]
    told.wait()
    told.log.warning("refused %s by %d", "x", 1)
    assert told.lines[3:] == ["WARNING refused x by 1"]


def test_another_error_at_the_same_line_of_code_is_another_kind(told: Told) -> None:
    for error in (TimeoutError("1"), TimeoutError("2"), ConnectionError("3")):
        told.log.error("Redis is away (%s)", error)
    for reason in (RejectReason.FLOODED, RejectReason.MALFORMED_BODY, RejectReason.FLOODED):
        told.log.error("refused: %s", reason)
    for name in ("nantes", "ulm", "nantes"):
        told.log.error("%s: does not answer", name, extra={"kind": name})
    assert len(told.lines) == 6


def test_so_is_another_place_in_the_code_and_another_level(told: Told) -> None:
    def fail(how: str) -> None:
        try:
            int("x") if how == "value" else [][0]
        except (ValueError, IndexError):
            told.log.exception("a mistake of ours")

    for how in ("value", "index", "value"):
        fail(how)
    told.log.warning("a mistake of ours")
    assert [line for line in told.lines if "mistake" in line] == ["ERROR a mistake of ours"] * 2 + [
        "WARNING a mistake of ours"
    ]


def test_a_message_without_words_of_its_own_is_its_kind_but_no_sender_makes_ever_more_of_them(told: Told) -> None:
    told.log.error("%s: %s", "partition 3", "the row is refused")
    told.log.error("%s: %s", "partition 4", "the row is refused")
    told.log.error("%s: %s", "partition 4", "the clock leapt")
    assert len(told.lines) == 2
    for number in range(500):
        told.log.error("%s: %s", chr(0x4E00 + number), "unknown")
    assert len(told.lines) == KINDS_A_MINUTE
    told.wait()
    held = [int(line.split()[1]) for line in told.lines[KINDS_A_MINUTE:]]
    assert sum(held) + KINDS_A_MINUTE == 503


def test_what_is_no_warning_and_what_is_critical_goes_through(told: Told) -> None:
    for _ in range(3):
        told.log.info("3 observations")
        told.log.critical("stopping")
    assert len(told.lines) == 6


def test_a_text_made_by_a_library_is_told_by_the_line_it_comes_from(told: Told) -> None:
    for number in range(100):
        told.log.warning(f"Topic {'x' * number} is not available")
    assert len(told.lines) == KINDS_A_MINUTE


def test_templates_made_of_what_others_sent_fill_neither_log_nor_memory(told: Told) -> None:
    for number in range(5_000):
        told.log.warning(f"Topic {chr(0x4E00 + number)} is not %s", "there")
    assert len(told.lines) == KINDS_IN_ALL
    assert len(told.handler._held) == KINDS_IN_ALL + 1
    told.wait()
    assert f"{5_000 - KINDS_IN_ALL} more like this" in told.lines[-1]
    told.wait()
    assert not told.handler._held
    assert not told.handler._kinds


SCRIPT = """
import logging
from ops.logs import set_up
set_up("info", "json")
for number in range(50):
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
"""


def test_what_is_held_is_said_when_the_process_ends_in_the_logs_own_form() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    first, more = map(json.loads, done.stderr.splitlines())
    assert (first["message"], first["logger"]) == ("Invalid HTTP request received.", "uvicorn.error")
    assert (more["held"], more["level"]) == (49, "warning")
    assert more["at"]


def test_the_minute_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    said = Event()

    class Stream(io.StringIO):
        def write(self, text: str) -> int:
            if "2 more like this" in text:
                said.set()
            return super().write(text)

    monkeypatch.setattr("ops.calm.CALM_S", 0.2)
    log = logging.Logger("x")
    log.addHandler(CalmHandler(Stream()))
    for _ in range(3):
        log.warning("again")
    assert said.wait(10)


def test_a_message_that_cannot_be_put_into_words_is_said_all_the_same(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    told.log.info("%d of %d", 1)
    told.log.warning("%s: %(x)s %q", "a")
    assert "'%d of %d'" in told.lines[0]
    assert capsys.readouterr().err == "", "and not beside the log"


@pytest.mark.parametrize("form", [TextFormatter(), JsonFormatter()])
def test_no_sender_writes_a_line_of_the_log_or_steers_a_terminal(form: logging.Formatter) -> None:
    evil = "x\n1999-11-28 09:00:00 ERROR ops: all is lost\r\x1b[2J\u202e\x9b\udc80"
    try:
        raise ValueError(evil)
    except ValueError as error:
        record = logging.makeLogRecord(
            {"msg": "got %s", "args": (evil,), "exc_info": (ValueError, error, error.__traceback__)}
        )
    text = form.format(record)
    assert not any(line.startswith("1999") for line in text.split("\n"))
    assert text.replace("\n", "").isprintable()
    text.encode()
