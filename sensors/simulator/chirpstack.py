"""Uplinks as ChirpStack v4 publishes them over MQTT: protobuf as JSON, which leaves out what is zero or empty."""

import numpy as np

from sensors.simulator.chance import Bytes, Chance, Floats, Integers
from sensors.simulator.city import EUI_PREFIX, SimulatedCity
from sensors.simulator.demand import LocalHours
from sensors.simulator.faults import STREETS_A_GATEWAY, gateway_id
from sensors.simulator.radio import Delivered
from sensors.simulator.scenario import VENDORS
from sensors.simulator.text import as_list, base64_rows, hexadecimal, instants
from sensors.simulator.told import Told
from sensors.simulator.vendors import ENCODERS

APPLICATION = "street-bays"
_TOPIC = f"application/{APPLICATION}/device/%s/event/up"
_COUNT = b'"fCnt":%d,'
_HEAD = (
    b'{"deduplicationId":"%b","time":"%b","deviceInfo":{"tenantName":"placelibre","applicationName":"street-bays",'
    b'"deviceProfileName":"%b","devEui":"%b","tags":{"simulated":"true"}},'
)
_TAIL = b'"fPort":%d,"data":"%b","rxInfo":[{"gatewayId":"%b","rssi":%d}]}'
_FULL = _HEAD + _COUNT + _TAIL
_FIRST = _HEAD + _TAIL
_WIDEST_DATA = 32
_UUID = [*range(8), -1, *range(8, 12), -1, *range(12, 16), -1, *range(16, 20), -1, *range(20, 32)]
_MILD_C = np.array([7, 7, 6, 6, 6, 6, 6, 7, 7, 8, 9, 10, 11, 12, 12, 12, 12, 11, 10, 10, 9, 9, 8, 8])


class ChirpStack:
    """Writes topics and bodies of uplinks."""

    def __init__(self, city: SimulatedCity, hours: LocalHours) -> None:
        seed = city.scenario.seed
        self._city, self._hours = city, hours
        self._name, self._more, self._signal = (Chance(seed, name) for name in ("uplink", "uplink 2", "signal"))
        gateways = range(-(-city.streets // STREETS_A_GATEWAY) + 1)
        self._gateways = [gateway_id(gateway).encode() for gateway in gateways]
        self._profiles = [vendor.encode() for vendor in VENDORS]

    def write(self, uplinks: Delivered) -> tuple[list[str], list[bytes]]:
        """The topic and the body of each, in their order."""
        bay, f_cnt = uplinks.bay, uplinks.f_cnt
        street = self._city.street_of[bay]
        vendor = self._city.vendor_of_street[street]
        euis = as_list(hexadecimal(((EUI_PREFIX << 40) | (vendor << 32) | bay).astype(np.uint64)))
        port, data = self._frames(uplinks, vendor)
        gateway = (street // STREETS_A_GATEWAY + uplinks.copy) % len(self._gateways)
        rssi = -self._signal.between(bay, 62, 112) + self._signal.between(bay, -4, 5, f_cnt + (uplinks.copy << 33))
        fields = (
            as_list(self._names(bay, f_cnt)),
            as_list(instants(uplinks.heard_us, "+00:00")),
            [self._profiles[number] for number in vendor.tolist()],
            euis,
            f_cnt.tolist(),
            port.tolist(),
            as_list(data),
            [self._gateways[number] for number in gateway.tolist()],
            rssi.tolist(),
        )
        bodies = list(map(_FULL.__mod__, zip(*fields, strict=True)))
        for row in np.flatnonzero(f_cnt == 0).tolist():
            bodies[row] = _FIRST % tuple(column[row] for place, column in enumerate(fields) if place != 4)
        joined = b"".join(euis).decode()
        return [_TOPIC % joined[at : at + 16] for at in range(0, len(joined), 16)], bodies

    def _names(self, bay: Integers, f_cnt: Integers) -> Bytes:
        """A deduplication id, the same for all copies of an uplink, in the shape of a UUID."""
        digits = np.concatenate(
            (
                hexadecimal(self._name.words(bay, f_cnt)),
                hexadecimal(self._more.words(bay, f_cnt)),
                np.full((len(bay), 1), ord("-"), np.uint8),
            ),
            axis=1,
        )
        return digits[:, _UUID]

    def _frames(self, uplinks: Delivered, vendor: Integers) -> tuple[Integers, Bytes]:
        """The port and the base64 of each frame, by make and kind; text ends where zeros begin."""
        ports = np.zeros(len(vendor), np.int64)
        data = np.zeros((len(vendor), _WIDEST_DATA), np.uint8)
        told = self._told(uplinks)
        groups = vendor * 3 + uplinks.kind
        order = np.argsort(groups, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(order) else ():
            make, kind = divmod(int(groups[rows[0]]), 3)
            port, frames = ENCODERS[make](kind, Told(*(column[rows] for column in told)))
            text = base64_rows(frames)
            ports[rows] = port
            data[rows, : text.shape[1]] = text
        return ports, data

    def _told(self, uplinks: Delivered) -> Told:
        """The weather of an autumn day, a little different at each sensor, and batteries of different ages."""
        shade: Floats = self._signal.uniform(uplinks.bay, 1, -2, 3)
        hour = self._hours.hour[self._hours.index(uplinks.us)]
        return Told(
            uplinks.taken.astype(np.int64),
            uplinks.minutes,
            uplinks.f_cnt,
            np.round(_MILD_C[hour] + shade).astype(np.int64),
            self._signal.between(uplinks.bay, 3050, 3500, 2),
        )
