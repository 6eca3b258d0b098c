"""GET /v1/changes: a snapshot and then every change, or, with Last-Event-ID, exactly what followed it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import redis.asyncio as aioredis
from redis.exceptions import RedisError

from gateways.api.city import ServedCity
from gateways.api.follower import Follower, reset_problem
from gateways.hub import CHANGES, HEARTBEAT_S, EncodedEvent, Subscriber, encode
from serving.problems import ProblemDocument
from store.changes import ChangesPosition, StreamResetError, find_position, read_changes

RETRY = b"retry: 2000\n\n"
_ALLOWED = "an id that this stream gave, like 1763942400000000-1763942400000-0, or nothing"


def read_last_event_id(text: str | None) -> ChangesPosition | None:
    """The position a client resumes from; a text that no stream ever gave is a problem."""
    if not text:
        return None
    position = find_position(text)
    if position is None:
        detail = f"Last-Event-ID is {text!r:.80}; it must be {_ALLOWED}"
        raise ProblemDocument(400, "Bad request", detail, "Last-Event-ID", _ALLOWED)
    return position


async def listen(follower: Follower, client: "aioredis.Redis", resume: ChangesPosition | None) -> AsyncIterator[bytes]:
    """The events of one listener, until it leaves or is let go."""
    hub, city = follower.hub, follower.city
    listener = hub.join()
    try:
        yield RETRY + encode("status", follower.status_body())
        seen: ChangesPosition | None = None
        if resume is not None:
            events, seen = await _catch_up(follower, client, resume)
            for event in events:
                yield event
        if seen is None:
            hub.leave(listener)
            listener, snapshot = hub.begin(lambda: _snapshot(city))
            yield snapshot.data
            seen = snapshot.position or city.position
        async for event in _live(follower, listener, seen):
            yield event
    finally:
        hub.leave(listener)


async def _live(follower: Follower, listener: Subscriber, seen: ChangesPosition) -> AsyncIterator[bytes]:
    """What is published from now on; in a silence our own state, so that silence can be told from a lost connection."""
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                message = await listener.take()
        except TimeoutError:
            yield encode("status", follower.status_body())
            continue
        if message is None:
            return
        at = message.position
        if at is not None:
            if message.event == CHANGES and at.incarnation == seen.incarnation and at.order <= seen.order:
                continue  # was in the snapshot, or has been caught up with
            seen = at
        yield message.data


async def _catch_up(
    follower: Follower, client: "aioredis.Redis", resume: ChangesPosition
) -> tuple[list[bytes], ChangesPosition | None]:
    """What followed ``resume``, and up to where; None where only a snapshot can follow without a gap."""
    city = follower.city
    if resume == city.position:
        return [], resume
    try:
        found = await read_changes(client, city.tenant, resume)
    except StreamResetError as error:
        return [encode("reset", reset_problem(error).body())], None
    except (RedisError, OSError, TimeoutError):
        detail = "Redis does not answer, so nobody knows what followed; a snapshot follows"
        return [encode("reset", ProblemDocument(503, "Start over", detail).body())], None
    known = all(change.place_id in city.places for _, change in found.changes)
    if found.catalogue_changed or not known or not found.is_complete:  # a snapshot is right, and smaller
        return [], None
    if not found.changes:
        return [], resume  # of this stream, or it would have been a reset; perhaps this client has heard more than we
    latest = {change.place_id: change for _, change in found.changes}
    body = city.changes_body(latest.values(), city.now(datetime.now(UTC)))
    return [encode(CHANGES, body, found.position)], found.position


def _snapshot(city: ServedCity) -> EncodedEvent:
    wall = datetime.now(UTC)
    city.expire(wall)
    position = city.position
    return EncodedEvent("snapshot", encode("snapshot", city.sites_body(city.now(wall)), position), position)
