"""The makes of ground sensors that the simulated city has: every source with ``encoder.py`` in its folder.

An encoder gets what happened to sensors of its make, all of one kind, and gives the port and a row of bytes each.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Protocol, TypeAlias, cast

from sensors.registry import FRAME_ADAPTERS
from sensors.simulator.chance import Bytes
from sensors.simulator.scenario import VENDORS
from sensors.simulator.told import Told
from sensors.sources import __name__ as _sources

Encode: TypeAlias = Callable[[int, Told], tuple[int, Bytes]]


class Encoder(Protocol):
    """A make's ``encoder`` module: its frames, and how often it speaks though nothing changes."""

    BEAT_EVERY_S: int
    encode: Encode


_MODULES = [cast(Encoder, import_module(f"{_sources}.{vendor}.encoder")) for vendor in VENDORS]
ENCODERS: tuple[Encode, ...] = tuple(module.encode for module in _MODULES)
"""In the order of ``scenario.VENDORS``."""

BEAT_EVERY_S = {vendor: module.BEAT_EVERY_S for vendor, module in zip(VENDORS, _MODULES, strict=True)}
VALID_FOR_S = {vendor: FRAME_ADAPTERS[vendor].INFO.valid_for_s for vendor in VENDORS}
