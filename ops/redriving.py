"""Sending rejects again, each once: what was sent is noted, and what is refused again is open again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ops.settings import Settings
from parking.rejects import Redriven
from parking.words import ClockBasis
from sensors.intake.redrive import Reread, read_again
from streams.known import read_catalogue
from streams.producer import ObservationProducer
from streams.rejects import Kept


@dataclass
class Report:
    """What became of it; ``problems`` are by reject id. The fold may still refuse what was sent: list again to see."""

    rejects: int = 0
    observations: int = 0
    still_refused: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


async def redrive(settings: Settings, chosen: Sequence[Kept], dry_run: bool, on_step: Callable[[], None]) -> Report:
    """Read each reject again and send what it says now; with ``dry_run`` only say what would be sent."""
    report = Report()
    known = await read_catalogue(settings.kafka, settings.namespace)
    producer = ObservationProducer(settings.kafka, settings.namespace, settings.partitions, known.places)
    async with producer:
        for kept in chosen:
            tenant = known.tenants.get(kept.reject.tenant)
            again = read_again(kept.reject, tenant.clock if tenant else ClockBasis.WALL)
            if await _send(producer, kept, again, report, dry_run) and not dry_run:
                await producer.note([Redriven(redriven=kept.reject.reject_id, up_to_ms=kept.logged_ms)])
            on_step()
    return report


async def _send(producer: ObservationProducer, kept: Kept, again: Reread, report: Report, dry_run: bool) -> bool:
    """Whether something was sent (or would be): what is refused whole for the same reason stays as it is."""
    reject_id = kept.reject.reject_id
    if again.problem is not None:
        report.problems[reject_id] = again.problem
        return False
    strangers = [seen for seen in again.observations if not producer.knows(seen)]
    for detail in [*(refused.detail for refused in again.rejects), *map(_unknown, strangers)]:
        report.still_refused[reject_id] = detail
    ready = [seen for seen in again.observations if producer.knows(seen)]
    if again.raw_key is None and not ready:
        return False
    report.rejects += 1
    report.observations += len(ready)
    if dry_run:
        return True
    if again.raw_key is not None:
        await producer.send_raw(again.raw_key, kept.reject.raw)
    await producer.send(again.observations, again.rejects)  # what is refused again is open again, by itself
    return True


def _unknown(seen: object) -> str:
    return (
        f"{getattr(seen, 'source', '?')}/{getattr(seen, 'device_id', '?')} still belongs to no place of the catalogue"
    )
