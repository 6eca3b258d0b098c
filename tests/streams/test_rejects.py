"""Listing what was refused: whatever else lies in the topic costs itself alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from parking.codec import encode_event
from parking.rejects import make_reject
from parking.words import RejectReason
from streams import rejects
from streams.rejects import read_rejects
from tests.support import NOON, TENANT

REFUSED = make_reject(TENANT, "src", RejectReason.BAD_TIME, "no time", b"{}", NOON)


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> list[bytes | None]:
    """The values that the topic holds."""
    values: list[bytes | None] = []

    async def read() -> AsyncIterator[Any]:
        for offset, value in enumerate(values):
            yield SimpleNamespace(partition=0, offset=offset, key=b"", value=value, timestamp=1)

    @asynccontextmanager
    async def open_topic(*_: object) -> AsyncIterator[Any]:
        yield SimpleNamespace(read=read)

    monkeypatch.setattr(rejects, "open_topic", open_topic)
    return values


@pytest.mark.parametrize("stranger", [None, b"", b"nonsense", b"\xff", b"{}"])
async def test_a_record_that_is_no_reject_is_passed_over(topic: list[bytes | None], stranger: bytes | None) -> None:
    topic += [stranger, encode_event(REFUSED), stranger]
    (kept,) = await read_rejects("kafka:9092", "test")
    assert kept.reject == REFUSED
