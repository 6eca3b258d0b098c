"""A disk that is full in the middle of a batch: a sentence, nothing half written, and the same batch again."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from parking.published.timeline import Published
from store.history import DiskError, files
from store.history.folder import MAX_PARTS
from store.history.writer import HistoryWriter
from streams import history
from streams.history import RollProgress, when_there_is_room
from tests.store.history_logs import TOPIC, batch_of, everything, said
from tests.support import NOON


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The kernel refuses each byte beyond, as a disk without room does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def log(first: int, count: int, tenant: str = "b") -> list[Published]:
    """Changes of two cities: one row of the first, many of the second."""
    rows = [said(first, (1, first), tenant="a")]
    return rows + [said(n, (1, n), f"p{n}", tenant=tenant) for n in range(first + 1, first + count)]


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def size_of_one(folder: Path) -> int:
    return max(path.stat().st_size for path in folder.rglob("*.parquet"))


def test_a_batch_that_finds_no_room_leaves_nothing_and_comes_in_whole_later(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, TOPIC) as writer:
        writer.append(batch_of(log(0, 2)))
        before, position = names(tmp_path), writer.position
        with files_of_at_most(size_of_one(tmp_path) + 200), pytest.raises(DiskError, match="is full: make room"):
            writer.append(batch_of(log(2, 3_000)))
        assert names(tmp_path) == before, "neither what is half written nor the small file that fitted"
        assert writer.position == position
        assert len(everything(tmp_path)) == 2
        writer.append(batch_of(log(2, 3_000)))
    assert len(everything(tmp_path)) == 3_002


def test_a_position_that_finds_no_room_is_not_taken_for_reached(tmp_path: Path) -> None:
    with HistoryWriter(tmp_path, TOPIC) as writer:
        writer.append(batch_of(log(0, 2)))
        position = writer.position
        with files_of_at_most(8), pytest.raises(DiskError):
            writer.note_lost(3)
        assert (writer.position, files.find_rolled(tmp_path)) == (position, position)
        writer.append(batch_of(log(2, 2)))
    assert len(everything(tmp_path)) == 4


def test_files_that_cannot_become_one_stay_and_count(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with HistoryWriter(tmp_path, TOPIC) as writer:
        for n in range(MAX_PARTS):
            writer.append(batch_of(log(500 * n, 500)))
        with files_of_at_most(size_of_one(tmp_path) + 2_000):
            writer.append(batch_of(log(500 * MAX_PARTS, 500)))
        assert "files that were to become one stay as they are" in caplog.text
        assert len(everything(tmp_path)) == 500 * (MAX_PARTS + 1)
        writer.append(batch_of(log(500 * (MAX_PARTS + 1), 500)))
    assert len(everything(tmp_path)) == 500 * (MAX_PARTS + 2)
    assert not [name for name in names(tmp_path) if name.endswith(".tmp")]


async def test_rolling_waits_for_room_and_says_so_meanwhile(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(history, "DISK_PAUSE_S", 0.001)
    progress, told, tries = RollProgress(rolled_at=NOON), [], 0

    async def attempt() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise DiskError("the disk is full")

    await when_there_is_room(attempt, progress, lambda seen: told.append(seen.trouble))
    assert (tries, told) == (3, ["the disk is full", "the disk is full", None])
    assert caplog.records[-1].getMessage() == "the history is written again"


def test_another_fault_of_the_disk_is_not_called_full() -> None:
    assert "cannot be written (Read-only file system): mend it" in str(
        files.disk_error(Path("/history"), OSError(30, "Read-only file system"))
    )
