"""What a probe is of, by its name."""

from parking.errors import ParkingError
from parking.health.alarms.sight import Component

_ALIASES = {"signs": Component.SIGN_CONTROLLER, "api": Component.GATEWAY, "webhook": Component.INTAKE,
            "mqtt": Component.INTAKE, "poll": Component.INTAKE, "kafka": Component.BROKER}  # fmt: skip


class ProbeNameError(ParkingError, ValueError):
    """A probe's name does not say what it is of; the message says which names do."""


def component_of(name: str) -> Component:
    """What a probe of that name is of: ``worker``, ``gateway/2``. Raises ProbeNameError."""
    word = name.partition("/")[0]
    if word in _ALIASES:
        return _ALIASES[word]
    if word in list(Component):
        return Component(word)
    known = ", ".join(sorted({*Component, *_ALIASES}))
    raise ProbeNameError(f"probe {name!r:.80} must begin with one of {known}, like worker or gateway/2")
