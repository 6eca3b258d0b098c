"""A made-up city: car parks and streets, their feeds, signs and processes, all well until something is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

import msgspec

from parking.catalogue.model import Device, Place
from parking.health.alarms.finding import find_conditions
from parking.health.alarms.kinds import TroubleKind
from parking.health.alarms.model import AlarmCondition
from parking.health.alarms.sight import ClockSeen, Component, FeedSeen, Probed, RefusedWord, RejectsSeen, Sight
from parking.health.repairs import Finding
from parking.published.availability import Availability
from parking.signs.model import Sign, SignLine
from parking.signs.status import LineStatus, SignState, SignStatus
from parking.signs.words import DarkBecause, SignProtocol
from parking.words import Fault, FillLevel, Opening, Problem
from tests.support import NOON, TENANT, at, site, zone

HOLDS = timedelta(minutes=15)


@dataclass
class City:
    """``size`` car parks, every third of the source "lanes", the others of "nantes", and some streets of "lora"."""

    size: int = 28
    streets: int = 4
    places: dict[str, Place] = field(default_factory=dict)
    said: dict[str, Availability] = field(default_factory=dict)
    findings: dict[str, list[Finding]] = field(default_factory=dict)
    refused: dict[str, RefusedWord] = field(default_factory=dict)
    feeds: dict[str, FeedSeen] = field(default_factory=dict)
    rejects: dict[str, RejectsSeen] = field(default_factory=dict)
    probes: dict[Component, Probed] = field(default_factory=dict)
    clock: ClockSeen = field(default_factory=ClockSeen)
    signs: dict[str, Sign] = field(default_factory=dict)
    statuses: dict[str, SignStatus] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    zone: tzinfo | None = None

    def __post_init__(self) -> None:
        for number in range(self.size):
            source = "lanes" if number % 3 == 0 else "nantes"
            device = Device(source=source, id=f"d{number}", valid_for_s=900)
            self.places[f"P{number}"] = site(100 + number, id=f"P{number}", name=f"Parking {number}", devices=(device,))
        for number in range(self.streets):
            devices = tuple(Device(source="lora", id=f"s{number}.{i}", slot=i, valid_for_s=10_800) for i in range(8))
            self.places[f"Z{number}"] = zone(8, 1, id=f"Z{number}", name=f"Rue {number}", devices=devices)
        for number in range(6):
            lines = (SignLine(number=1, legend=f"P {number}", places=(f"P{number}",)),)
            self.signs[f"A{number}"] = Sign(
                tenant=TENANT,
                id=f"A{number}",
                name=f"Panneau {number}",
                protocol=SignProtocol.NTCIP,
                lines=lines,
                address=f"10.0.0.{number + 1}:161",
            )
        self.probes = {one: Probed(component=one, name=one.value, is_there=True) for one in Component}
        self.all_well(NOON)

    def all_well(self, now: datetime, *but: str) -> None:
        """Everything but these (places, sources, signs) speaks at ``now``."""
        for id_, place in self.places.items():
            if id_ not in but and place.devices[0].source not in but:
                self.say(id_, now)
        for source, every in (("nantes", 60.0), ("lanes", 30.0), ("lora", 120.0)):
            if source not in but:
                self.feeds[source] = FeedSeen(source=source, heard_at=now, told_at=now, every_s=every)
        for id_ in self.signs:
            if id_ not in but:
                self.show(id_, now)

    def say(self, id_: str, now: datetime, **more: Any) -> None:
        """What is published of a place."""
        place = self.places[id_]
        fields: dict[str, Any] = {
            "vacant": 40 if not place.spaces else 3, "capacity": place.capacity, "opening": Opening.OPEN,
            "level": FillLevel.SPACES_AVAILABLE, "observed_at": now, "valid_until": now + HOLDS,
        }  # fmt: skip
        self.said[id_] = Availability(**fields | more)

    def lose(self, id_: str, now: datetime, *faults: Fault) -> None:
        """Its number is not known, and the fold says why."""
        self.say(id_, now, vacant=None, level=FillLevel.UNKNOWN, faults=faults)

    def doubt(
        self, id_: str, problem: Problem, now: datetime, certainty: float = 0.9, device: int = 0, **more: Any
    ) -> None:
        """The repair list has its device."""
        place = self.places[id_]
        one = place.devices[device]
        self.findings.setdefault(id_, []).append(
            Finding(place_id=id_, source=one.source, device_id=one.id, problem=problem, certainty=certainty,
                    seen_at=now, slot=one.slot, **more)
        )  # fmt: skip

    def show(self, id_: str, now: datetime, state: SignState = SignState.SHOWING, **more: Any) -> None:
        """What the controller writes of a sign."""
        fields: dict[str, Any] = {"sign": id_, "at": now, "written_at": now, "state": state, "since": now}
        self.statuses[id_] = SignStatus(**fields | more)

    def fell(self, component: Component, since: datetime) -> None:
        """A component is away."""
        self.probes[component] = msgspec.structs.replace(self.probes[component], is_there=False, since=since)

    def sight(self, now: datetime) -> Sight:
        """What the watcher sees; what is ``hidden`` it does not."""
        seen: dict[str, Any] = {
            "availabilities": self.said, "findings": self.findings, "feeds": tuple(self.feeds.values()),
            "rejects": tuple(self.rejects.values()), "probes": tuple(self.probes.values()), "clock": self.clock,
            "statuses": self.statuses,
        }  # fmt: skip
        for name in self.hidden:
            seen[name] = None
        return Sight(now=now, zone=self.zone, places=self.places, refused=self.refused, signs=self.signs, **seen)

    def find(self, now: datetime) -> list[AlarmCondition]:
        """Everything that is wrong."""
        return find_conditions(self.sight(now))

    def roots(self, now: datetime) -> list[AlarmCondition]:
        """What is wrong and explained by nothing else."""
        return [condition for condition in self.find(now) if condition.under is None]

    def kinds(self, now: datetime) -> list[TroubleKind]:
        """The kinds of these."""
        return sorted(condition.kind for condition in self.roots(now))


def dark(because: DarkBecause) -> tuple[LineStatus, ...]:
    """A sign's one line, dark."""
    return (LineStatus(number=1, because=because, since=at(-1)),)
