"""The topic held against the history rolled from it, over real files; each record is looked at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from ops.auditing import RecordWatch, RolledRows, list_days
from ops.settings import Settings
from parking.decisions.chain import LoggedEntry
from parking.errors import ParkingError
from parking.instants import to_us
from tests.ops.test_signs_wrong_cli import CITY, shown
from tests.store.test_decided_history import log_of, roll
from tests.support import NOON

LOG = log_of(*shown(0, "spaces", "40"), *shown(10, "spaces", "3"))


def rolled_from(folder: Path) -> RolledRows:
    rows = RolledRows()
    for day in list_days(Settings(history_dir=folder), CITY, NOON.date()):  # type: ignore[call-arg]
        rows.put(day)
    return rows


def audit(rows: RolledRows, entries: Sequence[LoggedEntry], begin: int = 0) -> list[str]:
    watch = RecordWatch([], {0: begin}, rows)
    for entry in entries:
        watch.see(entry.partition, entry.offset, to_us(entry.logged_at) // 1000, entry.value)
    return [one.what for one in watch.list_findings() if one.is_fault]


def test_what_the_history_holds_must_stand_in_the_topic(tmp_path: Path) -> None:
    roll(tmp_path / "decisions", LOG)
    assert audit(rolled_from(tmp_path), LOG) == []
    other = log_of(*shown(0, "spaces", "41"), *shown(10, "spaces", "3"))
    assert "the topic and the history say different things" in audit(rolled_from(tmp_path), other)
    lost = "the history holds a record that the topic has lost"
    assert lost in audit(rolled_from(tmp_path), [*LOG[:1], *LOG[2:]])
    assert lost in audit(rolled_from(tmp_path), LOG[:-1]), "also its end"
    assert lost in audit(rolled_from(tmp_path), []), "also all of it"
    assert audit(rolled_from(tmp_path), LOG[2:], begin=2) == [], "Kafka has let go of the beginning"


def test_rows_that_do_not_rise_with_their_days_are_found_all_the_same() -> None:
    rows = RolledRows()
    rows.put(LOG[2:])
    rows.put(LOG[:2])
    assert audit(rows, LOG) == []


def test_a_confirmation_of_what_was_never_decided_is_found() -> None:
    assert audit(RolledRows(), [*LOG[:2], LOG[3]]) == ["a confirmation of what was never decided", "an entry is gone"]


def test_what_cannot_be_read_is_found() -> None:
    torn = LOG[1]._replace(value=LOG[1].value[:-5])
    assert audit(RolledRows(), [LOG[0], torn, *LOG[2:]])[0].startswith("a record cannot be read")


def test_a_history_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    roll(tmp_path / "decisions", LOG)
    for file in (tmp_path / "decisions").rglob("*.parquet"):
        file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ParkingError):
        rolled_from(tmp_path)
