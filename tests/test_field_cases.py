"""The field cases, each with its answer: inputs in the shape of what people reported in public (../shared/data/field).

Read it as a table: the file, whose source reads it, and all that it says, a line a word. Each kind has tests with
bodies of its own beside its source; here stands that the cases themselves come out right.
"""

from __future__ import annotations

from datetime import datetime

import pytest

from parking.observations import (
    DeviceFault,
    DeviceHeartbeat,
    DeviceStarted,
    LaneTotalled,
    Observation,
    OpeningChanged,
    SiteCounted,
    SpaceObserved,
)
from sensors.catalogue.reading import read_file
from sensors.contract import Decoded
from sensors.registry import ADAPTERS, FRAME_ADAPTERS
from sensors.uplink import Uplink
from tests.support import shared

TODAY = "2026-11-27T14:04:00Z"
BODIES: list[tuple[str, str, str, list[str]]] = [
    (
        "03-datex2-cambridge-area-nested.xml",
        "datex2",
        "2019-09-02T15:02:00Z",
        ["EXAMPLESHIRE:EX-CP001: 720 vacant of 890 at 15:00:02", "EXAMPLESHIRE:EX-CP001: open"],
    ),
    (
        "03c-datex2-local-time-only.xml",
        "datex2",
        "2019-09-02T15:02:00Z",
        ["EXAMPLESHIRE:EX-CP001: 720 vacant of 890 at 15:00:02", "EXAMPLESHIRE:EX-CP001: open"],
    ),
    (
        "04-freiburg-pls-strings-utm.json",
        "freiburg",
        "2024-06-10T08:21:00Z",
        [
            "P5: 56 vacant of 105 at 08:20:00",
            "P21: cannot tell, counting_out_of_service",
            "P2: 399 vacant of 399 at 08:20:00",
        ],
    ),
    (
        "05a-melbourne-ods-csv-bom-semicolon.csv",
        "melbourne",
        "2026-11-27T09:06:00Z",
        ["57947: free at 08:41:03", "61318: occupied at 08:55:40"],
    ),
    ("05b-melbourne-ods-csv-bom-comma.csv", "melbourne", "2026-11-27T09:06:00Z", ["57947: free at 08:41:03"]),
    ("11-ttn-blank-uplink.json", "bosch_tps110", TODAY, ["00000000000000b1: alive"]),
    ("12a-ttn-fport0-libelium-11-bytes.json", "libelium_parking", TODAY, ["00000000000000b3: alive"]),
    ("12b-ttn-fport0-placepod.json", "placepod", TODAY, ["00000000000000b2: alive"]),
    ("14a-chirpstack-v4-data-null.json", "bosch_tps110", TODAY, ["00000000000000b1: alive"]),
    ("14b-chirpstack-v4-mac-only.json", "bosch_tps110", TODAY, ["00000000000000b1: alive"]),
    ("15a-chirpstack-v3-json.json", "bosch_tps110", TODAY, ["00000000000000b1: occupied at 13:58:06"]),
    ("15c-actility-thingpark-deveui-uplink.json", "bosch_tps110", TODAY, ["00000000000000b1: occupied at 13:58:06"]),
    ("19c-counter-epoch-ms.json", "counter", TODAY, ["fac-8: 12 vacant of None at 14:02:49"]),
    ("19e-counter-cumulative-totals.json", "counter", TODAY, ["in-1: 184223 in, 184001 out, all told"]),
]
FRAMES: list[tuple[str, str, int, list[str]]] = [
    ("40a-moko-lw009-sm-occupied-port1", "moko_lw009sm", 1, ["b1: occupied at 14:00:00"]),
    ("41a-cicicom-s-lg-i3-change-free-port1", "cicicom_slgi3", 1, ["b1: free at 14:00:00"]),
    ("41b-cicicom-s-lg-i3-change-occupied-port1", "cicicom_slgi3", 1, ["b1: occupied at 14:00:00"]),
    ("41c-cicicom-s-lg-i3-keepalive-occupied-port1", "cicicom_slgi3", 1, ["b1: occupied at 14:00:00"]),
    ("41d-cicicom-s-lg-i3-boot-port1", "cicicom_slgi3", 1, ["b1: started", "b1: occupied at 14:00:00"]),
    ("41e-cicicom-s-lg-i3-malfunction-port1", "cicicom_slgi3", 1, ["b1: cannot tell, device_fault"]),
    ("45a-nwave-ncc405-counter-port1", "nwave_ncc405", 1, ["b1: 1706 in, None out, all told"]),
    ("45b-nwave-ncc405-heartbeat-port2", "nwave_ncc405", 2, ["b1: alive"]),
    ("45c-nwave-ncc405-startup-port3", "nwave_ncc405", 3, ["b1: started"]),
]


