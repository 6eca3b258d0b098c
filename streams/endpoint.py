"""What a worker tells its keepers: it hangs where it has waited for partitions longer than a rebalance takes."""

from serving.probes import Probes, Wellbeing, exposition
from streams.folding import Folding

PATIENCE_S = 60.0


def worker_probes(folding: Folding) -> Probes:
    """The probes of the worker that folds here."""

    def health() -> Wellbeing:
        owned = {str(number): partition.durable_offset for number, partition in sorted(folding.partitions.items())}
        waits = folding.waiting_s > PATIENCE_S
        return Wellbeing(not waits, {"status": "waiting for partitions" if waits else "ok", "next_offsets": owned})

    def readiness() -> Wellbeing:
        settled = folding.is_settled
        return Wellbeing(settled, {"status": "ready" if settled else "partitions are moving"})

    return Probes(lambda: exposition(folding.meters.registry), health, readiness)
