"""The inventory of signs: files and topic put together, written out, and a sign taken out of service on record."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from ops.cataloguing import CatalogueFileError
from ops.deciding import open_record
from ops.feeding import open_producer
from ops.ordering import NoSuchSignError
from ops.settings import Settings
from parking.catalogue.rows import Where
from parking.decisions.model import Decision, decide
from parking.signs.inventory import MergedSigns, SignFile, SignRow, merge_signs
from parking.signs.model import Sign
from parking.signs.words import InvalidSignError, OrderReason, SignMode
from sensors.catalogue.signs import read_sign_file
from streams.known import KnownCatalogue, read_catalogue
from streams.topics import TopicsError, create_topics

MODE_RULE = ("signs.mode", 1)


def read_sign_files(paths: Iterable[Path]) -> list[SignFile]:
    """What each file says. Raises CatalogueFileError where one cannot be opened."""
    read = []
    for path in paths:
        try:
            read.append(read_sign_file(path.name, path.read_bytes()))
        except OSError as error:
            raise CatalogueFileError(f"cannot read {path}: {error.strerror}") from error
    return read


async def import_signs(settings: Settings, tenant: str, files: Iterable[SignFile], dry_run: bool) -> MergedSigns:
    """Merge into the inventory and declare what changed; with ``dry_run`` only say what would.

    Two imports at the same time are not kept apart.
    """
    if not dry_run:
        await create_topics(settings.kafka, settings.namespace, settings.partitions, settings.replication)
    try:
        known = await read_catalogue(settings.kafka, settings.namespace)
    except TopicsError:
        if not dry_run:
            raise
        known = KnownCatalogue(epoch=0)
    places = {place.id for place in known.places if place.tenant == tenant}
    merged = merge_signs(tenant, known.signs.values(), places, files)
    if merged.changed and not dry_run:
        async with open_producer(settings) as producer:
            await producer.declare_signs(merged.changed)
    return merged


async def list_inventory(settings: Settings, tenant: str) -> list[Sign]:
    """All signs of a city by id, those that are retired too."""
    known = await read_catalogue(settings.kafka, settings.namespace)
    return sorted((sign for sign in known.signs.values() if sign.tenant == tenant), key=lambda sign: sign.id)


def document_of(signs: Iterable[Sign]) -> dict[str, Any]:
    """An inventory as it can be imported again, into any city."""
    documents = [msgspec.to_builtins(sign, str_keys=True) for sign in signs]
    return {"signs": [{name: value for name, value in one.items() if name != "tenant"} for one in documents]}


async def set_mode(
    settings: Settings, tenant: str, sign_id: str, mode: SignMode, author: str, reason: OrderReason
) -> Decision:
    """Record who says so and why, and then say it in the inventory.

    Raises NoSuchSignError, InvalidSignError where it is so already or nobody is named, and NotRecordedError.
    """
    known = await read_catalogue(settings.kafka, settings.namespace)
    sign = known.signs.get(f"{tenant}/signs/{sign_id}")
    if sign is None:
        raise NoSuchSignError(f"there is no sign {sign_id!r:.80} in {tenant}: `placelibre signs list` lists them")
    if sign.mode is mode or not author.strip():
        told = f"sign {sign.id} is {mode.value} already" if author.strip() else "an order needs an author: who says so?"
        raise InvalidSignError(told)
    row = SignRow(Where("signs set", 0), {"id": sign.id, "mode": mode.value})
    merged = merge_signs(tenant, known.signs.values(), (), [SignFile((row,))])
    if merged.refusals:  # its address has become another's since it was retired
        raise InvalidSignError(merged.refusals[0].detail)
    now = datetime.now(UTC)
    output = {"mode": mode.value, "mode_before": sign.mode.value}
    decision = decide(
        tenant, f"{sign.subject}/mode", MODE_RULE, (), output, now, now, author=author, reason=reason.value
    )
    async with open_record(settings.model_copy(update={"tenant": tenant})) as record:
        await record(decision)
    async with open_producer(settings) as producer:
        await producer.declare_signs(merged.changed)
    return decision
