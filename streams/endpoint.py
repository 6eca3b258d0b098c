"""What a worker tells its keepers: it hangs where it has waited for partitions longer than a rebalance takes."""

from serving.probes import Probes, Wellbeing, exposition
from streams.kafka_watch import KafkaWatch
from streams.losses import Losses
from streams.meters import WorkerMeters
from streams.ownership import Ownership
from streams.timekeeping import Timekeeper

REBALANCE_PATIENCE_S = 60.0


def worker_probes(
    ownership: Ownership, meters: WorkerMeters, timekeeper: Timekeeper, watch: KafkaWatch, losses: Losses
) -> Probes:
    """The probes of the worker that owns these partitions. That a place was begun anew is said, and no illness."""

    def health() -> Wellbeing:
        owned = {str(number): partition.durable_offset for number, partition in sorted(ownership.partitions.items())}
        waits = ownership.waiting_s > REBALANCE_PATIENCE_S
        status = f"waiting for partitions{f': {watch.trouble}' if watch.trouble else ''}" if waits else "ok"
        said = {"status": status, "next_offsets": owned}
        return Wellbeing(not waits, {**said, "begun_anew": dict(losses.latest)} if losses.latest else said)

    def readiness() -> Wellbeing:
        if not ownership.is_settled:
            return Wellbeing(False, {"status": watch.trouble or "partitions are moving"})
        trouble, note = timekeeper.find_trouble(ownership) or watch.trouble, watch.note
        return Wellbeing(trouble is None, {"status": trouble or "ready"} | ({"topics": note} if note else {}))

    return Probes(lambda: exposition(meters.registry), health, readiness)
