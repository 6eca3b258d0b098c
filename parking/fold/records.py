"""A record of the log as the fold reads it, whoever holds the log."""

from typing import NamedTuple, Protocol


class LogRecord(Protocol):
    """One record as a log holds it."""

    @property
    def offset(self) -> int:
        """Where it stands in its partition."""

    @property
    def key(self) -> bytes | None:
        """``tenant/place``."""

    @property
    def value(self) -> bytes | None:
        """The observation, as the codec wrote it."""

    @property
    def timestamp(self) -> int:
        """The log's own append time, in milliseconds since 1970."""


class Record(NamedTuple):
    """A LogRecord of our own; aiokafka's are others."""

    offset: int
    key: bytes | None
    value: bytes | None
    timestamp: int
