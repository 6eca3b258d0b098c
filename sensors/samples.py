"""Small sound inputs of every source, found in its folder: ``sensors/sources/<source>/samples.py``.

``PAYLOAD`` is one body; a LoRaWAN sensor has ``FRAMES`` instead, each a port and a payload as hex, and
optionally ``MAKE``, its number in the simulated city. ``MORE`` are further bodies for whoever wants to break them
(``fuzzing``). The contract's tests, the fuzzer and the benchmark of frames run over whatever is found.
"""

import base64
import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import NamedTuple

from parking.errors import ParkingError
from sensors import sources
from sensors.registry import ADAPTERS, FRAME_ADAPTERS

UPLINKS = (
    b'{"deviceInfo":{"devEui":"00DB1a2b3c4d5e6f"},"fPort":1,"data":"AQ==","time":"2026-05-04T11:59:00Z"}',
    b'{"end_device_ids":{"dev_eui":"00DB1A2B3C4D5E6F"},"uplink_message":{"f_port":2,"frm_payload":"AQ=="}}\n{"a":1}',
)
"""Messages of network servers, for all LoRaWAN sensors."""


class SampleError(ParkingError):
    """A source's folder lacks its samples, or they are not usable; the message says what to add where."""


class Samples(NamedTuple):
    """What one source is tried with. ``frames`` are a LoRaWAN sensor's: the port, and the payload as hex."""

    payload: bytes
    frames: tuple[tuple[int, str], ...] = ()
    more: tuple[bytes, ...] = ()


@cache
def read_samples(source: str) -> Samples:
    """The samples of one source; SampleError where its folder has none."""
    found, path = _open(source), f"sensors/sources/{source}/samples.py"
    frames: tuple[tuple[int, str], ...] = getattr(found, "FRAMES", ())
    payload: bytes = getattr(found, "PAYLOAD", b"")
    if source in FRAME_ADAPTERS:
        if not frames:
            raise SampleError(f"{source} has no samples: write {path} with FRAMES = ((port, 'hex of a frame'), …)")
        payload = payload or as_message(*frames[0])
    if not payload:
        raise SampleError(f"{source} has no samples: write {path} with PAYLOAD = b'one small body in its shape'")
    return Samples(payload, frames, getattr(found, "MORE", ()))


def read_makes() -> tuple[str, ...]:
    """The LoRaWAN sensors of the simulated city in the order of their numbers, which stand in made-up devEUIs.

    Numbers are given and not found: one more make must not turn the sensors of an existing scenario into others. Raises
    SampleError where two have one number, or one is left out.
    """
    found: dict[str, int | None] = {name: getattr(_open(name), "MAKE", None) for name in sorted(FRAME_ADAPTERS)}
    numbers = {name: number for name, number in found.items() if number is not None}
    makes = tuple(sorted(numbers, key=lambda name: (numbers[name], name)))
    for place, name in enumerate(makes):
        if numbers[name] != place:
            path, free = f"sensors/sources/{name}/samples.py", min({*range(len(makes) + 1)} - {*numbers.values()})
            raise SampleError(f"MAKE = {numbers[name]} in {path} is taken, or leaves one out: {free} is the next free")
    return makes


def _open(source: str) -> ModuleType | None:
    """A source's samples; None where its folder has none."""
    module = f"{sources.__name__}.{source}.samples"
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return None


def read_frames() -> Mapping[str, tuple[tuple[int, str], ...]]:
    """The frames of all LoRaWAN sensors, by source."""
    return MappingProxyType({name: read_samples(name).frames for name in sorted(FRAME_ADAPTERS)})


@cache
def read_bodies() -> Mapping[str, tuple[bytes, ...]]:
    """The bodies of all sources, by source; of LoRaWAN sensors those that any network server may send."""
    return MappingProxyType(
        {
            name: UPLINKS if name in FRAME_ADAPTERS else (read_samples(name).payload, *read_samples(name).more)
            for name in sorted(ADAPTERS)
        }
    )


def as_message(port: int, payload: str) -> bytes:
    """The message in which ChirpStack v4 passes on that frame."""
    data = base64.b64encode(bytes.fromhex(payload)).decode()
    device = {"devEui": "00DB1a2b3c4d5e6f", "deviceName": "bay"}
    message = {"deduplicationId": "d", "time": "2026-05-04T11:59:00Z", "deviceInfo": device, "fCnt": 7, "fPort": port}
    return json.dumps(message | {"data": data, "rxInfo": [{"rssi": -90}]}).encode()
