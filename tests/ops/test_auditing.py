"""The topic held against the history rolled from it, over real files."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from ops.auditing import WholeTopic, verify
from ops.settings import Settings
from parking.decisions.chain import LoggedEntry
from parking.decisions.heads import RawRecord
from tests.ops.test_signs_wrong_cli import CITY, shown
from tests.store.test_decided_history import log_of, roll


def whole(entries: list[LoggedEntry]) -> WholeTopic:
    raw: dict[int, list[RawRecord]] = {}
    for entry in entries:
        raw.setdefault(entry.partition, []).append(RawRecord(entry.offset, entry.value))
    return WholeTopic("t", dict.fromkeys(raw, 0), raw, entries, [])


def audit(folder: Path, entries: list[LoggedEntry]) -> list[str]:
    settings = Settings(history_dir=folder)  # type: ignore[call-arg]
    found = verify(settings, whole(entries), folder / "heads.jsonl", None, CITY)
    return [one.what for one in found.findings if one.is_fault]


def test_what_the_history_holds_must_stand_in_the_topic(tmp_path: Path) -> None:
    log = log_of(*shown(0, "spaces", "40"), *shown(10, "spaces", "3"))
    roll(tmp_path / "decisions", log)
    assert audit(tmp_path, log) == []
    other = log_of(*shown(0, "spaces", "41"), *shown(10, "spaces", "3"))
    (tmp_path / "heads.jsonl").unlink()
    assert "the topic and the history say different things" in audit(tmp_path, other)
    (tmp_path / "heads.jsonl").unlink()
    assert "the history holds a record that the topic has lost" in audit(tmp_path, [*log[:1], *log[2:]])


def test_a_history_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    log = log_of(*shown(0, "spaces", "40"))
    roll(tmp_path / "decisions", log)
    for file in (tmp_path / "decisions").rglob("*.parquet"):
        file.write_bytes(file.read_bytes()[:-20])
    assert any("cannot be read" in one for one in audit(tmp_path, log))
