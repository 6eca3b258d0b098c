"""Simulations for tests, and what the real intake and the real adapters make of them."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

from parking.instants import from_us, to_us
from parking.observations import Observation, SpaceObserved
from parking.words import SpaceState
from sensors.contract import Decoded
from sensors.intake.deduplication import Deduplicator
from sensors.intake.receiving import hear as hear_message
from sensors.registry import FRAME_ADAPTERS
from sensors.simulator.faults import SimulatedFault
from sensors.simulator.running import SimulatedMessage, Simulation, Truth
from sensors.simulator.scenario import Scenario

FRIDAY_SIX = datetime(2026, 11, 20, 5, tzinfo=UTC)
SMALL = Scenario(bays=600, car_parks=3, start=FRIDAY_SIX, hours=6, seed=7, bad_lanes=0.0, miss=0.0)


class Played(NamedTuple):
    """All windows of a simulation in one."""

    simulation: Simulation
    messages: list[SimulatedMessage]
    truth: Truth
    faults: list[SimulatedFault]

    def uplinks(self) -> list[tuple[int, dict[str, Any]]]:
        """When each uplink was delivered, and its message."""
        return [(one.delivered_us, json.loads(one.payload)) for one in self.messages if one.topic.startswith("app")]

    def of_lanes(self) -> list[dict[str, Any]]:
        """The messages of lane counters."""
        return [json.loads(one.payload) for one in self.messages if one.topic.startswith("counters/")]

    def bays(self) -> dict[str, list[tuple[int, bool]]]:
        """What is true of each bay, by devEUI: since when, and whether it is taken."""
        city, rows = self.simulation.city, defaultdict(list)
        at_bay = self.truth.slot >= 0
        bays = city.first_bay[self.truth.place[at_bay]] + self.truth.slot[at_bay]
        for us, bay, value in zip(self.truth.us[at_bay], bays, self.truth.value[at_bay], strict=True):
            rows[city.eui_of(int(bay))].append((int(us), bool(value)))
        return rows

    def faulty(self, kind: str) -> list[SimulatedFault]:
        """The faults of a kind."""
        return [fault for fault in self.faults if fault.kind == kind]


def play(scenario: Scenario, window_min: int | None = None) -> Played:
    simulation = Simulation(scenario)
    faults = list(simulation.faults)
    messages, truths = [], []
    for window in simulation.windows(window_min):
        messages += window.messages
        truths.append(window.truth)
        faults += window.faults
    return Played(simulation, messages, Truth(*map(np.concatenate, zip(*truths, strict=True))), faults)


class Heard(NamedTuple):
    observations: list[Observation]
    rejects: list[Any]
    duplicates: int
    missed: int

    def states(self) -> dict[str, list[tuple[int, bool]]]:
        """By devEUI, each state in the order of its observation time."""
        rows = defaultdict(list)
        for seen in sorted(self.observations, key=lambda seen: seen.order):
            if isinstance(seen, SpaceObserved):
                rows[seen.device_id].append((to_us(seen.observed_at), seen.state is SpaceState.OCCUPIED))
        return rows


def hear(messages: list[SimulatedMessage]) -> Heard:
    """What our own intake makes of the uplinks."""
    known, observations, rejects, duplicates, missed = Deduplicator(), [], [], 0, 0
    for at, topic, payload in messages:
        if not topic.startswith("application/street-bays/"):
            continue
        adapter = FRAME_ADAPTERS[json.loads(payload)["deviceInfo"]["deviceProfileName"]]
        with hear_message(adapter, payload, known, "t", from_us(at)) as reading:
            assert isinstance(reading.decoded, Decoded)
        duplicates += reading.is_duplicate
        missed += reading.missed
        observations += reading.decoded.observations
        rejects += reading.decoded.rejects
    return Heard(observations, rejects, duplicates, missed)


def changes(states: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """The rows that differ from the one before."""
    return [row for at, row in enumerate(states) if at == 0 or states[at - 1][1] != row[1]]
