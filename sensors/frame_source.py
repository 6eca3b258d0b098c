"""A LoRaWAN ground sensor as an adapter: what its frames say is its own, all the rest is the same for every make."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from parking.words import TimeBasis
from sensors.contract import Declared, Decoded, SourceInfo
from sensors.frames import FrameContent, observe
from sensors.messages import decode_messages
from sensors.uplink import Uplink


def sensor_info(
    *,
    id: str,  # noqa: A002
    name: str,
    url: str,
    valid_for_s: int,
    single_spaces: bool = True,
) -> SourceInfo:
    """Who a make of sensors is: of single spaces, or counters, by the network's clock; the data are the operator's."""
    return SourceInfo(
        id=id,
        name=name,
        zone="UTC",
        licence=None,
        licence_by="the operator of the sensors",
        url=url,
        time_basis=TimeBasis.GATEWAY,
        single_spaces=single_spaces,
        valid_for_s=valid_for_s,
    )


MAX_FRAMES = 1_024


class FrameSource:
    """See sensors.uplink.FrameAdapter. ``say`` reads one frame, or refuses it with RecordRefusedError.

    It is given port and payload alone, and what it says of them is kept for the next frame that is the same: a street's
    sensors say few different things.
    """

    def __init__(self, info: SourceInfo, say: Callable[[Uplink], FrameContent]) -> None:
        self.INFO = info
        self._said = lru_cache(MAX_FRAMES)(lambda port, payload: say(Uplink("", port, 0, payload, None)))

    def _say(self, uplink: Uplink) -> FrameContent:
        return self._said(uplink.f_port, uplink.payload)

    def decode(self, payload: bytes, *, tenant: str, received_at: datetime, recorded: bool) -> Decoded:
        """See sensors.contract.Adapter: one message of a network server, or one a line."""
        return decode_messages(self.INFO, self.decode_frame, payload, tenant, received_at, recorded)

    def decode_frame(self, uplink: Uplink, *, tenant: str, received_at: datetime) -> Decoded:
        """See sensors.uplink.FrameAdapter."""
        return observe(self.INFO, uplink, self._say, tenant, received_at)

    def places(
        self, recording: bytes | None, sidecars: Mapping[str, bytes], *, tenant: str, received_at: datetime
    ) -> Declared:
        """None: a frame does not say where its sensor lies; the city's catalogue does."""
        return Declared([], [])
