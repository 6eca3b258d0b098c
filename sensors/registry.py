"""All sources: a folder in ``sensors/sources/`` with an ``adapter`` is one, and nothing else has to name it.

A city's own mappings (``sensors.sources.mapped``) are registered beside them when a command begins.
"""

from collections.abc import Iterable
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


_ADAPTERS = _discovered()
_OWN = frozenset(_ADAPTERS)
ADAPTERS = MappingProxyType(_ADAPTERS)
FRAME_ADAPTERS: MappingProxyType[str, FrameAdapter] = MappingProxyType(
    {name: cast(FrameAdapter, adapter) for name, adapter in ADAPTERS.items() if hasattr(adapter, "decode_frame")}
)
"""Those that also read a single LoRaWAN frame; all of them are in ADAPTERS too."""


def register(mapped: Iterable[Adapter]) -> None:
    """Know these sources too, in place of those that were registered before; our own stay.

    Raises ParkingError where two have one name, or one has a name of ours.
    """
    added: dict[str, Adapter] = {}
    for adapter in mapped:
        name = adapter.INFO.id
        if name in _OWN or name in added:
            raise ParkingError(f"source.name {name!r} is taken by another source: give the mapping a name of its own")
        added[name] = adapter
    for name in _ADAPTERS.keys() - _OWN:
        del _ADAPTERS[name]
    _ADAPTERS.update(added)


class UnknownSourceError(ParkingError):
    """No adapter of that name; the message lists those there are."""


class NotPublicError(ParkingError):
    """A source that nobody may send from outside; the message says who does."""


def get_adapter(name: str) -> Adapter:
    """The adapter called ``name``; UnknownSourceError where there is none."""
    try:
        return ADAPTERS[name]
    except KeyError:
        raise UnknownSourceError(f"no source {name!r}; known are {', '.join(list_public())}") from None


def list_public() -> list[str]:
    """The names of the sources that others may send, or be asked for."""
    return sorted(name for name, adapter in ADAPTERS.items() if adapter.INFO.is_public)


def get_public(name: str) -> Adapter:
    """As ``get_adapter``, for whatever comes over a wire. Raises NotPublicError where only we say what it says."""
    adapter = get_adapter(name)
    if not adapter.INFO.is_public:
        raise NotPublicError(
            f"source {name!r} is what people order at the desk, and only the desk sends it: it is taken by no webhook, "
            f"MQTT broker, feed or recording; use the desk (docs/desk.md)"
        )
    return adapter
