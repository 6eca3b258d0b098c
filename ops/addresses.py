"""Whether a process can listen where its settings say: asked before it starts, so that the answer is a sentence."""

from ops.local.process import LocalError, refuse_foreign
from ops.settings import Settings

METRICS = "PLACELIBRE_METRICS"


def refuse_taken_probes(settings: Settings, count: int = 1) -> None:
    """LocalError where /metrics cannot be served; ``count`` processes take one port after the other."""
    if settings.metrics_at is None:
        return
    host, port = settings.metrics_at
    for number in range(port, port + count):
        refuse_foreign("/metrics", host, number, METRICS)


def refuse_taken(settings: Settings, name: str, at: tuple[str, int], setting: str) -> None:
    """LocalError where ``name`` cannot listen at host and port, or its /metrics cannot beside it."""
    refuse_foreign(name, *at, setting)
    if settings.metrics_at == at:
        raise LocalError(f"{METRICS} is {name}'s own address: give /metrics a port that is not published")
    refuse_taken_probes(settings)
