"""What Prometheus may ask a worker: is it behind, how old is what people see, what is refused, what a batch costs."""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from parking.fold.batch import BatchOutcome

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
ROADS = ("native", "long")
_RECORDS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000)


class WorkerMeters:
    """The meters of one worker process, each in a registry of its own so that tests may hold several."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.observations = self._counter("placelibre_observations_total", "Observations folded", "tenant")
        self.changes = self._counter("placelibre_changes_total", "Changes published", "tenant")
        self.rejects = self._counter("placelibre_rejects_total", "Records refused by the fold", "reason", "source")
        self.changelog_bytes = self._counter(
            "placelibre_changelog_bytes_total", "Bytes written to the Table's changelog"
        )
        self.duplicates = self._counter("placelibre_duplicates_total", "Records read again after they had been folded")
        self.begun_anew = self._counter(
            "placelibre_places_begun_anew_total", "Rows of the Table given up, and the place begun anew", "reason"
        )
        self.refused_rows = self._counter(
            "placelibre_rows_refused_total", "Rows that Kafka will never take, left out of a topic", "topic"
        )
        self.holes = self._counter("placelibre_holes_total", "Jumps in the offsets, which were read again")
        self.lag_records = self._gauge(
            "placelibre_lag_records", "Records that Kafka holds and we have not folded", "partition"
        )
        self.lag_seconds = self._gauge(
            "placelibre_lag_seconds", "How long ago Kafka took the last record folded, while others wait", "partition"
        )
        self.clock_age = self._gauge(
            "placelibre_clock_age_seconds", "How far a live tenant's clock is behind", "tenant", "partition"
        )
        self.clock_leapt = self._gauge(
            "placelibre_clock_leapt_seconds",
            "How far this machine's clock is off the time that is told; 0 but for a leap",
        )
        self.kafka_ahead = self._gauge(
            "placelibre_kafka_clock_ahead_seconds",
            "How far Kafka's clock is ahead of this machine's (negative: behind)",
        )
        self.oldest = self._gauge("placelibre_oldest_number_seconds", "Age of the oldest number shown", "tenant")
        self.places = self._gauge("placelibre_places", "Places by whether a number is shown", "tenant", "state")
        self.repairs = self._gauge(
            "placelibre_repairs", "Findings about devices, as of the last round", "tenant", "problem"
        )
        self.words = self._counter(
            "placelibre_space_words_total",
            "Words about single spaces, by how they were folded: natively, or the long way at ten times the cost",
            "road",
        )
        for road in ROADS:
            self.words.labels(road)  # 0 from the start: a share can be asked for before the first of them
        self.native = self._gauge("placelibre_native", "1 where this worker folds with the native kernel")
        self.owned = self._gauge("placelibre_partitions_owned", "Partitions that this worker folds now")
        self.partitions = self._gauge("placelibre_partitions", "Partitions that there are")
        self.recovery = self._gauge("placelibre_recovery_seconds", "From assignment to folding again, the last time")
        self.batch = self._histogram("placelibre_batch_records", "Records folded at once, of all partitions", _RECORDS)
        self.fold = self._histogram("placelibre_fold_seconds", "Folding one batch in memory", _SECONDS)
        self.write = self._histogram("placelibre_write_seconds", "One write of one partition", _SECONDS, "to")

    def count(self, outcome: BatchOutcome, sources: Container[str]) -> None:
        """What a batch did. A source that was never declared is counted as "other": names come from outside."""
        for tenant, count in outcome.folded.items():
            self.observations.labels(tenant).inc(count)
        for change in outcome.changes:
            self.changes.labels(change.tenant).inc()
        for reject in outcome.rejects:
            self.rejects.labels(reject.reason, reject.source if reject.source in sources else "other").inc()
        for road, count in zip(ROADS, (outcome.by_kernel, outcome.the_long_way), strict=True):
            if count:
                self.words.labels(road).inc(count)

    def _counter(self, name: str, about: str, *labels: str) -> Counter:
        return Counter(name, about, labels, registry=self.registry)

    def _gauge(self, name: str, about: str, *labels: str) -> Gauge:
        return Gauge(name, about, labels, registry=self.registry)

    def _histogram(self, name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, about, labels, buckets=buckets, registry=self.registry)

    @contextmanager
    def writing(self, to: str) -> Iterator[None]:
        """Time one write; a server that is away counts as long as it is waited for."""
        started = perf_counter()
        try:
            yield
        finally:
            self.write.labels(to).observe(perf_counter() - started)
