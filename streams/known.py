"""The catalogue topic as somebody has read it: tenants and places, each with the revision that it has there.

It is filled by whoever reads the topic: once (``read_catalogue``), or for ever (``streams.catalogue_follower``).
"""

import logging

from parking.catalogue.model import Catalogue, Place, Tenant, merge_tenant
from parking.codec import decode_place, decode_tenant
from parking.errors import ParkingError
from parking.fold.records import LogRecord
from parking.published.availability import Revision
from parking.signs.codec import decode_sign
from parking.signs.model import Sign, is_sign_key
from streams.reading import open_topic
from streams.topics import names_of

log = logging.getLogger(__name__)
Entry = tuple[Place | Tenant | Sign, Revision]


class KnownCatalogue:
    """Tenants, places and signs as far as the topic has been read.

    ``sources`` are those of all devices ever declared, ``inhabited`` the tenants of all places ever declared.

    ``revisions`` are (stream epoch, offset) by ``tenant``, ``tenant/`` (its own words), ``tenant/place`` or
    ``tenant/signs/ID``.
    """

    def __init__(self, epoch: int) -> None:
        self.places = Catalogue()
        self._tenants: dict[str, Tenant] = {}
        self.signs: dict[str, Sign] = {}
        self.revisions: dict[str, Revision] = {}
        self.sources: set[str] = {"kafka", "clock"}
        self.inhabited: set[str] = set()
        self._epoch = epoch

    @property
    def tenants(self) -> dict[str, Tenant]:
        """Cities by id, with what each says of itself; one that only said so, and has no data yet, is among them."""
        ids = {tenant.id for tenant in self._tenants.values()}
        merged = {name: merge_tenant(self._tenants.get(name), self._tenants.get(f"{name}/")) for name in ids}
        return {name: tenant for name, tenant in merged.items() if tenant is not None}

    def list_entries(self, tenant: str) -> list[Entry]:
        """What the topic says of a city itself: declared by its data, and by the city; each with its revision."""
        keys = [key for key in (tenant, f"{tenant}/") if key in self._tenants]
        return [(self._tenants[key], self.revisions[key]) for key in keys]

    def take(self, record: LogRecord) -> Entry | None:
        """One more record of the topic; None where it removes an entry, or is unusable and was left out."""
        revision = (self._epoch, record.offset)
        try:
            key = (record.key or b"").decode()
            if record.value is None:
                self.places.drop(key)
                self._tenants.pop(key, None)
                self.signs.pop(key, None)
                return None
            if "/" not in key[:-1]:
                self._tenants[key] = tenant = decode_tenant(record.value)
                self.revisions[key] = revision
                return tenant, revision
            if is_sign_key(key):
                self.signs[key] = sign = decode_sign(record.value)
                self.revisions[key] = revision
                return sign, revision
            place = decode_place(record.value)
        except (ParkingError, UnicodeDecodeError) as error:
            log.error(
                "catalogue entry %r at offset %d is unusable and was left out: %s", record.key, record.offset, error
            )
            return None
        self.places.put(place)
        self.inhabited.add(place.tenant)
        self.sources |= {device.source for device in place.devices}
        self.revisions[place.key] = revision
        return place, revision


async def read_catalogue(bootstrap: str, namespace: str) -> KnownCatalogue:
    """The catalogue as it is now.

    Raises KafkaError where Kafka cannot be reached, TopicsError where there is no catalogue: no worker and no feed has
    ever been started here.
    """
    known = KnownCatalogue(epoch=0)
    async with open_topic(bootstrap, names_of(namespace).catalogue) as topic:
        async for record in topic.read():
            known.take(record)
    return known


async def find_tenant(bootstrap: str, namespace: str, tenant: str) -> Tenant | None:
    """The tenant as the catalogue has it now, or None where it was never declared."""
    return (await read_catalogue(bootstrap, namespace)).tenants.get(tenant)
