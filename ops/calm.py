"""One warning of a kind a minute, and how many more there were: nobody who sends can fill a log.

The first of a kind is said at once. What follows within the minute is counted, and the count is said when the minute is
over, with the last of them; as long as more come, that is one line a minute. What is still held when the process ends
is said then.

A kind is a line of code with its message's template, the errors and words of an enumeration among its arguments, and
the place of a traceback: not what a sender chose. Where a template has no words of its own (``"%s: %s"``), the message
is the kind, its digits aside, and a caller whose arguments are settings of ours says so by ``extra={"kind": name}``: of
both a line has ``KINDS_A_MINUTE``, and what goes beyond is counted together. So another error is not hidden behind the
first. Below a warning, and what is critical, goes through as it comes.
"""

import logging
import re
import sys
import threading
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from enum import Enum
from time import monotonic
from typing import TextIO

CALM_S = 59.5
"""A minute, a little less: who counts by a clock of its own and speaks each minute is heard each minute."""

KINDS_A_MINUTE = 10
KINDS_IN_ALL = 500
"""Whoever builds templates out of what others sent makes no more of them; beyond this a logger's are counted as one."""

_NUMBER = re.compile(r"[0-9]+")
_FIELD = re.compile(r"%(\(\w+\))?[-#0 +]*[0-9.*]*[a-zA-Z%]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_UNWORDED = "a message could not be put into words: %r"
_MORE = "%d more like this in %.0f s, the last: %s"


@dataclass
class _Held:
    """A kind that was said, until when it is held, how often it came meanwhile, and what the last one said."""

    record: logging.LogRecord
    since: float
    count: int = 0
    last: tuple[object, object] = ("", None)


class CalmHandler(logging.StreamHandler[TextIO]):
    """Writes to a stream, as said above. ``clock`` counts seconds."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = monotonic) -> None:
        super().__init__(stream)
        self._clock = clock
        self._held: dict[Hashable, _Held] = {}
        self._kinds: dict[Hashable, int] = {}
        self._timer: threading.Timer | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler."""
        if not logging.WARNING <= record.levelno < logging.CRITICAL:
            super().emit(record)
            return
        now = self._clock()
        self.say_held(now)
        line = _line_of(record)
        key = (line, _kind_of(record))
        if key not in self._held and len(self._held) >= KINDS_IN_ALL:
            line = (record.name, record.levelno)
            key = (line, None)
        elif key not in self._held and self._kinds.get(line, 0) >= KINDS_A_MINUTE:
            key = (line, None)
        held = self._held.get(key)
        if held is None:
            self._held[key] = _Held(record, now)
            self._kinds[line] = self._kinds.get(line, 0) + 1
            if key[1] is not None:
                super().emit(record)
                return
            held = self._held[key]
        held.count, held.last = held.count + 1, (record.msg, record.args)
        self._wait(now)

    def say_held(self, now: float | None = None, at_end: bool = False) -> None:
        """Say how many came of each kind whose minute is over, or of all ``at_end``."""
        now = self._clock() if now is None else now
        over = [key for key, held in self._held.items() if at_end or now - held.since >= CALM_S]
        for key in over:
            held = self._held[key]
            if held.count == 0 or at_end:
                del self._held[key]
                assert isinstance(key, tuple)
                self._kinds[key[0]] -= 1
                if not self._kinds[key[0]]:
                    del self._kinds[key[0]]
            if held.count:
                super().emit(_more(held, now))
                held.since, held.count = now, 0

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as logging has it
        """See logging.Handler. What cannot be put into words is said as it is; a lost stream is said nowhere."""
        if isinstance(sys.exc_info()[1], OSError) or record.msg == _UNWORDED:
            return
        like = (record.name, logging.ERROR, record.pathname, record.lineno)
        super().emit(logging.LogRecord(*like, _UNWORDED, (str(record.msg)[:200],), None))

    def close(self) -> None:
        """See logging.Handler; the end of the process comes by here."""
        self.acquire()
        try:
            if self._timer is not None:
                self._timer.cancel()
            self.say_held(at_end=True)
        finally:
            self.release()
        super().close()

    def _wait(self, now: float) -> None:
        if self._timer is None:
            due = min(held.since for held in self._held.values() if held.count) + CALM_S
            self._timer = threading.Timer(max(0.05, due - now), self._on_time)
            self._timer.daemon = True
            self._timer.start()

    def _on_time(self) -> None:
        self.acquire()
        try:
            self._timer = None
            self.say_held()
            if any(held.count for held in self._held.values()):
                self._wait(self._clock())
        finally:
            self.release()


def _line_of(record: logging.LogRecord) -> Hashable:
    """The line of code that speaks; by its template, where it has one that is the same each time."""
    where = record.msg if record.args and isinstance(record.msg, str) else (record.pathname, record.lineno)
    return record.name, record.levelno, where


def _kind_of(record: logging.LogRecord) -> Hashable:
    args = record.args.values() if isinstance(record.args, Mapping) else record.args or ()
    named = [type(arg).__name__ for arg in args if isinstance(arg, BaseException)]
    named += [str(arg) for arg in args if isinstance(arg, Enum)]
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        named += [type(error).__name__, f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""]
    return _said(record), *named


def _said(record: logging.LogRecord) -> str:
    if kind := getattr(record, "kind", None):
        return str(kind)
    if record.args and _WORD.search(_FIELD.sub("", str(record.msg))):
        return ""
    return _NUMBER.sub("#", _message(record.msg, record.args))[:200]


def _message(template: object, args: object) -> str:
    try:
        return str(template) % args if args else str(template)
    except (TypeError, ValueError, KeyError):
        return str(template)


def _more(held: _Held, now: float) -> logging.LogRecord:
    like, count = held.record, held.count
    last = _message(*held.last).strip()
    more = logging.LogRecord(
        like.name, like.levelno, like.pathname, like.lineno, _MORE, (count, now - held.since, last), None
    )
    more.held = count
    return more