def phrase(seen: Observation) -> str:
    """One word of a device, as a person would say it."""
    at = f"at {seen.observed_at:%H:%M:%S}"
    match seen:
        case SiteCounted():
            what = f"{seen.vacant} vacant of {seen.capacity} {at}"
        case SpaceObserved():
            what = f"{seen.state} {at}"
        case OpeningChanged():
            what = seen.opening
        case LaneTotalled():
            what = f"{seen.entries} in, {seen.exits} out, all told"
        case DeviceFault():
            what = f"cannot tell, {seen.fault}"
        case DeviceHeartbeat():
            what = "alive"
        case DeviceStarted():
            what = "started"
        case _:
            what = type(seen).__name__
    return f"{seen.device_id}: {what}"


def read(source: str, file: str, arrived: str) -> Decoded:
    """What a source makes of a body that arrived then."""
    body, when = shared(f"field/{file}").read_bytes(), datetime.fromisoformat(arrived)
    return ADAPTERS[source].decode(body, tenant="t", received_at=when, recorded=False)


@pytest.mark.parametrize(("file", "source", "arrived", "says"), BODIES, ids=[case[0] for case in BODIES])
def test_a_body_says(file: str, source: str, arrived: str, says: list[str]) -> None:
    decoded = read(source, file, arrived)
    assert [phrase(seen) for seen in decoded.observations] == says
    assert not decoded.rejects


@pytest.mark.parametrize(("file", "source", "port", "says"), FRAMES, ids=[case[0] for case in FRAMES])
def test_a_frame_says_and_no_other_make_reads_a_state_from_it(
    file: str, source: str, port: int, says: list[str]
) -> None:
    frame = bytes.fromhex(shared(f"field/{file}.hex").read_text().strip())
    heard = datetime.fromisoformat("2026-11-27T14:00:00Z")
    uplink = Uplink("b1", port, 7, frame, heard)
    for make, adapter in FRAME_ADAPTERS.items():
        decoded = adapter.decode_frame(uplink, tenant="t", received_at=heard)
        if make == source:
            assert ([phrase(seen) for seen in decoded.observations], decoded.rejects) == (says, [])
        else:
            assert not [seen for seen in decoded.usable if isinstance(seen, SpaceObserved)], make


def test_occupied_is_not_free_and_an_areas_sum_is_no_car_park() -> None:
    decoded = read("datex2", "01-datex2-frankfurt-mdm-profile.xml", "2021-12-14T19:56:00Z")
    assert [phrase(seen).removeprefix("DE-MDM-Stadt-Beispiel:") for seen in decoded.observations] == [
        "24276: 130 vacant of 200 at 19:54:00",
        "24276: open",
        "18944: 402 vacant of 402 at 19:51:00",
        "18944: closed",
    ]
    assert [(reject.device_id, str(reject.reason)) for reject in decoded.rejects] == [
        ("DE-MDM-Stadt-Beispiel:5", "not_a_place")
    ]


def test_impossible_counts_end_the_numbers_before_them_and_say_why() -> None:
    good = read("nantes", "10a-nantes-first-poll-good.json", TODAY)
    bad = read("nantes", "10b-nantes-second-poll-impossible.json", TODAY)
    assert [phrase(seen) for seen in good.observations if isinstance(seen, SiteCounted)] == [
        "677: 5 vacant of 526 at 13:55:57",
        "280: 40 vacant of 541 at 13:55:57",
        "284: 60 vacant of 510 at 13:55:57",
    ]
    ended = [phrase(seen) for seen in bad.observations if isinstance(seen, DeviceFault)]
    assert ended == [f"{one}: cannot tell, unusable" for one in ("677", "280", "284")]
    assert not [seen for seen in bad.observations if isinstance(seen, SiteCounted)]
    assert [(reject.device_id, str(reject.reason)) for reject in bad.rejects] == [
        ("677", "negative_count"),
        ("280", "free_above_capacity"),
        ("284", "unknown_status"),
    ]
    assert all(b'"idobj"' in reject.raw for reject in bad.rejects)


def test_every_car_park_of_la_rochelle_comes_in_with_its_height_or_a_warning() -> None:
    found = read_file("bnls.csv", shared("field/16-bnls-la-rochelle-shape.csv").read_bytes())
    heights = {place.id[-3:]: place.stated["height_cm"] for place in found.places}
    assert len(found.places) == 10
    assert heights == {
        "001": None, "002": 200, "003": 190, "004": None, "007": 190, "010": None, "011": None, "012": 190, "013": 190,
    }  # fmt: skip
