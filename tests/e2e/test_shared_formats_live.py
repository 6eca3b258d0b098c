"""FIWARE, ParkAPI and SIRI from real HTTP servers, page by page and with their headers, to the live state."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from tests.conftest import House
from tests.feed_server import Answer, FeedServer, feed_server
from tests.support import wait_for


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def parkapi(server: FeedServer) -> str:
    site = {"source_id": 3, "purpose": "CAR", "capacity": 80, "has_realtime_data": True, "lat": "48.7", "lon": "9.1"}
    told = [
        site | {"original_uid": "P1", "realtime_free_capacity": 12, "realtime_data_updated_at": now()},
        site | {"original_uid": "P2", "realtime_free_capacity": 81, "realtime_data_updated_at": now()},
        site | {"original_uid": "P3", "realtime_free_capacity": 7, "has_realtime_data": False},
        site | {"original_uid": "P4", "realtime_free_capacity": 7, "realtime_data_updated_at": "2024-01-01T00:00:00Z"},
    ]
    for number, one in enumerate(told):
        more = {"next_path": f"/api/sites?start={number + 1}"} if number + 1 < len(told) else {}
        server.says(f"/park-api/api/sites?start={number}", json.dumps({"items": [one], **more}).encode())
    return f"{server.url}/park-api/api/sites?start=0"


def ngsi(server: FeedServer) -> str:
    def entity(name: str, **attributes: Any) -> dict[str, Any]:
        return {"id": f"urn:ngsi-ld:OffStreetParking:{name}", "type": "OffStreetParking", **attributes}

    free = {"type": "Property", "value": 5, "observedAt": now()}
    told = [
        entity("A", availableSpotNumber=free, totalSpotNumber={"type": "Property", "value": 9}),
        entity("B", status=["open", "almostFull"]),
        entity("C", availableSpotNumber=None, totalSpotNumber=9),
    ]
    counted = {"NGSILD-Results-Count": str(len(told))}
    for number, one in enumerate(told):
        path = f"/entities?limit=100&count=true{f'&offset={number}' if number else ''}"
        server.says(path, Answer(json.dumps([one]).encode(), headers=counted))
    return f"{server.url}/entities?limit=100&count=true"


def siri(server: FeedServer) -> str:
    bays = (
        "<MonitoredCounting><CountingType>availabilityCount</CountingType><CountedFeatureUnit>bays</CountedFeatureUnit>"
    )
    status = "<FacilityStatus><Status>{}</Status></FacilityStatus>"
    body = (
        f'<Siri xmlns="http://www.siri.org.uk/siri"><ServiceDelivery><ResponseTimestamp>{now()}</ResponseTimestamp>'
        f"<FacilityMonitoringDelivery><FacilityCondition><FacilityRef>FR:Parking:1</FacilityRef>{status.format('available')}"
        f"{bays}<Count>23</Count></MonitoredCounting></FacilityCondition><FacilityCondition>"
        f"<FacilityRef>FR:Parking:2</FacilityRef>{status.format('notAvailable')}{bays}<Count>4</Count></MonitoredCounting>"
        f"</FacilityCondition><FacilityCondition><FacilityRef>FR:Lift:9</FacilityRef>{status.format('available')}"
        "</FacilityCondition></FacilityMonitoringDelivery></ServiceDelivery></Siri>"
    )
    return server.says("/siri-lite/facility-monitoring.xml", body.encode())


def test_three_shared_formats_reach_the_live_state(house: House) -> None:
    house.start_worker()
    with feed_server() as server:
        for source, url in (("parkapi", parkapi(server)), ("ngsi_ld", ngsi(server)), ("siri_fm", siri(server))):
            house.run("poll", "--source", source, "--tenant", "testville", "--url", url, "--once")

    def known() -> dict[str, Any] | None:
        sites = house.sites("testville")
        done = (
            sites.get("FR:Parking:1", {}).get("vacant") == 23
            and sites.get("FR:Parking:2", {}).get("opening") == "closed"
        )
        return sites if done else None

    sites = wait_for("the last of three feeds", known)
    shown = {name: (one["vacant"], one["level"]) for name, one in sites.items()}
    unknown = (None, "unknown")
    assert shown == {
        "3:P1": (12, "spaces_available"),
        "3:P2": unknown,
        "3:P3": unknown,
        "3:P4": unknown,
        "urn:ngsi-ld:OffStreetParking:A": (5, "spaces_available"),
        "urn:ngsi-ld:OffStreetParking:B": (None, "almost_full"),
        "urn:ngsi-ld:OffStreetParking:C": unknown,
        "FR:Parking:1": (23, "spaces_available"),
        "FR:Parking:2": (4, "unknown"),
    }
    assert sites["3:P2"]["faults"] == ["unusable"]
    assert sites["3:P3"]["faults"] == ["counting_out_of_service"]
    by_reason = json.loads(house.run("rejects", "--json").stdout)["by_reason"]
    assert by_reason["free_above_capacity"]["parkapi"]["count"] == 1
    assert by_reason["not_folded"]["siri_fm"]["count"] == 1, "the lift, by name"
