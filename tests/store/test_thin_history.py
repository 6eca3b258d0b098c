"""A day read place by place is the day, without what the long look back leaves out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from parking.published.availability import ByHand, CategoryCount
from parking.published.timeline import Published
from parking.words import Audience, Fault, FillLevel, Opening, OverrideAspect, OverrideReason
from store.history.reader import HistoryReader
from tests.store.history_logs import append, said
from tests.support import NOON, TENANT

SET = ByHand(
    aspect=OverrideAspect.OPENING, reason=OverrideReason.WORKS, since=NOON, until=NOON, decision="0" * 32,
    opening=Opening.CLOSED,
)  # fmt: skip
LEFT_OUT = {"by_category": {}, "reporting_share": None, "confidence": None, "space_states": b"", "out_of_service": None}


def thin(published: Published) -> Published:
    change = published.change
    bare = msgspec.structs.replace(change.availability, **LEFT_OUT)
    return published._replace(change=msgspec.structs.replace(change, availability=bare))


def test_place_by_place_it_is_the_same_day(tmp_path: Path) -> None:
    words = {"level": FillLevel.FULL, "opening": Opening.OPEN, "faults": (Fault.FLAPPING, Fault.RESTARTED)}
    more = {
        "by_category": {Audience.EV: CategoryCount(1, 2)},
        "by_hand": (SET,),
        "reporting_share": 0.5,
        "space_states": b"\x01",
    }
    log = [said(0, (1, 0), "b", None, vacant=None), said(1, (1, 1), "a", NOON, **words, **more)]
    log += [said(n, (1, n), "ab"[n % 2], NOON + timedelta(minutes=n), simulated=n == 4) for n in range(2, 6)]
    append(tmp_path, log[:3])
    append(tmp_path, log[3:])
    reader = HistoryReader(tmp_path)
    walked = list(reader.walk_day(TENANT, NOON.date()))
    assert [place for place, _ in walked] == ["a", "b"]
    assert [one for _, rows in walked for one in rows] == [thin(one) for one in reader.read_day(TENANT, NOON.date())]
    assert list(reader.walk_day(TENANT, NOON.date(), ["b"])) == walked[1:]
    assert list(reader.walk_day(TENANT, NOON.date() + timedelta(days=1))) == []
