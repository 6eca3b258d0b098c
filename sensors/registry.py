"""All sources: a folder in ``sensors/sources/`` with an ``adapter`` is one, and nothing else has to name it."""

from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import cast

from parking.errors import ParkingError
from sensors import sources
from sensors.contract import Adapter
from sensors.uplink import FrameAdapter


def _discovered() -> dict[str, Adapter]:
    """Every source by its id, in the order of names."""
    names = [found.name for found in iter_modules(sources.__path__)]
    modules = {name: import_module(f"{sources.__name__}.{name}.adapter") for name in names}
    found: dict[str, Adapter] = {name: getattr(module, "ADAPTER", module) for name, module in modules.items()}
    for name, adapter in found.items():
        if adapter.INFO.id != name:
            raise ParkingError(
                f"sensors/sources/{name} calls itself {adapter.INFO.id!r}: its INFO.id is its folder's name"
            )
    return found


ADAPTERS = MappingProxyType(_discovered())
FRAME_ADAPTERS: MappingProxyType[str, FrameAdapter] = MappingProxyType(
    {name: cast(FrameAdapter, adapter) for name, adapter in ADAPTERS.items() if hasattr(adapter, "decode_frame")}
)
"""Those that also read a single LoRaWAN frame; all of them are in ADAPTERS too."""


class UnknownSourceError(ParkingError):
    """No adapter of that name; the message lists those there are."""


def get_adapter(name: str) -> Adapter:
    """The adapter called ``name``; UnknownSourceError where there is none."""
    try:
        return ADAPTERS[name]
    except KeyError:
        raise UnknownSourceError(f"no source {name!r}; known are {', '.join(sorted(ADAPTERS))}") from None
