"""Whose message it is: from its topic, its application or its device profile to the adapter that reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeGuard

from aiomqtt import Topic, Wildcard

from parking.errors import ParkingError
from sensors.contract import Adapter
from sensors.uplink import FrameAdapter, MessageKind


class RouteError(ParkingError):
    """A --map cannot be used; the message says what one looks like."""


class Server(StrEnum):
    """Whose topics are subscribed to."""

    CHIRPSTACK = "chirpstack"
    THINGS_STACK = "things_stack"
    BOTH = "both"


_FILTERS = {
    Server.CHIRPSTACK: (
        *(f"application/+/device/+/event/{kind}" for kind in MessageKind),
        *(f"application/+/device/+/{kind}" for kind in ("rx", "join", "status")),  # v3 in gateways
    ),
    Server.THINGS_STACK: ("v3/+/devices/+/up", "v3/+/devices/+/join"),
}


@dataclass(frozen=True)
class Routes:
    """Adapters by application or profile name, by MQTT topic, and for all the rest."""

    default: Adapter | None = None
    by_name: Mapping[str, Adapter] = field(default_factory=dict)
    by_topic: Mapping[str, Adapter] = field(default_factory=dict)

    @property
    def adapters(self) -> list[Adapter]:
        """Everyone to whom a route leads."""
        return [*([self.default] if self.default else []), *self.by_name.values(), *self.by_topic.values()]

    def filters(self, server: Server) -> list[str]:
        """What to subscribe to: the server's topics where anything could be of them, and those mapped themselves."""
        servers = _FILTERS if server is Server.BOTH else (server,)
        theirs = [topic for name in servers for topic in _FILTERS[name]] if self.default or self.by_name else []
        return [*theirs, *self.by_topic]

    def find_by_topic(self, topic: str) -> Adapter | None:
        """The adapter to which the topic alone leads: mapped itself, or by the application in it."""
        named = Topic(topic) if self.by_topic else None
        for pattern, adapter in self.by_topic.items():
            if named is not None and named.matches(pattern):
                return adapter
        return self.by_name.get(_application_of(topic))

    def find_by_names(self, names: Iterable[str]) -> Adapter | None:
        """The adapter of the first of a message's application and profile that is mapped; else that of all the rest."""
        return next((self.by_name[name] for name in names if name in self.by_name), self.default)


def read_routes(default: Adapter | None, maps: Iterable[tuple[str, Adapter]]) -> Routes:
    """Routes from the command line. A name with a slash is an MQTT topic filter.

    Raises RouteError where nothing is routed at all, or two sources claim one name.
    """
    by_name: dict[str, Adapter] = {}
    by_topic: dict[str, Adapter] = {}
    for name, adapter in maps:
        known = by_topic if "/" in name else by_name
        if not name or known.get(name, adapter) is not adapter:
            raise RouteError(f"--map {name}=…: give each application, profile or topic a single source")
        if known is by_topic:
            require_filter(name, f"--map {name}=…")
        known[name] = adapter
    if default is None and not by_name and not by_topic:
        raise RouteError("give --source SOURCE for all devices, or --map APPLICATION=SOURCE for some")
    return Routes(default, by_name, by_topic)


def require_filter(name: str, said_by: str) -> None:
    """Raise RouteError where ``name`` is no MQTT topic filter; ``said_by`` is where it stands."""
    try:
        Wildcard(name)
    except ValueError as error:
        raise RouteError(
            f"{said_by}: {name} is no topic filter; + is one whole level, # all that follow, at the end"
        ) from error


def require_group(name: str) -> None:
    """Raise RouteError where ``name`` cannot be that of a shared subscription."""
    if not name or not name.isprintable() or any(letter in name for letter in "/+# "):
        raise RouteError(f"--group {name}: a name without /, +, # and spaces")


def is_frame_adapter(adapter: Adapter) -> TypeGuard[FrameAdapter]:
    """Whether a source sends LoRaWAN frames; any other reads bodies of its own."""
    return hasattr(adapter, "decode_frame")


def kind_of(topic: str) -> MessageKind:
    """What a network server's topic tells of; an uplink wherever it does not say."""
    last = topic.rpartition("/")[2]
    return MessageKind(last) if last in tuple(MessageKind) else MessageKind.UP


def device_of(topic: str) -> str:
    """The device that a topic of ChirpStack's is about, in lower case; empty where the topic does not say."""
    parts = topic.split("/")
    return parts[3].lower() if len(parts) > 4 and parts[0] == "application" and parts[2] == "device" else ""


def _application_of(topic: str) -> str:
    parts = topic.split("/")
    return parts[1].partition("@")[0] if parts[0] in ("application", "v3") and len(parts) > 3 else ""
