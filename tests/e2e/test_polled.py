"""All feed sources at once, from a stand-in with every mood, for a quarter of a minute; ``make polled`` plays ten."""

from __future__ import annotations

from sensors.registry import ADAPTERS, FRAME_ADAPTERS
from tests.conftest import House
from tests.e2e.polled import COLUMNS, play
from tests.e2e.polled_world import SHAPES


def test_every_feed_ends_as_the_stand_in_has_it(house: House) -> None:
    rows, wrong = play(house, seconds=16, seed=3)
    assert not any(wrong.values()), wrong
    told = {source: dict(zip(COLUMNS, row, strict=True)) for source, row in rows}
    assert told.keys() <= ADAPTERS.keys() - FRAME_ADAPTERS.keys()
    assert told.keys() == SHAPES.keys()
    assert all(row["right"] == row["places"] > 0 and row["moved"] for row in told.values()), told
    for kind in ("304", "redirects", "torn", "errors", "of no use"):
        assert sum(row[kind] for row in told.values()), kind
