"""The history: every change ever published, as Parquet files that any tool can open.

    history/position.json                                      where the rolling stands; replaced, never written to
    history/tenant=nantes/day=2026-05-04/1-0-000000000000-000000012000.parquet
                                         │ │ └ offsets of the log: from, and up to before
                                         │ └ partition of the log
                                         └ which topic: 2 after it was deleted and made again

A file holds all rows of its tenant and day that these offsets brought, one row a place and revision (``rows``: the
columns). The day is the UTC day on which the change was published. Three rules make every reader see each change
exactly once, whatever dies when:

1. A file is there whole or not at all: written aside, fsync, renamed.
2. A file counts once the position has passed its last offset. The position is replaced after all files of a batch, so a
   batch counts as a whole; what a crash left beyond it is removed, and its offsets are read again.
3. A file whose offsets lie within those of another is superseded: merging small files is one rename, too.

The same change may stand in the log twice, at two offsets; a row is written only where no file has its revision.

Needs the extra ``history`` (pyarrow). Nothing here knows Kafka; one writer at a time, any number of readers.
"""

from importlib.util import find_spec

from parking.errors import ParkingError


class HistoryError(ParkingError):
    """The history cannot be read or written as it is; the message says what to do."""


class DiskError(HistoryError):
    """The disk does not take what was to be written; nothing of it counts, and the same may be written again."""


if find_spec("pyarrow") is None:
    raise HistoryError("the history needs pyarrow: pip install 'placelibre[history]', or `make setup`")
