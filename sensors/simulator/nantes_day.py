"""A simulated day over the 28 real car parks of Nantes, for a machine without internet.

Names, places and capacities are real; the numbers are not. Each car park fills and empties by hour around a peak of
its own, with a little noise; it closes at night if it closes. The body is what Nantes' API would send, so everything
behind it is the real path. Deterministic: the same seed, day and time give the same body.
"""

import json
import math
import random
from datetime import datetime

import msgspec

from parking.catalogue.model import Place
from parking.observations import Observation, make_event_id
from sensors.contract import Adapter, Decoded

_PEAKS = (
    (11.0, 3.0, 0.85),  # shops and offices: morning to noon
    (15.5, 3.5, 0.9),  # shops: the afternoon
    (21.0, 2.5, 0.8),  # theatres and restaurants
)
_BASE_SHARE = 0.08
_CLOSES_AT_NIGHT_SHARE = 0.3


def occupied_share(hour: float, taste: random.Random) -> float:
    """The share of spaces taken at ``hour`` (0..24) in a car park whose character ``taste`` draws."""
    share = _BASE_SHARE
    for middle, width, height in _PEAKS:
        weight = taste.uniform(0.2, 1.0) * height
        distance = min(abs(hour - middle), 24 - abs(hour - middle))
        share = max(share, weight * math.exp(-((distance / (width * taste.uniform(0.7, 1.3))) ** 2)))
    return min(share, 1.0)


def simulate_body(places: list[Place], local: datetime, stamped: datetime, seed: int = 44109) -> bytes:
    """One body of the v2.1 API for places that have a capacity.

    ``local`` (aware, Europe/Paris) is the hour whose demand is simulated, ``stamped`` the time that the records bear.
    """
    hour = local.hour + local.minute / 60 + local.second / 3600
    records = []
    for place in places:
        if not place.capacity:
            continue
        taste = random.Random(f"{seed}/{place.id}")
        share = occupied_share(hour, taste)
        jitter = random.Random(f"{seed}/{place.id}/{local:%Y%m%d%H%M%S}").gauss(0, 0.01)
        closed = taste.random() < _CLOSES_AT_NIGHT_SHARE and (hour < 6.5 or hour >= 23)
        taken = round(place.capacity * min(1.0, max(0.0, share + jitter)))
        records.append(
            {
                "idobj": place.id,
                "grp_nom": place.name,
                "grp_statut": 1 if closed else 5,
                "grp_disponible": place.capacity - taken,
                "grp_exploitation": place.capacity,
                "grp_complet": place.full_at,
                "grp_horodatage": stamped.isoformat(),
            }
        )
    return json.dumps({"total_count": len(records), "results": records}).encode()


def decode_simulated(adapter: Adapter, body: bytes, tenant: str, received_at: datetime) -> Decoded:
    """Decode a simulated body with the real adapter, and label every observation."""
    decoded = adapter.decode(body, tenant=tenant, received_at=received_at, recorded=False)
    labelled: list[Observation] = [
        msgspec.structs.replace(
            seen, simulated=True, event_id=make_event_id("simulated", seen.device_id, seen.observed_at, seen.event_id)
        )
        for seen in decoded.observations
    ]
    return Decoded(labelled, decoded.rejects)
