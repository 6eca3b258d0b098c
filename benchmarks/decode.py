"""Ground sensors' frames and network servers' messages to observations, on one core, native and Python in turn.

    python -m benchmarks.decode --json      the figures of docs/benchmarks.md (a minute)
    python -m benchmarks.decode             the same as a table

``frames`` goes through ``decode_frame``: from an uplink as an object to its observations. ``chirpstack`` and
``things_stack`` go the road that MQTT and the webhook go for one message (``intake.receiving.hear``): JSON,
base64, time, whether it is news, the frame, and remembering it; once with the native reader of messages, once with its
twin; ``reader`` is that reader alone.

Every sensor gets each of its samples (``samples.py`` in its folder) equally often, so starts and broken frames are more
frequent than in a street. Each figure is the median round of processor time, all taken in turn. Ends with 1 if an aim
fails. Not in it: routing, flood guard, Kafka.
"""

import argparse
import base64
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from rich.console import Console
from rich.table import Table

from sensors.intake.deduplication import Deduplicator
from sensors.intake.receiving import hear
from sensors.plain import NATIVE, decline
from sensors.registry import FRAME_ADAPTERS
from sensors.samples import read_samples
from sensors.uplink import FrameAdapter, Uplink, read_uplink

AIM_PER_S = 200_000
EUI = "00db1a2b3c4d5e6f"
HEARD = datetime(2026, 5, 4, 12, tzinfo=UTC)
ARRIVED = HEARD + timedelta(seconds=2)
GATEWAYS = 2
err = Console(stderr=True)

Work = Callable[[], None]
Read = Callable[[bytes], Uplink]


def uplinks(source: str, count: int) -> list[Uplink]:
    """So many uplinks of one device, its samples in turn."""
    samples = [(port, bytes.fromhex(payload)) for port, payload in read_samples(source).frames]
    return [
        Uplink(EUI, port, number, payload, HEARD, f"id-{number}", -97)
        for number in range(count)
        for port, payload in [samples[number % len(samples)]]
    ]


def chirpstack(uplink: Uplink) -> bytes:
    """The message of ChirpStack v4 that brings it, as long as real ones are."""
    device = dict.fromkeys(("tenantId", "applicationId", "deviceProfileId"), "52f14cd4-c6f1-4fbd-8f87-4025e1d49242")
    device |= {"tenantName": "Nantes", "applicationName": "Stationnement", "deviceProfileName": "Capteur de présence"}
    heard = [
        {"gatewayId": f"0016c001f153a14{n}", "uplinkId": 4217106255 + n, "rssi": -97 - n, "snr": 10.5 - n, "channel": 2,
         "location": {"latitude": 47.2173, "longitude": -1.5536}, "context": "E3OWOQ==", "crcStatus": "CRC_OK",
         "metadata": {"region_config_id": "eu868", "region_common_name": "EU868"}}
        for n in range(GATEWAYS)
    ]  # fmt: skip
    lora = {"bandwidth": 125000, "spreadingFactor": 11, "codeRate": "CR_4_5"}
    return _body({
        "deduplicationId": f"3ac7e3c4-4401-4b8d-9386-{uplink.f_cnt:012x}",
        "time": "2026-05-04T12:00:00.775023242+00:00",
        "deviceInfo": device | {"deviceName": "Place 12", "devEui": uplink.dev_eui, "tags": {"rue": "Crébillon"}},
        "devAddr": "00189440", "adr": True, "dr": 1, "fCnt": uplink.f_cnt, "fPort": uplink.f_port, "confirmed": False,
        "data": base64.b64encode(uplink.payload).decode(), "rxInfo": heard,
        "txInfo": {"frequency": 867100000, "modulation": {"lora": lora}},
    })  # fmt: skip


def things_stack(uplink: Uplink) -> bytes:
    """The message of The Things Stack v3 that brings it, as long as real ones are."""
    heard = [
        {"gateway_ids": {"gateway_id": f"gtw{n}", "eui": "9C5C8E00001A05C4"}, "time": "2026-05-04T12:00:00.787Z",
         "timestamp": 2463457000, "rssi": -97 - n, "channel_rssi": -97 - n, "snr": 5.2, "channel_index": 2,
         "uplink_token": "ChIKEAoEZ3R3MRIInFyOAAAaBcQQ6L3Vlgk="}
        for n in range(GATEWAYS)
    ]  # fmt: skip
    ids = [f"as:up:{uplink.f_cnt}", "gs:conn:01E0WDEC6T5T4XXBAX7S1VMFKE", f"gs:uplink:{uplink.f_cnt:026}"]
    lora = {"bandwidth": 125000, "spreading_factor": 11, "coding_rate": "4/5"}
    return _body({
        "end_device_ids": {"device_id": "place-12", "application_ids": {"application_id": "stationnement"},
                           "dev_eui": uplink.dev_eui.upper(), "join_eui": "800000000000000C", "dev_addr": "00BCB929"},
        "correlation_ids": ids, "received_at": "2026-05-04T12:00:01.014773143Z",
        "uplink_message": {
            "session_key_id": "AXA50tHUGUucuzS/bCGMNw==", "f_port": uplink.f_port, "f_cnt": uplink.f_cnt,
            "frm_payload": base64.b64encode(uplink.payload).decode(), "rx_metadata": heard,
            "settings": {"data_rate": {"lora": lora}, "frequency": "868300000", "timestamp": 2463457000},
            "received_at": "2026-05-04T12:00:00.789585559Z", "consumed_airtime": "0.056576s",
            "version_ids": {"brand_id": "nwave", "model_id": "nps405sm", "band_id": "EU_863_870"},
            "network_ids": {"net_id": "000013", "tenant_id": "ttn", "cluster_id": "eu1"},
        },
    })  # fmt: skip


