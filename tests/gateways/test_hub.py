"""Who listens, what waits for whom, and the snapshot that many begin with."""

from __future__ import annotations

from collections.abc import Callable

from gateways import hub as limits
from gateways.hub import MAX_EVENTS_WAITING, SNAPSHOT_SERVES_S, EncodedEvent, Hub


async def test_a_listener_that_falls_behind_is_let_go() -> None:
    hub = Hub()
    slow, quick = hub.join(), hub.join()
    for number in range(MAX_EVENTS_WAITING + 1):
        hub.publish("changes", b"%d" % number)
        assert await quick.take() is not None
    assert len(hub) == 1
    assert await slow.take() is None
    assert len(slow) == 0


async def test_what_waits_is_bounded_in_bytes_and_one_large_event_may_wait() -> None:
    hub = Hub()
    slow, quick = hub.join(), hub.join()
    hub.publish("snapshot", bytes(limits.MAX_BYTES_WAITING + 1))
    assert await quick.take() is not None
    assert len(hub) == 2
    hub.publish("changes", b"one more")
    assert len(hub) == 1
    assert await slow.take() is None


def counting() -> tuple[Callable[[], EncodedEvent], list[EncodedEvent]]:
    made: list[EncodedEvent] = []

    def make() -> EncodedEvent:
        made.append(EncodedEvent("snapshot", b"%d" % len(made), None))
        return made[-1]

    return make, made


async def test_all_who_come_within_a_second_begin_with_one_snapshot_and_what_followed_it() -> None:
    now = [0.0]
    hub, (make, made) = Hub(lambda: now[0]), counting()
    _, first = hub.begin(make)
    hub.publish("changes", b"what followed")
    now[0] += SNAPSHOT_SERVES_S / 2
    late, same = hub.begin(make)
    assert same is first
    followed = await late.take()
    assert followed is not None
    assert b"what followed" in followed.data
    now[0] += SNAPSHOT_SERVES_S
    later, other = hub.begin(make)
    assert (other.data, len(later), len(made)) == (b"1", 0, 2)


async def test_no_snapshot_outlives_a_reset_or_more_than_a_listener_may_be_behind() -> None:
    for event, times in (("reset", 1), ("changes", MAX_EVENTS_WAITING)):
        hub, (make, made) = Hub(lambda: 0.0), counting()
        hub.begin(make)
        for _ in range(times):
            hub.publish(event, b"{}")
        hub.begin(make)
        assert len(made) == 2


async def test_who_comes_while_we_stop_is_let_go_at_once() -> None:
    hub = Hub()
    listener = hub.join()
    hub.close()
    assert await listener.take() is None
    assert await hub.begin(counting()[0])[0].take() is None
