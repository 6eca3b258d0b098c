"""The catalogue's files and topic put together: read, merge, declare, and what the audit looks at."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from geo.areas import InvalidFootprintError, footprint
from ops.console import live_state
from ops.feeding import open_producer
from ops.settings import Settings
from parking.catalogue.audit import Audit, audit
from parking.catalogue.axes import straightened
from parking.catalogue.merging import Merged, merge
from parking.catalogue.model import Place, Tenant
from parking.catalogue.rows import Imported, PlaceRow, RowRefusal, join
from parking.errors import ParkingError
from parking.words import ClockBasis
from sensors.catalogue.reading import read_file
from sensors.makes import makes_of_reject
from sensors.registry import ADAPTERS
from store.reader import read_snapshot
from streams.known import read_catalogue
from streams.rejects import read_rejects
from streams.topics import TopicsError, create_topics


class CatalogueFileError(ParkingError):
    """A file cannot be read or written, or a tenant has no catalogue; the message says what to do."""


class KnownCity(NamedTuple):
    """A city as the catalogue topic has it now: ``tenant`` is None where it was never declared."""

    tenant: Tenant | None
    places: list[Place]


class ImportOutcome(NamedTuple):
    """What an import changed (or would), refused and did not read; ``new`` are ids among the changed."""

    merged: Merged
    new: set[str]
    notes: tuple[str, ...]


def read_files(paths: Iterable[Path]) -> Imported:
    """What all files say together. Raises CatalogueFileError where one cannot be opened."""
    read = []
    for path in paths:
        try:
            read.append(read_file(path.name, path.read_bytes()))
        except OSError as error:
            raise CatalogueFileError(f"cannot read {path}: {error.strerror}") from error
    return _refuse_unsound(join(read))


def _refuse_unsound(imported: Imported) -> Imported:
    """Without the outlines that cross themselves: a point could be inside and outside at once."""
    kept: list[PlaceRow] = []
    refusals = list(imported.refusals)
    for row in imported.places:
        try:
            if outline := row.stated.get("outline"):
                footprint("zone", row.id, str(row.stated.get("name")), outline)
            kept.append(row)
        except InvalidFootprintError as error:
            refusals.append(RowRefusal(row.where, "geometry", f"{error}; draw it again"))
    return imported._replace(places=tuple(kept), refusals=tuple(refusals))


async def read_known(settings: Settings, tenant: str) -> KnownCity:
    """The city's catalogue as it is now. Raises TopicsError where there is no catalogue at all."""
    known = await read_catalogue(settings.kafka, settings.namespace)
    return KnownCity(known.tenants.get(tenant), [place for place in known.places if place.tenant == tenant])


async def import_files(settings: Settings, tenant: str, imported: Imported, dry_run: bool) -> ImportOutcome:
    """Merge into the catalogue and declare what changed; with ``dry_run`` only say what would.

    Two imports of one city at the same time are not kept apart: the later one's places win.
    """
    city = Tenant(id=tenant, clock=ClockBasis.WALL)  # refused here, before anything is created
    if not dry_run:
        await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    try:
        known = await read_known(settings, tenant)
    except TopicsError:
        if not dry_run:
            raise
        known = KnownCity(None, [])
    contracts = {name: adapter.INFO.valid_for_s for name, adapter in ADAPTERS.items()}
    imported = straightened(imported, known.places, known.tenant)
    merged = merge(tenant, known.places, imported, contracts)
    if merged.changed and not dry_run:
        async with open_producer(settings) as producer:
            await producer.declare(known.tenant or city, merged.changed)
    new = {place.id for place in merged.changed} - {place.id for place in known.places}
    return ImportOutcome(merged, new, imported.notes)


async def export_places(settings: Settings, tenant: str) -> list[Place]:
    """The city's places; CatalogueFileError where it has none."""
    known = await read_known(settings, tenant)
    if not known.places:
        raise CatalogueFileError(f"city {tenant!r} has no places: import some, or start a feed that declares its own")
    return known.places


async def audit_tenant(settings: Settings, tenant: str) -> Audit:
    """Compare the catalogue with the live state and the rejects that are still open."""
    places = await export_places(settings, tenant)
    rejects = [
        (kept.reject, kept.times)
        for kept in await read_rejects(settings.kafka, settings.namespace)
        if kept.is_open and kept.reject.tenant == tenant
    ]
    async with live_state(settings) as client:
        snapshot = await read_snapshot(client, tenant, datetime.now(UTC))
    live = {row.place.id: row.availability for row in snapshot.places}
    return audit(places, live, rejects, snapshot.now, makes_of_reject)
