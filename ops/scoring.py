"""A simulated run judged: the truth beside it against what was published, and the faults against the repair list.

``fold_here`` takes a run through intake, decoders, catalogue and fold in this process, without a server: the same code,
batches of a quarter of a minute by the simulation's clock. ``read_published`` takes what a real worker published.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ops.console import live_state
from ops.settings import Settings
from parking.catalogue.model import Catalogue, Place
from parking.codec import decode_change, encode_event
from parking.fold.batch import Partition, fold_batch
from parking.fold.records import LogRecord, Record
from parking.health.repairs import Finding, find_repairs, keep, ranked
from parking.instants import from_us
from parking.published.availability import Change
from parking.scoring import Found, PlaceScore, Shares, TrueChange, compare_findings, score_place, shares_of
from parking.words import ClockBasis
from sensors.intake.flood import FloodGuard
from sensors.intake.mqtt_messages import Reader
from sensors.intake.routing import Routes, read_routes
from sensors.registry import get_adapter
from sensors.simulator.broadcast import quarters
from sensors.simulator.city import COUNTER
from sensors.simulator.files import SimulatedRun
from sensors.simulator.running import SimulatedMessage
from sensors.simulator.scenario import VENDORS
from store.repairs import read_repairs
from streams.kernel import KERNEL
from streams.producer import make_tick
from streams.reading import open_topic
from streams.topics import names_of

EXAMINED_EVERY = timedelta(minutes=10)
COUNTER_TOPICS = "counters/+/events"

ILL = ("stuck", "dead", "flapping", "coupled")
OnProgress = Callable[[int, int], None]


class RunOutput(NamedTuple):
    """What came out of a run: changes of each place in their order, findings at the end, and what was refused."""

    changes: dict[str, list[Change]]
    findings: list[Finding]
    observations: int | None = None
    rejects: dict[str, int] | None = None


class ScoreCard(NamedTuple):
    """The score of a run: car parks, streets, each place, and the repair list of ground sensors."""

    sites: Shares
    zones: Shares
    places: list[PlaceScore]
    repairs: Found
    published: RunOutput


def routes() -> Routes:
    """Simulated devices by the profile that their messages name, counters by their topic."""
    pairs = [(vendor, get_adapter(vendor)) for vendor in VENDORS]
    return read_routes(None, [*pairs, (COUNTER_TOPICS, get_adapter(COUNTER))])


def fold_here(run: SimulatedRun, tenant: str, on_progress: OnProgress = lambda done, of: None) -> RunOutput:
    """What a worker would publish of a run; deterministic."""
    folding = _Folding(tenant, run.places())
    scenario = run.scenario
    minutes = (scenario.end_us - scenario.start_us) // 60_000_000
    for tick_us, messages in quarters(run.messages(), scenario.end_us):
        folding.take(messages, from_us(tick_us))
        on_progress(min(minutes, (tick_us - scenario.start_us) // 60_000_000), minutes)
    return folding.published()


class _Folding:
    """A worker and its intake, as far as they are rules."""

    def __init__(self, tenant: str, places: Iterable[Place]) -> None:
        self._tenant = tenant
        self._catalogue = Catalogue(places)
        self._reader = Reader(routes(), tenant, guard=FloodGuard())
        self._partition = Partition()
        self._offset = self._observations = 0
        self._changes: dict[str, list[Change]] = defaultdict(list)
        self._findings: dict[str, list[Finding]] = {}
        self._rejects: Counter[str] = Counter()
        self._examined: datetime | None = None

    def take(self, messages: Iterable[SimulatedMessage], until: datetime) -> None:
        """What was delivered until that tick."""
        records: list[LogRecord] = []
        for message in messages:
            now = from_us(message.delivered_us)
            decoded = self._reader.read_message(message.topic, message.payload, False, now)
            self._rejects.update(reject.reason for reject in decoded.rejects)
            for seen in decoded.observations:
                at = self._catalogue.find_observed(self._tenant, seen.source, seen.device_id, seen.observed_at)
                if at is None:
                    self._rejects["unknown_site"] += 1
                    continue
                records.append(self._record(at.key.encode(), encode_event(seen), now))
        self._observations += len(records)
        records.append(self._record(None, encode_event(make_tick(self._tenant, until, ClockBasis.EVENT)), until))
        outcome = fold_batch(self._partition, records, self._catalogue.find_place, 1, KERNEL)
        self._rejects.update(reject.reason for reject in outcome.rejects)
        for change in outcome.changes:
            self._changes[change.place_id].append(change)
        if self._examined is None or until - self._examined >= EXAMINED_EVERY:
            self._examine(until)

    def _record(self, key: bytes | None, value: bytes, at: datetime) -> Record:
        self._offset += 1
        return Record(self._offset, key, value, round(at.timestamp() * 1000))

    def _examine(self, clock: datetime) -> None:
        self._examined = clock
        for key, held in self._partition.places.items():
            if (place := self._catalogue.find_place(key)) is not None:
                found = find_repairs(held.state, place, clock)
                self._findings[key] = keep(self._findings.get(key, ()), found, place, clock)

    def published(self) -> RunOutput:
        """Everything that came of it."""
        findings = [finding for of_place in self._findings.values() for finding in of_place]
        return RunOutput(dict(self._changes), findings, self._observations, dict(self._rejects))


async def read_published(settings: Settings, tenant: str) -> RunOutput:
    """What a worker published of a tenant: its changes in Kafka, its repair list in Redis."""
    changes: dict[str, dict[tuple[int, int], Change]] = defaultdict(dict)
    async with open_topic(settings.kafka, names_of(settings.namespace).changes) as topic:
        async for record in topic.read():
            if (record.key or b"").startswith(tenant.encode() + b"/"):
                change = decode_change(record.value or b"")
                changes[change.place_id][change.availability.revision] = change
    async with live_state(settings) as client:
        found = await read_repairs(client, tenant)
    in_order = {place: [seen[revision] for revision in sorted(seen)] for place, seen in changes.items()}
    return RunOutput(in_order, [finding for of_place in found.values() for finding in of_place])


def score_run(run: SimulatedRun, published: RunOutput, skip_h: float = 0) -> ScoreCard:
    """A run's truth and faults against what was published, without its first ``skip_h`` hours.

    A simulation begins with nothing known; a sensor is unknown until its first change or heartbeat.
    """
    truth: dict[str, list[TrueChange]] = defaultdict(list)
    for told in run.truth():
        if told.slot is not None and told.taken is not None:
            truth[told.place].append(TrueChange(told.us, told.slot, 2 if told.taken else 1))
        elif told.slot is None and told.vacant is not None:
            truth[told.place].append(TrueChange(told.us, -1, told.vacant))
    start, end = run.scenario.start_us + round(skip_h * 3_600_000_000), run.scenario.end_us
    scores = [
        score_place(place, truth[place.id], published.changes.get(place.id, ()), start, end) for place in run.places()
    ]
    ill = [(fault.source, fault.device_id, fault.kind) for fault in run.faults() if fault.kind in ILL]
    sensors = [finding for finding in ranked(published.findings) if finding.source != COUNTER]
    return ScoreCard(
        shares_of(score for score in scores if not score.is_zone),
        shares_of(score for score in scores if score.is_zone),
        scores,
        compare_findings(sensors, ill),
        published,
    )


def card_document(card: ScoreCard) -> dict[str, Any]:
    """A score as plain JSON values; what nothing is known of is null."""
    found = card.repairs
    return {
        "observations": card.published.observations,
        "rejects": card.published.rejects,
        "sites": _rounded(card.sites._asdict()),
        "zones": _rounded(card.zones._asdict()),
        "repairs": {
            "injected": found.injected, "listed": found.listed, "right": found.right,
            "precision": _round(found.precision), "recall": _round(found.recall),
            "by_kind": {kind: {"found": right, "of": of} for kind, (right, of) in sorted(found.by_kind.items())},
        },
        "places": [
            {
                "id": score.place_id,
                "mean_error": _round(score.mean_error),
                "wrong_share": _share(score.wrong_s, score),
                "far_share": _share(score.far_s, score),
                "unknown_share": _share(score.unknown_s, score),
            }
            for score in card.places
        ],
    }  # fmt: skip


def _share(seconds: float, of: PlaceScore) -> float | None:
    return _round(seconds / of.seconds) if of.seconds else None


def _round(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _rounded(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _round(value) if isinstance(value, float) else value for name, value in fields.items()}