def _body(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()


def _decode_frames(adapter: FrameAdapter, heard: list[Uplink]) -> None:
    decode_frame = adapter.decode_frame
    for uplink in heard:
        decode_frame(uplink, tenant="nantes", received_at=ARRIVED)


def _reader(is_native: bool) -> Read:
    return partial(read_uplink, read_plain=NATIVE if is_native and NATIVE else decline)


def _read_alone(bodies: list[bytes], read: Read) -> None:
    for body in bodies:
        read(body)


def _read_messages(adapter: FrameAdapter, bodies: list[bytes], read: Read) -> None:
    """As the intake does it, each message judged against what this device sent before."""
    known = Deduplicator()
    for body in bodies:
        with hear(adapter, body, known, "nantes", ARRIVED, looked=read(body)):
            pass


def works(source: str, count: int) -> dict[str, Work]:
    """What is measured of one sensor, by name."""
    adapter, heard = FRAME_ADAPTERS[source], uplinks(source, count)
    found: dict[str, Work] = {"frames": partial(_decode_frames, adapter, heard)}
    for server in (chirpstack, things_stack):
        bodies = [server(uplink) for uplink in heard]
        for is_native in (False, True) if NATIVE else (False,):
            how = "native" if is_native else "python"
            found[f"{server.__name__} {how}"] = partial(_read_messages, adapter, bodies, _reader(is_native))
            found[f"{server.__name__} reader {how}"] = partial(_read_alone, bodies, _reader(is_native))
    return found


def measure(count: int, rounds: int) -> dict[str, Any]:
    """All sensors, everything in turn, ready for JSON."""
    sensors = {}
    for source in sorted(FRAME_ADAPTERS):
        err.print(f"· {source}")
        mine = works(source, count)
        times: dict[str, list[float]] = {name: [] for name in mine}
        for _ in range(rounds):
            for name, work in mine.items():
                began = time.process_time()
                work()
                times[name].append(time.process_time() - began)
        row: dict[str, float] = {name: round(count / statistics.median(took)) for name, took in times.items()}
        for name in ("chirpstack", "things_stack", "chirpstack reader", "things_stack reader") if NATIVE else ():
            row[f"{name} ratio"] = round(row[f"{name} native"] / row[f"{name} python"], 2)
        sensors[source] = row
    slowest = min(row["frames"] for row in sensors.values())
    return {
        "benchmark": "decode", "python": sys.version.split()[0], "frames": count, "rounds": rounds,
        "native": NATIVE is not None, "sensors": sensors,
        "aims": {f"{AIM_PER_S} frames/s of every sensor": slowest >= AIM_PER_S},
    }  # fmt: skip


def report(result: dict[str, Any]) -> Table:
    """The same for people: what a second brings, and how many times the Python twin that is."""
    ways = ("chirpstack", "things_stack", "chirpstack reader", "things_stack reader")
    table = Table("sensor", "frames", *(way.replace("_", " ") for way in ways), title="a second, on one core")
    for source, row in result["sensors"].items():
        table.add_row(source, f"{row['frames']:,}", *(_cell(row, way) for way in ways))
    return table


def _cell(row: dict[str, float], way: str) -> str:
    if f"{way} native" not in row:
        return f"{row[f'{way} python']:,}"
    return f"{row[f'{way} native']:,} ({row[f'{way} ratio']} ×)"


def main() -> None:
    """Measure, print, and say by the exit code whether the aim was met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.decode", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=20_000, help="how many a sensor and a round (default 20000)")
    parser.add_argument("--rounds", type=int, default=7, help="of which the median counts (default 7)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    asked = parser.parse_args()
    if not (asked.frames > 0 and asked.rounds > 0):
        parser.error("--frames and --rounds must be at least 1")
    result = measure(asked.frames, asked.rounds)
    print(json.dumps(result, indent=2)) if asked.json else Console().print(report(result))
    sys.exit(0 if all(result["aims"].values()) else 1)


if __name__ == "__main__":
    main()
