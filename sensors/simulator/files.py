"""A simulation in a folder: what it was, the city, the messages, the faults and the truth, a JSON object a line.

The same scenario writes the same files, byte for byte. They are written as it runs, so a large city takes disk, not
memory.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec

from parking.catalogue.model import Place
from sensors.simulator.faults import SimulatedFault
from sensors.simulator.running import SimulatedMessage, Simulation, Truth
from sensors.simulator.scenario import Scenario, ScenarioError

DEFAULT_CITY = "nantes"
"""The simulated city: its car parks are real ones."""

SETTINGS, PLACES, MESSAGES, FAULTS, TRUTH = (
    "settings.json", "places.jsonl", "messages.jsonl", "faults.jsonl", "truth.jsonl",
)  # fmt: skip
_encode = msgspec.json.encode
T = TypeVar("T")


class Summary(NamedTuple):
    """What was made: messages, of which uplinks and those of lanes; true changes; faults by kind."""

    messages: int
    uplinks: int
    lane_messages: int
    truth: int
    faults: dict[str, int]


class TrueState(msgspec.Struct, frozen=True):
    """A line of the truth: what holds since ``us`` (microseconds since 1970). A car park has ``vacant`` and no slot."""

    us: int
    place: str
    slot: int | None = None
    taken: bool | None = None
    vacant: int | None = None


class _Line(msgspec.Struct):
    at_us: int
    topic: str
    payload: msgspec.Raw


class SimulatedRun(NamedTuple):
    """A simulation that was written. Messages and truth are read from their files each time they are asked for."""

    scenario: Scenario
    folder: Path

    def places(self) -> Iterator[Place]:
        """The city's places."""
        return _read(self.folder / PLACES, Place)

    def messages(self) -> Iterator[SimulatedMessage]:
        """All messages, in the order of delivery."""
        return (
            SimulatedMessage(line.at_us, line.topic, bytes(line.payload))
            for line in _read(self.folder / MESSAGES, _Line)
        )

    def faults(self) -> Iterator[SimulatedFault]:
        """All faults that were put in."""
        with (self.folder / FAULTS).open("rb") as lines:
            for line in lines:
                yield SimulatedFault(**msgspec.json.decode(line))

    def truth(self) -> Iterator[TrueState]:
        """What became true, in the order of time."""
        return _read(self.folder / TRUTH, TrueState)


def write_run(
    scenario: Scenario,
    folder: Path,
    tenant: str = DEFAULT_CITY,
    on_progress: Callable[[int, int], None] = lambda done, of: None,
) -> Summary:
    """Play a scenario into a folder, which is made; ``on_progress`` gets simulated minutes, done and in all."""
    folder.mkdir(parents=True, exist_ok=True)
    simulation = Simulation(scenario)
    (folder / SETTINGS).write_bytes(msgspec.json.format(_encode(scenario), indent=2) + b"\n")
    with (folder / PLACES).open("wb") as places:
        places.writelines(_encode(place) + b"\n" for place in simulation.city.places(tenant))
    kinds: Counter[str] = Counter()
    totals = [0] * 4
    minutes = (scenario.end_us - scenario.start_us) // 60_000_000
    with (
        (folder / MESSAGES).open("wb") as messages,
        (folder / FAULTS).open("wb") as faults,
        (folder / TRUTH).open("wb") as truth,
    ):
        kinds.update(_write_faults(faults.write, simulation.faults))
        for window in simulation.windows():
            messages.writelines(
                b'{"at_us":%d,"topic":"%b","payload":%b}\n'
                % (message.delivered_us, message.topic.encode(), message.payload)
                for message in window.messages
            )
            kinds.update(_write_faults(faults.write, window.faults))
            truth.writelines(_true_lines(window.truth, simulation.city.place_ids))
            counts = (len(window.messages), window.uplinks, window.lane_messages, len(window.truth.us))
            totals = [before + now for before, now in zip(totals, counts, strict=True)]
            on_progress((window.until_us - scenario.start_us) // 60_000_000, minutes)
    return Summary(totals[0], totals[1], totals[2], totals[3], dict(sorted(kinds.items())))


def read_run(folder: Path) -> SimulatedRun:
    """A simulation that ``write_run`` wrote. Raises ScenarioError where there is none."""
    try:
        scenario = msgspec.json.decode((folder / SETTINGS).read_bytes(), type=Scenario)
    except (OSError, msgspec.DecodeError) as error:
        raise ScenarioError(f"{folder} holds no simulation ({error}): write one with placelibre simulate") from error
    return SimulatedRun(scenario, folder)


def _write_faults(write: Callable[[bytes], int], faults: Iterable[SimulatedFault]) -> Iterator[str]:
    for fault in faults:
        write(_encode(fault._asdict()) + b"\n")
        yield fault.kind


def _true_lines(truth: Truth, place_ids: list[str]) -> Iterator[bytes]:
    for us, place, slot, value in zip(*(column.tolist() for column in truth), strict=True):
        what = b'"vacant":%d' % value if slot < 0 else b'"slot":%d,"taken":%b' % (slot, b"true" if value else b"false")
        yield b'{"us":%d,"place":"%b",%b}\n' % (us, place_ids[place].encode(), what)


def _read(path: Path, kind: type[T]) -> Iterator[T]:
    with path.open("rb") as lines:
        for line in lines:
            yield msgspec.json.decode(line, type=kind)
