"""The record of what people said: what it keeps has a bound, and what is kept is the latest."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

import parking.desk.said
from parking.decisions.model import Decision, decide
from parking.desk.said import DeskRecord
from tests.support import TENANT, at


def said(number: int, when: datetime) -> Decision:
    output = {"key": f"k{number}"}
    subject = f"place:p{number % 3}/opening"
    return decide(TENANT, subject, ("desk.override", 1), (), output, when, when, author="Ada", reason="works")


def test_the_oldest_goes_first_with_its_key_and_its_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking.desk.said, "MOST_SAID", 4)
    record = DeskRecord()
    words = [said(number, at() + timedelta(seconds=number)) for number in range(10)]
    for word in (*words, words[-1]):  # told twice, it is one
        record.take(word)
    assert [record.find(word.id) is not None for word in words] == [False] * 6 + [True] * 4
    assert record.find_by_key("k0") is None
    assert record.find_by_key("k9") is not None
    latest = record.find_latest("place:p0/opening")
    assert latest is not None
    assert latest.decision == words[9]
