"""What a payload says that can be used, and of which devices it says what is of no use."""

from __future__ import annotations

from parking.observations import Observation, is_unusable
from sensors.contract import Decoded


def doubted(decoded: Decoded) -> set[str]:
    """The devices whose number ends with this payload, because what it says of them is no use."""
    return {seen.device_id for seen in decoded.observations if is_unusable(seen)}


def believed(decoded: Decoded) -> list[Observation]:
    """What is said of all other devices."""
    return [seen for seen in decoded.observations if seen.device_id not in doubted(decoded)]
