"""What a worker does with news of the catalogue."""

from collections import defaultdict

from parking.catalogue.model import Place, Tenant
from streams.known import Entry
from streams.outputs import LiveOutput
from streams.ownership import Ownership


class CatalogueNews:
    """Passes on what the catalogue topic brings."""

    def __init__(self, ownership: Ownership, live: LiveOutput) -> None:
        self._ownership, self._live = ownership, live

    async def learn(self, fresh: list[Entry]) -> None:
        """Tell Redis, and have the next tick conclude about those places again."""
        by_tenant: dict[str, list[Entry]] = defaultdict(list)
        for entry, revision in fresh:
            if isinstance(entry, Tenant):
                by_tenant[entry.id].append((entry, revision))
                continue
            by_tenant[entry.tenant].append((entry, revision))
            if not isinstance(entry, Place):
                continue
            for owned in self._ownership.partitions.values():
                owned.state.reconsider(entry.key)
        for tenant, entries in by_tenant.items():
            await self._live.catalogue(tenant, entries)
