"""A page and its stream: what changed between the two is not missed."""

from __future__ import annotations

import json

from gateways.desk.pages.stream import DeskStream


async def begun(stream: DeskStream) -> float:
    """For how long nothing has changed, as a page that comes now is told."""
    pieces = stream.listen("fr")
    first = await anext(pieces)
    await pieces.aclose()  # type: ignore[attr-defined]
    assert b"event: begin\n" in first
    return json.loads(first.split(b"data: ", 1)[1])["idle_s"]


async def test_who_comes_is_told_for_how_long_nothing_has_changed() -> None:
    now = [100.0]
    stream = DeskStream(lambda: now[0])
    now[0] += 7
    assert await begun(stream) == 7
    stream.touch()
    now[0] += 0.25
    assert await begun(stream) == 0.25


async def test_a_change_that_nobody_heard_counts_as_well() -> None:
    now = [0.0]
    stream = DeskStream(lambda: now[0])
    now[0] += 60
    stream.touch()  # no page was open, so nothing was published
    now[0] += 1
    assert await begun(stream) == 1
