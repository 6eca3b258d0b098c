"""A city as its operators meet it on a bad morning: most of it runs, some of it is dead, drifting or wrong.

It is put into Redis as the worker and the controller of signs would: places, numbers, repairs, signs and what they say.
Numbers below ``FIRST_TOLD`` are the city's own; some from there on are told once each, so that whoever sees one knows
which write it came from. Those between the two sets are left out: so many places and signs there are.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import redis.asyncio as aioredis
from msgspec.structs import replace

from parking.catalogue.model import Device, Place, PlaceKind, Point, Space, Tenant
from parking.clock import Clock
from parking.health.repairs import Finding
from parking.published.availability import Availability, CategoryCount, Change
from parking.published.space_states import pack_states
from parking.signs.model import Sign, SignLine
from parking.signs.status import Alarm, AlarmKind, LineStatus, Shown, SignState, SignStatus
from parking.signs.words import LineState, SignProtocol
from parking.words import Audience, Basis, ClockBasis, Fault, FillLevel, Opening, Problem, SpaceState
from store.repairs import write_repairs
from store.sign_status import write_status
from store.writer import CatalogueEntry, LiveWriter

TENANT = "bench"
CAPACITY = 1_000
FIRST_TOLD, FIRST_TOLD_TO_CROWD = 200, 700
BAYS_A_ZONE = 125
_VALID = timedelta(hours=2)
_SIGNS_EVERY_S = 20.0


class BadMorning:
    """The city. The numbers of ``lively`` car parks are good, those of ``drifting`` doubtful; both may be told."""

    def __init__(self, places: int, bays: int, signs: int) -> None:
        zones = min(-(-bays // BAYS_A_ZONE), places - 1)
        sizes = [bays // zones + (number < bays % zones) for number in range(zones)] if zones else []
        self.sites = [_site(number) for number in range(places - zones)]
        self.zones = [_zone(number, size) for number, size in enumerate(sizes)]
        self.signs = [_sign(number, self.sites[number % len(self.sites)]) for number in range(signs)]
        self.drifting = [place for number, place in enumerate(self.sites) if _drifts(number)]
        self.lively = [place for number, place in enumerate(self.sites) if not (_is_dead(number) or _drifts(number))]
        self._revision = 0

    async def fill(self, client: "aioredis.Redis") -> None:
        """All of it."""
        now, writer = datetime.now(UTC), LiveWriter(client, 1)
        about = Tenant(id=TENANT, clock=ClockBasis.WALL, name="Nantes", zone="Europe/Paris")
        entries: list[CatalogueEntry] = [about, *self.sites, *self.zones, *self.signs]
        await writer.apply_catalogue(TENANT, [(entry, (1, number)) for number, entry in enumerate(entries)])
        await writer.apply_changes(TENANT, 0, self.say_all(now), Clock(now, ClockBasis.WALL))
        drifting = {place.id: [_drift(place, now)] for number, place in enumerate(self.sites) if _drifts(number)}
        await write_repairs(client, TENANT, drifting)
        await write_status(client, TENANT, self.list_statuses(now))

    def say_all(self, now: datetime) -> list[Change]:
        """What every place says first."""
        return [self._change(place, number, now) for of in (self.sites, self.zones) for number, place in enumerate(of)]

    def list_statuses(self, now: datetime) -> list[SignStatus]:
        """What the controller says of every sign."""
        return [_status(number, sign, now) for number, sign in enumerate(self.signs)]

    async def keep(self, client: "aioredis.Redis") -> None:
        """What the controller and the clock do for ever: say again what the signs say, and that time goes on."""
        writer = LiveWriter(client, 1)
        while True:
            now = datetime.now(UTC)
            await write_status(client, TENANT, self.list_statuses(now))
            await writer.apply_changes(TENANT, 0, [], Clock(now, ClockBasis.WALL))
            await asyncio.sleep(_SIGNS_EVERY_S)

    def told(self, place: Place, vacant: int) -> Change:
        """A number that was never told before."""
        self._revision += 1
        faults = (Fault.COUNTER_DRIFT,) if place in self.drifting else ()
        return Change(TENANT, place.id, _counted(vacant, datetime.now(UTC), self._revision, *faults))

    def stir(self, count: int) -> list[Change]:
        """Other places say something else: half of them zones, whose bays change."""
        now, changes = datetime.now(UTC), []
        for _ in range(count):
            self._revision += 1
            among = self.zones if self.zones and self._revision % 2 else self.lively[len(self.lively) // 2 :]
            place = among[self._revision * 7 % len(among)]
            said = _of_bays(place, self._revision, now) if place.spaces else _counted(self._revision % 90, now, 0)
            changes.append(Change(TENANT, place.id, _revised(said, self._revision)))
        return changes

    def _change(self, place: Place, number: int, now: datetime) -> Change:
        self._revision += 1
        said = _of_bays(place, number, now) if place.spaces else _of_site(number, now)
        return Change(TENANT, place.id, _revised(said, self._revision), now)


def _is_dead(number: int) -> bool:
    return number % 25 == 3


def _drifts(number: int) -> bool:
    return number % 25 == 9


def _point(number: int) -> Point:
    return Point(round(-1.62 + number % 23 * 0.006, 6), round(47.18 + number // 23 * 0.0035, 6))


def _site(number: int) -> Place:
    device = Device(source=f"feed{number % 4}", id=f"counter-{number}")
    name = f"Parc {number:04}"
    return Place(
        tenant=TENANT, id=f"p{number:04}", name=name, point=_point(number), capacity=CAPACITY, devices=(device,)
    )


def _zone(number: int, size: int) -> Place:
    return Place(
        tenant=TENANT, id=f"z{number:04}", name=f"Rue {number:04}", kind=PlaceKind.ZONE, point=_point(number + 1),
        spaces=tuple(Space(id=f"b{slot}") for slot in range(size)), capacity=size,
        devices=tuple(Device(source="bays", id=f"z{number}-{slot}", slot=slot) for slot in range(size)),
    )  # fmt: skip


def _sign(number: int, place: Place) -> Sign:
    line = SignLine(number=1, legend=place.name.upper(), places=(place.id,))
    return Sign(
        tenant=TENANT, id=f"S{number:04}", name=f"Panneau {number:04}", protocol=SignProtocol.NTCIP,
        address=f"127.0.0.1:{20_000 + number}", is_software=True, lines=(line,),
    )  # fmt: skip


def _counted(vacant: int, now: datetime, offset: int, *faults: Fault) -> Availability:
    return Availability(
        vacant=vacant, vacant_low=vacant, vacant_high=vacant, capacity=CAPACITY, level=FillLevel.SPACES_AVAILABLE,
        opening=Opening.OPEN, by_category={Audience.PUBLIC: CategoryCount(vacant, CAPACITY)}, reporting_share=1.0,
        observed_at=now, valid_until=now + _VALID, basis=Basis.COUNTED, faults=faults, revision=(1, offset),
    )  # fmt: skip


def _of_site(number: int, now: datetime) -> Availability:
    if _is_dead(number):
        return Availability(
            capacity=CAPACITY, opening=Opening.OPEN, observed_at=now - 2 * _VALID, valid_until=now - _VALID,
            faults=(Fault.COMMUNICATIONS_FAILURE,),
        )  # fmt: skip
    return _counted(number % 90, now, 0, *((Fault.COUNTER_DRIFT,) if _drifts(number) else ()))


def _of_bays(place: Place, number: int, now: datetime) -> Availability:
    silent, size = number % 9 == 4, len(place.spaces)
    cycle = (SpaceState.FREE, SpaceState.OCCUPIED, SpaceState.OCCUPIED, SpaceState.UNKNOWN if silent else "occupied")
    states = [SpaceState(cycle[(slot + number) % 4]) for slot in range(size)]
    vacant, unknown = states.count(SpaceState.FREE), states.count(SpaceState.UNKNOWN)
    return Availability(
        vacant=vacant, vacant_low=vacant, vacant_high=vacant + unknown, capacity=size, opening=Opening.OPEN,
        level=FillLevel.SPACES_AVAILABLE, by_category={Audience.PUBLIC: CategoryCount(vacant, size)},
        reporting_share=(size - unknown) / size, observed_at=now, valid_until=now + _VALID, basis=Basis.COUNTED,
        faults=(Fault.COMMUNICATIONS_FAILURE,) if unknown else (), space_states=pack_states(states),
    )  # fmt: skip


def _revised(said: Availability, offset: int) -> Availability:
    return replace(said, revision=(1, offset))


def _drift(place: Place, now: datetime) -> Finding:
    device = place.devices[0]
    return Finding(
        place_id=place.id, source=device.source, device_id=device.id, problem=Problem.COUNTER_DRIFT, certainty=0.9,
        seen_at=now, since=now - timedelta(days=1), weight=CAPACITY,
    )  # fmt: skip


def _status(number: int, sign: Sign, now: datetime) -> SignStatus:
    """Of forty signs one is silent and two show what nobody told them."""
    state = SignState.SILENT if number % 40 == 7 else SignState.WRONG if number % 20 == 3 else SignState.SHOWING
    since = now - timedelta(minutes=number % 50 + 1)
    kind = {SignState.SILENT: AlarmKind.SILENT, SignState.WRONG: AlarmKind.DISPLAYED_IS_NOT_COMMANDED}.get(state)
    line = LineStatus(number=1, state=LineState.SPACES, legend=sign.lines[0].legend, value="42", since=since)
    return SignStatus(
        sign=sign.id, at=now, written_at=now, state=state, since=since, lines=(line,),
        shown=Shown(at=now, text=f"{sign.lines[0].legend} 42", matches=state is SignState.SHOWING),
        alarms=(Alarm(kind=kind, detail="", since=since),) if kind else (),
    )  # fmt: skip
