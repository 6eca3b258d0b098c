"""Rows through the adapter and the real fold, a look of the watcher each minute."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from benchmarks.shift_suite.days import CITIES, LANE_CAPACITY, LANE_FEED, LANES, LIKE, TENANT, DayRow, as_body
from benchmarks.shift_suite.faults import SIGN, Injection
from parking.catalogue.model import Catalogue, Place
from parking.codec import encode_event
from parking.fold.batch import Partition, fold_batch
from parking.fold.records import LogRecord, Record
from parking.health.alarms.finding import find_conditions, list_unseen
from parking.health.alarms.judge import judge
from parking.health.alarms.model import AlarmWord
from parking.health.alarms.refused import last_refused
from parking.health.alarms.sight import Component, FeedSeen, Probed, RefusedWord, RejectsSeen, Sight
from parking.health.repairs import Finding, find_repairs, keep
from parking.observations import LaneCounted, Observation, SiteRecounted, make_event_id
from parking.published.availability import NEVER_OBSERVED, Availability
from parking.rejects import Reject
from parking.signs.model import Sign, SignLine
from parking.signs.status import SignState, SignStatus
from parking.signs.words import SignProtocol
from parking.words import ClockBasis, RejectReason, TimeBasis
from sensors.sources.german_series.adapter import decode
from streams.producer import make_tick

EXAMINED_EVERY = timedelta(minutes=10)
EVERY_S = 900.0
TEN_MINUTES = timedelta(minutes=10)
CHURN = 4
"""Cars that drive in and out again between two rows."""


class Replay:
    """A worker, its feeds and a watcher, minute by minute; deterministic."""

    def __init__(self, places: Iterable[Place], injections: Mapping[str, Injection]) -> None:
        self._injections = injections
        self._catalogue = Catalogue(places)
        self.places = self._places = {place.id: place for place in places}
        self._partition = Partition()
        self._offset = 0
        self._waiting: list[LogRecord] = []
        self._said: dict[str, Availability] = dict.fromkeys(self._places, NEVER_OBSERVED)
        self._findings: dict[str, list[Finding]] = {}
        self._examined: datetime | None = None
        self._heard: dict[str, datetime] = {}
        self._refused: dict[str, RefusedWord] = {}
        self._rejected: dict[str, list[tuple[datetime, RejectReason]]] = defaultdict(list)
        self._vacant = dict.fromkeys(LANES, LANE_CAPACITY // 2)
        self._known: dict[str, AlarmWord] = {}
        self.words: list[AlarmWord] = []
        self.observations = self.looks = 0

    def _is_on(self, name: str, now: datetime) -> bool:
        injection = self._injections.get(name)
        return injection is not None and injection.fault.start <= now < injection.fault.end

    def take(self, row: DayRow) -> None:
        """A row of the collector comes in: each city's part of it is a body of its own."""
        true_row = row
        for name, injection in self._injections.items():
            row = injection.change(row) if self._is_on(name, row.at) else row
        for city in CITIES:
            body = as_body(row, city)
            if b",\n" in body[:12]:
                continue
            decoded = decode(body, tenant=TENANT, received_at=row.at, recorded=True)
            for reject in decoded.rejects:
                self._refuse(city, reject, row.at)
            for seen in decoded.observations:
                self._queue(msgspec.structs.replace(seen, source=city), seen.device_id)
        for lane in LANES:
            self._count(lane, true_row)

    def _count(self, lane: str, row: DayRow) -> None:
        """The pulses of a lane-counted car park, made from the count of a recorded lot."""
        was = self._vacant[lane]
        now = min(LANE_CAPACITY, int(row.cells.get(LIKE[lane], was)))
        self._vacant[lane] = now
        if lane == LANES[1] and self._is_on("lane", row.at):
            return
        entries, exits = CHURN + max(0, was - now), CHURN + max(0, now - was)
        if lane == LANES[0] and self._is_on("drift", row.at):
            exits //= 2
        envelope: dict[str, Any] = {
            "event_id": make_event_id(LANE_FEED, lane, row.at, (entries, exits), 0), "tenant": TENANT,
            "source": LANE_FEED, "device_id": lane, "observed_at": row.at, "received_at": row.at,
            "time_basis": TimeBasis.DEVICE,
        }  # fmt: skip
        if lane not in self._heard:
            recount = envelope | {"event_id": make_event_id(LANE_FEED, lane, row.at, "recount", 0)}
            self._queue(SiteRecounted(**recount, vacant=now), lane)
            entries = exits = 0
            self._heard[lane] = row.at
        self._queue(LaneCounted(**envelope, entries=entries, exits=exits), lane)

    def _queue(self, seen: Observation, place: str) -> None:
        if place not in self._places:
            return
        self._heard[seen.source] = seen.received_at
        self.observations += 1
        self._append(f"{TENANT}/{place}".encode(), encode_event(seen), seen.received_at)

    def _append(self, key: bytes | None, value: bytes, at: datetime) -> None:
        self._offset += 1
        self._waiting.append(Record(self._offset, key, value, round(at.timestamp() * 1000)))

    def _refuse(self, source: str, reject: Reject, at: datetime) -> None:
        self._rejected[source].append((at, reject.reason))
        self._refused |= last_refused([(msgspec.structs.replace(reject, source=source), at)], self._places)

    def minute(self, now: datetime) -> None:
        """A tick of the clock, a fold unless the worker is away, and a look."""
        self._append(None, encode_event(make_tick(TENANT, now, ClockBasis.EVENT)), now)
        if not self._is_on("worker", now):
            outcome = fold_batch(self._partition, self._waiting, self._catalogue.find_place, 1)
            self._waiting = []
            for reject in outcome.rejects:
                self._refuse(reject.source, reject, now)
            for change in outcome.changes:
                self._said[change.place_id] = change.availability
            if self._examined is None or now - self._examined >= EXAMINED_EVERY:
                self._examine(now)
        sight = self._sight(now)
        self.looks += 1
        for word in judge(self._known, find_conditions(sight), now, list_unseen(sight)):
            self._known[word.id] = word
            self.words.append(word)

    def _examine(self, now: datetime) -> None:
        self._examined = now
        for id_, place in self._places.items():
            if (held := self._partition.places.get(place.key)) is not None:
                found = find_repairs(held.state, place, now)
                self._findings[id_] = keep(self._findings.get(id_, ()), found, place, now)

    def _sight(self, now: datetime) -> Sight:
        away = self._is_on("worker", now)
        start = self._injections["worker"].fault.start if away else None
        probes = [
            Probed(component=one, name=one.value, is_there=not (away and one is Component.WORKER), since=start)
            for one in Component
        ]
        sign = Sign(
            tenant=TENANT, id=SIGN, name=SIGN, protocol=SignProtocol.NTCIP, address="10.0.0.1:161",
            lines=(SignLine(number=1, legend="P", places=(LANES[0],)),),
        )  # fmt: skip
        state = SignState.WRONG if self._is_on("sign", now) else SignState.SHOWING
        status = SignStatus(sign=SIGN, at=now, written_at=now, state=state, since=now)
        feeds = [
            FeedSeen(source=source, heard_at=self._heard.get(source), told_at=self._heard.get(source), every_s=EVERY_S)
            for source in (*CITIES, LANE_FEED)
        ]
        return Sight(
            now=now, places=self._places, availabilities=self._said, findings=self._findings, refused=self._refused,
            feeds=feeds, rejects=[self._rejects(source, now) for source in (*CITIES, LANE_FEED)], probes=probes,
            signs={SIGN: sign}, statuses={SIGN: status},
        )  # fmt: skip

    def _rejects(self, source: str, now: datetime) -> RejectsSeen:
        recent = [one for one in self._rejected[source] if now - one[0] < TEN_MINUTES]
        counts: dict[RejectReason, int] = defaultdict(int)
        for _, reason in recent:
            counts[reason] += 1
        since = recent[0][0] if recent else None
        return RejectsSeen(source=source, recent=len(recent), usual=0.0, since=since, reasons=counts)
