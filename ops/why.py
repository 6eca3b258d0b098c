"""Why it says that: from a decision, or from a place's number, back to what was heard, as far as it is still kept."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from ops.console import live_state
from ops.settings import Settings
from parking.decisions.acting import DecisionNow, pair
from parking.decisions.model import DecisionInput
from parking.errors import ParkingError
from parking.instants import in_text
from parking.published.availability import Availability, Revision
from parking.published.timeline import Published
from sensors.registry import ADAPTERS
from store.decisions import find_latest
from store.reader import read_snapshot
from store.snapshots import PlaceNow, Snapshot
from streams.decided import read_decided
from streams.tracing import HeardRecord, NotKeptError, find_change, find_heard

AROUND = timedelta(days=1)
"""How long before a decision a number that it used may have been published, where only the history can say."""

Link = dict[str, Any]


class WhyError(ParkingError):
    """A question that has no answer; the message says what can be asked."""


async def find_decided(settings: Settings, tenant: str, subject: str, at: datetime | None) -> DecisionNow | None:
    """The last decision about a subject, or the last one up to ``at``: from Redis, else from topic or history."""
    if at is None:
        try:
            async with live_state(settings) as client:
                if (latest := await find_latest(client, tenant, subject)) is not None:
                    return latest
        except RedisError:
            pass  # the topic knows it as well, only more slowly
    found = await _find_in_topic(settings, tenant, subject, at)
    return found if found is not None else _find_rolled(settings, tenant, subject, at)


def _find_rolled(settings: Settings, tenant: str, subject: str, at: datetime | None) -> DecisionNow | None:
    """What the topic no longer keeps, where a history is rolled here."""
    try:
        from store.history.decided import FOLDER, DecidedReader

        reader = DecidedReader(settings.history_at / FOLDER)
        return reader.find_standing(tenant, subject, at or datetime.now(UTC))
    except ParkingError:  # there is none, or pyarrow is missing: then nothing more is known
        return None


async def _find_in_topic(settings: Settings, tenant: str, subject: str, at: datetime | None) -> DecisionNow | None:
    key = f"{tenant}/{subject}"
    events = [logged.event async for logged in read_decided(settings.kafka, settings.namespace, key=key)]
    return next((known for known in reversed(pair(events)) if at is None or known.decision.decided_at <= at), None)


async def trace_decision(settings: Settings, decided: DecisionNow) -> Link:
    """A decision as a document, each input with what was published and heard."""
    decision = decided.decision
    inputs = [await _trace_input(settings, decision.tenant, given, decision.decided_at) for given in decision.inputs]
    return {
        "decision": msgspec.to_builtins(decision) | {"inputs": inputs},
        "state": decided.state,
        "confirmation": msgspec.to_builtins(decided.confirmation),
    }


async def _trace_input(settings: Settings, tenant: str, given: DecisionInput, decided_at: datetime) -> Link:
    link: Link = msgspec.to_builtins(given)
    if given.place_id is None or given.revision is None:
        return link
    return link | await trace_revision(settings, tenant, given.place_id, given.revision, decided_at)


async def trace_place(settings: Settings, snapshot: Snapshot, row: PlaceNow) -> Link:
    """Why a place says what it says now."""
    received = row.received or row.availability
    link = {"place_id": row.place.id, "name": row.place.name, "now": in_text(snapshot.now), "expired": None}
    if row.availability != received and received.valid_until is not None:
        link["expired"] = f"its numbers have been unknown since {in_text(received.valid_until)}"
    chain = await _trace_heard(settings, snapshot.tenant, row.place.id, received.revision)
    return link | _said(received, "redis", received.revision) | chain


async def trace_published(settings: Settings, published: Published) -> Link:
    """Why a place said what the history holds."""
    change = published.change
    revision = published.revision
    said = _said(change.availability, "history", revision) | {"published_at": in_text(published.at)}
    return {"place_id": change.place_id} | said | await _trace_heard(settings, change.tenant, change.place_id, revision)


async def trace_revision(
    settings: Settings, tenant: str, place_id: str, revision: Revision, decided_at: datetime
) -> Link:
    """What was published of a place at a revision, and what was heard last before."""
    heard = await _trace_heard(settings, tenant, place_id, revision)
    since = datetime.fromisoformat(heard["heard"]["logged_at"]) if heard["heard"] else None
    for find in (_find_live, _find_in_history, _find_in_changes):
        try:
            if (found := await find(settings, tenant, place_id, revision, since or decided_at - AROUND)) is not None:
                return _said(*found, revision) | heard
        except (RedisError, KafkaError, OSError, ParkingError):
            continue  # each of the three may be away or never have been there; the next may know
    return {"revision": list(revision), "published": None, "published_in": None} | heard


async def _find_live(
    settings: Settings, tenant: str, place_id: str, revision: Revision, since: datetime
) -> tuple[Availability, str] | None:
    async with live_state(settings) as client:
        snapshot = await read_snapshot(client, tenant, datetime.now(UTC))
    rows = (row.received or row.availability for row in snapshot.places if row.place.id == place_id)
    return next(((said, "redis") for said in rows if said.revision == revision), None)


async def _find_in_history(
    settings: Settings, tenant: str, place_id: str, revision: Revision, since: datetime
) -> tuple[Availability, str] | None:
    from store.history.reader import HistoryReader

    rows = HistoryReader(settings.history_at).list_published(tenant, place_id, since - AROUND, since + 2 * AROUND)
    return next(((row.change.availability, "history") for row in rows if row.revision == revision), None)


async def _find_in_changes(
    settings: Settings, tenant: str, place_id: str, revision: Revision, since: datetime
) -> tuple[Availability, str] | None:
    found = await find_change(settings.kafka, settings.namespace, tenant, place_id, revision, since)
    return (found.change.availability, "changes") if found is not None else None


def _said(availability: Availability, where: str, revision: Revision) -> Link:
    published = msgspec.to_builtins(msgspec.structs.replace(availability, space_states=b""))
    return {"revision": list(revision), "published": published, "published_in": where}


async def _trace_heard(settings: Settings, tenant: str, place_id: str, revision: Revision) -> Link:
    link: Link = {"heard": None, "heard_before": None, "not_heard": None}
    try:
        heard = await find_heard(
            settings.kafka, settings.namespace, f"{tenant}/{place_id}", revision, settings.stream_epoch
        )
    except NotKeptError as error:
        return link | {"not_heard": str(error)}
    before = _record(heard.before) if heard.before is not None else None
    return link | {"heard": _record(heard.at), "heard_before": before}


def _record(record: HeardRecord) -> Link:
    """A record as it stands in Kafka, and the source that it came from."""
    seen = record.observation
    return {
        "partition": record.partition,
        "offset": record.offset,
        "logged_at": in_text(record.logged_at),
        "observation": json.loads(record.value) if seen is not None else record.value.decode("utf-8", "replace"),
        "source": _source(seen.source) if seen is not None else None,
    }


def _source(name: str) -> Mapping[str, str | None]:
    adapter = ADAPTERS.get(name)
    if adapter is None:
        return {"id": name}
    return {"id": name, "name": adapter.INFO.name, "url": adapter.INFO.url, "licence": adapter.INFO.licence}
