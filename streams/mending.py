"""Redis holds everything that this worker owns, or is written again: after a takeover, a restart, a restore.

A partition is marked in Redis once all of it is there (``store.writer.LiveWriter.begin``). Whoever finds the mark
missing, or another Redis than before, owes it everything; what is owed is written with the next batch or look.
"""

import logging

from parking.published.availability import Change
from streams.known import Entry, KnownCatalogue
from streams.outputs import LiveOutput
from streams.ownership import OwnedPartition, Ownership
from streams.partitions import partition_of

log = logging.getLogger(__name__)


class Mending:
    """Remembers what Redis lacks of ``count`` partitions, and writes it."""

    def __init__(self, ownership: Ownership, live: LiveOutput, known: KnownCatalogue, count: int) -> None:
        self._ownership, self._live, self._known, self._count = ownership, live, known, count
        self._owed: set[tuple[int, str]] = set()
        self._server: str | None = None

    @property
    def server(self) -> str | None:
        """Which incarnation of Redis was last written to."""
        return self._server

    def owe(self, number: int, partition: OwnedPartition, tenant: str | None = None) -> None:
        """Redis may lack what this partition knows: of one tenant, or of all."""
        self._owed |= {(number, name) for name in ([tenant] if tenant is not None else partition.state.tenants())}

    async def mend(self, number: int, partition: OwnedPartition) -> None:
        """Write everything that is owed of this partition, then mark it. Nothing is owed nearly always."""
        for owed, tenant in sorted(self._owed):
            if owed == number and await self._write_all(number, partition, tenant):
                self._owed.discard((owed, tenant))

    async def check(self) -> None:
        """Look after what is owned while nothing arrives: mend Redis where it restarted or was restored."""
        async with self._ownership.lock:
            owned = dict(self._ownership.partitions)
            if not owned:
                return
            server = await self._live.server()
            if self._server not in (None, server):
                log.warning("Redis is another one than before: everything is written to it again")
                for number, partition in owned.items():
                    self.owe(number, partition)
            self._server = server
            for number, partition in owned.items():
                for tenant in partition.state.tenants():
                    if not await self._live.write(number, tenant, [], None):
                        self.owe(number, partition, tenant)
                await self.mend(number, partition)

    async def _write_all(self, number: int, partition: OwnedPartition, tenant: str) -> bool:
        """Whether Redis has it all now: one that lost something on the way is written again at the next look."""
        if self._server is None:
            self._server = await self._live.server()
        token = await self._live.begin(tenant, number)
        await self._live.catalogue(tenant, self._entries(number, tenant), self._live.give_up)
        changes = [
            Change(tenant, key.partition("/")[2], held.state.published)
            for key, held in partition.state.places.items()
            if held.state.published is not None and key.startswith(tenant + "/")
        ]
        marked = await self._live.write(number, tenant, changes, partition.state.clocks.get(tenant), token)
        log.info("partition %d, tenant %s: %d places written to Redis again", number, tenant, len(changes))
        return marked

    def _entries(self, number: int, tenant: str) -> list[Entry]:
        """The tenant with its signs, and those of its places that live in this partition."""
        revisions = self._known.revisions
        entries: list[Entry] = [
            (place, revisions[place.key])
            for place in self._known.places
            if place.tenant == tenant and partition_of(place.key.encode(), self._count) == number
        ]
        signs = [(sign, revisions[key]) for key, sign in self._known.signs.items() if sign.tenant == tenant]
        return [*entries, *signs, *self._known.list_entries(tenant)]
