"""What the desk of commands needs of the world: the catalogue and the record in Kafka, the live state in Redis."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import redis.asyncio as aioredis
from aiokafka.errors import KafkaError
from redis.exceptions import RedisError

from gateways.desk.catalogue_routes import CatalogueTaking
from gateways.desk.command_port import EffectRefusedError, NotDoneYetError, NotReadableError, PlaceSight
from gateways.desk.command_routes import CommandTaking
from gateways.desk.command_telling import CommandTelling
from gateways.desk.commanding import CommandDesk
from gateways.desk.described import COMMAND_PATHS, COMMAND_SCHEMAS
from gateways.desk.finishing import CommandFinisher
from gateways.desk.previewing import CitySight, CommandPreviews
from gateways.desk.serve import DeskRoom
from gateways.words.city_clock import clock_of
from ops.desk_parts import DeskParts
from ops.desk_tail import DecidedTail
from ops.feeding import FollowedCatalogue, open_following
from ops.signs import FAULT, FaultPoint
from parking.catalogue.model import Place, Tenant, place_key
from parking.clock import city_time
from parking.decisions.model import Decision
from parking.decisions.words import JsonMap
from parking.desk.commands import effect_of
from parking.desk.edits import SaidEdit, apply_change, find_edit
from parking.desk.said import DeskRecord
from parking.errors import ParkingError
from parking.fold.admission import find_refusal
from parking.observations import OPERATOR
from parking.published.freshness import as_of
from parking.words import ClockBasis
from sensors.registry import ADAPTERS
from store.mirror import Mirror
from store.reader import read_availability, read_clock
from store.signs import list_standing

DONE_WITHIN_S = 5.0
_READ_WITHIN_S = 5.0


class CommandsInKafka:
    """See CommandPort."""

    def __init__(self, tenant: str, client: "aioredis.Redis", following: FollowedCatalogue, tail: DecidedTail) -> None:
        self.tenant = tenant
        self.contracts: Mapping[str, int] = {name: adapter.INFO.valid_for_s for name, adapter in ADAPTERS.items()}
        self._client, self._following, self._tail = client, following, tail

    async def now(self) -> datetime:
        """See CommandPort."""
        try:
            return city_time(await read_clock(self._client, self.tenant), datetime.now(UTC))
        except (RedisError, OSError) as error:
            raise NotReadableError(f"Redis does not answer ({type(error).__name__})") from error

    async def find_place(self, place: str) -> PlaceSight | None:
        """See CommandPort."""
        await self._catch_up()
        found = self._following.known.places.find_place(place_key(self.tenant, place))
        if found is None:
            return None
        try:
            received = await read_availability(self._client, self.tenant, place)
        except (RedisError, OSError) as error:
            raise NotReadableError(f"Redis does not answer ({type(error).__name__})") from error
        return PlaceSight(found, received and as_of(received, await self.now()))

    async def places(self) -> Sequence[Place]:
        """See CommandPort."""
        await self._catch_up()
        return [place for place in self._following.known.places if place.tenant == self.tenant]

    async def record_now(self, is_fresh: bool = False) -> DeskRecord:
        """See CommandPort."""
        return await self._tail.read_on(is_fresh)

    async def act(self, decision: Decision) -> JsonMap:
        """See CommandPort."""
        edit = find_edit(decision)
        try:
            async with asyncio.timeout(DONE_WITHIN_S):
                return await (self._send(decision) if edit is None else self._declare(edit))
        except (KafkaError, OSError, TimeoutError, NotReadableError) as error:
            raise NotDoneYetError(f"Kafka has not acknowledged it ({type(error).__name__})") from error

    async def _send(self, decision: Decision) -> JsonMap:
        """What a person says is a message of the source ``operator``, decoded as those of all sources are."""
        await self._catch_up()
        payload = effect_of(decision)
        decoded = ADAPTERS[OPERATOR].decode(
            payload, tenant=self.tenant, received_at=decision.decided_at, recorded=False
        )
        if decoded.rejects:
            raise EffectRefusedError(decoded.rejects[0].detail)
        for seen in decoded.observations:
            place = self._following.known.places.find_place(place_key(self.tenant, seen.device_id))
            if (refusal := find_refusal(seen, place, max(seen.received_at, datetime.now(UTC)))) is not None:
                raise EffectRefusedError(refusal.detail)  # so the fold would refuse it
        sent = await self._following.producer.send(decoded.observations)
        if sent.rejects:
            raise EffectRefusedError(sent.rejects[0].detail)
        return {"events": [seen.event_id for seen in decoded.observations]}

    async def _declare(self, edit: SaidEdit) -> JsonMap:
        await self._catch_up()
        known = self._following.known
        changed = []
        for change in edit.changes:
            if (place := known.places.find_place(place_key(self.tenant, change.place))) is None:
                raise EffectRefusedError(f"place {change.place} is not in the catalogue any more")
            try:
                changed.append(apply_change(place, change))
            except ParkingError as error:
                raise EffectRefusedError(str(error)) from error
        city = known.tenants.get(self.tenant) or Tenant(id=self.tenant, clock=ClockBasis.WALL)
        await self._following.producer.declare(city, changed)
        return {"places": [place.id for place in changed]}

    async def _catch_up(self) -> None:
        try:
            async with asyncio.timeout(_READ_WITHIN_S):
                await self._following.follower.catch_up()
        except (KafkaError, OSError, TimeoutError) as error:
            raise NotReadableError(f"the catalogue in Kafka cannot be read ({type(error).__name__})") from error


def _look(mirror: Mirror) -> CitySight:
    """What a preview needs of the live city."""
    clock, about = clock_of(mirror.tenant, mirror.about), mirror.about
    is_real = mirror.basis is ClockBasis.WALL and (about is None or about.pace == 1.0)
    return CitySight(mirror.places, mirror.availability, list_standing(mirror.signs), clock.zone, is_real)


async def commanding_room(parts: DeskParts, mirror: Mirror) -> DeskRoom:
    """The room of commands: what it needs is opened for as long as the desk is."""
    following = await parts.held.enter_async_context(open_following(parts.settings))
    tail = DecidedTail(parts.settings, parts.tenant)
    port = CommandsInKafka(parts.tenant, parts.client, following, tail)
    finisher = CommandFinisher(port, parts.record, FaultPoint(os.environ.get(FAULT, "")))
    desk = CommandDesk(finisher)
    endpoints = (CommandTaking(desk, port, parts.access), CatalogueTaking(desk, port, parts.access),
                 CommandTelling(port, parts.access),
                 CommandPreviews(port, lambda: _look(mirror), parts.access))  # fmt: skip
    routes = [route for one in endpoints for route in one.list_routes()]
    return DeskRoom("commands", routes, COMMAND_PATHS, COMMAND_SCHEMAS, running=finisher.running)
