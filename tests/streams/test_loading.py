"""Taking a partition over: where to read on, and what to refuse."""

from __future__ import annotations

import pytest

from parking.fold.records import LogRecord, Record
from parking.fold.table_rows import encode_position
from streams.continuity import contiguous
from streams.loading import OldEpochError, TopicRecreatedError, load_partition
from streams.losses import Losses
from streams.meters import WorkerMeters
from streams.partitions import folded_key
from streams.source import OffsetRange


def records(*offsets: int) -> list[LogRecord]:
    return [Record(offset, None, b"", 0) for offset in offsets]


@pytest.mark.parametrize(
    ("offsets", "whole"),
    [
        ((5, 6, 7), (5, 6, 7)),
        ((5, 7, 7), (5,)),
        ((6, 7), ()),
        ((5, 6, 9, 10, 9, 10, 11), (5, 6)),
        ((5, 6, 6, 7), (5, 6)),
        ((), ()),
    ],
)
def test_records_are_taken_up_to_the_first_jump(offsets: tuple[int, ...], whole: tuple[int, ...]) -> None:
    assert tuple(record.offset for record in contiguous(5, records(*offsets))) == whole


def read_on(epoch: int, folded_under: int, offset: int) -> int:
    rows = [(folded_key(0), encode_position(folded_under, offset))]
    return load_partition(0, rows, OffsetRange(10, 100), epoch, -1, Losses(WorkerMeters())).next_offset


def test_reading_goes_on_where_the_table_stands_and_begins_anew_under_a_later_epoch() -> None:
    assert read_on(2, 2, 50) == 50
    assert read_on(3, 2, 50) == 10
    assert read_on(2, 2, 3) == 10, "what has left Kafka is gone"


def test_a_lower_epoch_or_a_shorter_topic_is_refused_with_what_to_set() -> None:
    with pytest.raises(OldEpochError, match="PLACELIBRE_STREAM_EPOCH=2"):
        read_on(1, 2, 50)
    with pytest.raises(TopicRecreatedError, match="above 2"):
        read_on(2, 2, 101)
