"""The history of decisions as files: every record once, as Kafka had it, whatever is rolled how often."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from parking.decisions.acting import ActResult, Confirmation, confirm
from parking.decisions.chain import ChainLink, DecisionEntry, LoggedEntry, check_chains, follow_link
from parking.decisions.codec import encode_entry
from parking.decisions.model import Decision
from parking.errors import ParkingError
from store.history import HistoryError
from store.history.decided import DecidedReader, DecidedWriter
from store.history.folder import Batch, Rolled, Stretch
from tests.parking.decisions.test_decisions import decided
from tests.support import NOON, TENANT, at

TOPIC = "test.decisions"


def log_of(*events: Decision | Confirmation, first: int = 0) -> list[LoggedEntry]:
    link, log = ChainLink(chain="c", number=1), []
    for number, event in enumerate(events):
        entry = DecisionEntry(event=event, link=link)
        value = encode_entry(entry)
        log.append(LoggedEntry(entry, value, 0, first + number, NOON))
        link = follow_link(link, value)
    return log


def roll(folder: Path, log: Sequence[LoggedEntry]) -> Rolled:
    stretch = Stretch(log[0].offset, log[-1].offset + 1, 1)
    with DecidedWriter(folder, TOPIC) as writer:
        return writer.append(Batch({0: stretch}, log))


def test_what_was_rolled_is_read_back_byte_for_byte_and_the_chain_holds(tmp_path: Path) -> None:
    first, second = decided(), decided(decided_at=at(24 * 60), valid_until=at(24 * 60 + 5), author="somebody")
    log = log_of(first, confirm(first, ActResult.ACTED, {"status": 4}, at(1)), decided(subject="sign:2"), second)
    assert roll(tmp_path, log[:2]) == Rolled(2, 0, 0)
    assert roll(tmp_path, log[2:]) == Rolled(2, 0, 0)
    reader = DecidedReader(tmp_path)
    assert reader.list_entries(TENANT) == log
    assert check_chains((one.entry.link, one.value) for one in reader.list_entries(TENANT)) == []
    found = [reader.find_standing(TENANT, "sign:A12/1", when) for when in (at(1), at(24 * 60))]
    assert [one and (one.decision, one.state) for one in found] == [(first, "acted"), (second, "open")]


def test_what_stood_then_is_the_last_decision_up_to_then(tmp_path: Path) -> None:
    roll(tmp_path, log_of(*(decided(decided_at=at(number)) for number in range(5))))
    reader = DecidedReader(tmp_path)
    standing = reader.find_standing(TENANT, "sign:A12/1", at(2.5))
    assert standing is not None
    assert standing.decision.decided_at == at(2)
    assert reader.find_standing(TENANT, "sign:A12/1", at(-1)) is None
    assert reader.find_standing(TENANT, "sign:nobody", at(9)) is None


def test_of_days_before_a_stretch_what_stood_last_of_each_subject_is_read(tmp_path: Path) -> None:
    day = 24 * 60
    events = {minute: decided(decided_at=at(minute), valid_until=at(minute + 5)) for minute in (0, 5, day, day + 5)}
    other = decided(subject="push:7", decided_at=at(day), valid_until=at(day + 5))
    record = [*events.values(), other, confirm(events[5], ActResult.ACTED, {}, at(6)),
              confirm(events[0], ActResult.ACTED, {}, at(1))]  # fmt: skip
    roll(tmp_path, log_of(*record))
    reader, first = DecidedReader(tmp_path), at(day).date()
    found = [entry.event for entry in reader.list_stretch(TENANT, "sign:", at(0).date(), first, first)]
    assert {event.decided_at for event in found} == {at(5), at(day), at(day + 5)}
    assert record[5] in found
    assert other not in found
    assert [one.event.decided_at for one in reader.list_stretch(TENANT, "sign:", first, first, first)] == [
        at(day), at(day + 5),
    ]  # fmt: skip


def test_a_stretch_is_rolled_once_and_rubbish_is_no_row(tmp_path: Path) -> None:
    log = log_of(decided(), decided(decided_at=at(1)))
    roll(tmp_path, log)
    with pytest.raises(HistoryError, match="rolled up to 2 already"):
        roll(tmp_path, log)
    with DecidedWriter(tmp_path, TOPIC) as writer, pytest.raises(ParkingError):
        writer.understand(b'{"schema_version":1}', NOON, 0, 9)


def test_without_any_history_the_way_to_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="`placelibre history` writes it"):
        DecidedReader(tmp_path / "none").list_entries(TENANT)
