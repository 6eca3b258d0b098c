"""How fast a controller changes and keeps a city's signs, some of them silent.

    python -m benchmarks.signs                         500 signs of two lines, 50 of them silent
    python -m benchmarks.signs --signs 100 --silent 10 --json

Real Kafka, Valkey and controller; the software signs are one process, by UDP. First all that answer are lit, then all
their numbers change at once: the time until the last shows its new one, decided, recorded, sent and read back. Then, as
signs are given one minute here, each must be extended within every thirty seconds: none may go dark. Ends with 1 where
the change took more than ``LIMIT_S``, or a sign went dark.
"""

import argparse
import json
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from ops.local import stack
from ops.settings import load_settings
from parking.signs.model import LineRule, SignLine
from tests.conftest import House
from tests.e2e.signs_world import Road, ntcip_sign
from tests.support import free_ports

LIMIT_S = 10.0
KEPT_S = 90.0
PATIENCE_S = 120.0


class Signs:
    """The road of the benchmark: which signs are silent, and what the others show."""

    def __init__(self, road: Road, count: int, silent: int) -> None:
        self.road, self.silent = road, {f"N{number}" for number in range(0, count, max(1, count // max(1, silent)))}
        self.silent = set(sorted(self.silent)[:silent])
        ports = road.ports(count)
        lines = [tuple(_line(number, n) for n in (1, 2)) for number in range(count)]
        road.declare([ntcip_sign(number, ports[number], lines=lines[number]) for number in range(count)])
        self.places = [place for sign in road.signs for place in sign.members]

    def tell_silent(self) -> None:
        """Throw their switches."""
        for sign in self.silent:
            self.road.tell(sign, switch="silent", value=True)

    def texts(self) -> dict[str, str]:
        """What those that answer show."""
        return {name: text for name, text in self._look()["texts"].items() if name not in self.silent}

    def answered(self) -> int:
        """Requests that were answered so far."""
        return int(self._look()["answered"])

    def _look(self) -> dict[str, Any]:
        with socket.create_connection(("127.0.0.1", self.road.door), timeout=10) as talk:
            talk.sendall(b'{"all": true}\n')
            said: dict[str, Any] = json.loads(talk.makefile().readline())
        return said

    def change(self, number: int) -> tuple[float, int]:
        """Seconds until all show another number, and how many requests that took."""
        before, began = self.answered(), time.monotonic()
        self.road.count(dict.fromkeys(self.places, number), valid_s=1800)
        while not all(text.count(str(number)) == 2 for text in self.texts().values()):  # once a line
            if time.monotonic() - began > PATIENCE_S:
                raise SystemExit(f"after {PATIENCE_S:.0f} s not all signs show {number}")
            time.sleep(0.1)
        return time.monotonic() - began, self.answered() - before


def _line(sign: int, number: int) -> SignLine:
    return SignLine(number=number, legend=f"PLACE {number}", places=(f"p{sign}-{number}",), rule=LineRule(dwell_s=1))


def measure(count: int, silent: int) -> dict[str, Any]:
    """One run over servers of its own."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_ports()
        settings = load_settings(
            kafka=f"127.0.0.1:{port}", redis=f"redis://127.0.0.1:{port + 2}/0", data_dir=Path(folder) / "servers"
        )
        stack.up(settings, print, attached=True)
        house = House(settings, Path(folder))
        road = Road(house, Path(folder))
        try:
            return _measure(road, Signs(road, count, silent))
        finally:
            road.stop()
            house.stop()
            stack.down(settings)


def _measure(road: Road, signs: Signs) -> dict[str, Any]:
    road.start_signs()
    _wait_for_door(signs)
    signs.tell_silent()
    controller = psutil.Process(road.start_controller(PLACELIBRE_SIGNS_MINUTES="1", PLACELIBRE_SIGNS_LISTEN="").pid)
    signs.change(111)
    time.sleep(10)  # the silent ones are known to be by then
    cpu = sum(controller.cpu_times()[:2])
    change_s, requests = signs.change(222)
    change_cpu_s = sum(controller.cpu_times()[:2]) - cpu
    before, began, cpu, dark = signs.answered(), time.monotonic(), sum(controller.cpu_times()[:2]), 0
    while time.monotonic() - began < KEPT_S:
        dark = max(dark, sum(not text for text in signs.texts().values()))
        time.sleep(1)
    kept = signs.answered() - before
    return {
        "signs": len(road.signs), "silent": len(signs.silent), "change_s": round(change_s, 2),
        "change_pdu": requests, "change_pdu_s": round(requests / change_s), "change_cpu_s": round(change_cpu_s, 2),
        "kept_s": KEPT_S, "kept_pdu_s": round(kept / KEPT_S, 1), "dark_while_kept": dark,
        "kept_cpu_share": round((sum(controller.cpu_times()[:2]) - cpu) / KEPT_S, 3),
    }  # fmt: skip


def _wait_for_door(signs: Signs) -> None:
    for _ in range(600):
        try:
            signs.texts()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the software signs did not start")


def main() -> None:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signs", type=int, default=500)
    parser.add_argument("--silent", type=int, default=50)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.signs, asked.silent)
    if asked.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"  {name:16} {value}")
    sys.exit(int(found["change_s"] > LIMIT_S or found["dark_while_kept"] > 0))


if __name__ == "__main__":
    main()
