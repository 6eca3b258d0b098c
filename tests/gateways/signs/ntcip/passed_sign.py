"""A sign for net-snmp's agent, as a programme of its own that ``pass_persist`` speaks to by lines.

It shares nothing with the driver: objects are written here as the standard's own dotted numbers, and the CRC is
reckoned bit by bit. ``python passed_sign.py SWITCHES.json``: the file is read at each request, and says in what this
sign is bad.
"""

from __future__ import annotations

import json
import struct
import sys
import time
from pathlib import Path

ROOT = ".1.3.6.1.4.1.1206.4.2.3."
BLANK = bytes.fromhex("0700010000")
FOREIGN = struct.pack(">BHH", 3, 9, 0xABCD)
RECOVERY = ("6.8.0", "6.9.0", "6.11.0", "6.12.0", "6.14.0", "6.15.0")


def crc_of(data: bytes, *, is_modbus: bool = False) -> int:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if is_modbus else 0x8408) * (crc & 1)
    crc ^= 0 if is_modbus else 0xFFFF
    return (crc & 0xFF) << 8 | crc >> 8


class RefusedSetError(Exception):
    """What is said to the agent instead of DONE."""


class PassedSign:
    """Two volatile slots, a current buffer, a clock; ``switches`` are its faults by name."""

    def __init__(self) -> None:
        self.switches: dict[str, object] = {}
        self.values: dict[str, int | bytes] = {
            "1.2.0": 6, "1.3.0": 900, "1.4.0": 3000, "2.1.0": 0, "2.2.0": 0, "2.3.0": 32, "2.4.0": 144, "2.5.0": 20,
            "2.6.0": 20, "3.1.0": 2, "3.2.1.2.1": 1, "3.2.1.3.1": b"F07", "3.2.1.2.2": 2, "3.2.1.3.2": b"F08",
            "4.5.0": 1, "4.11.0": 1, "4.14.0": bytes.fromhex("ca1c0038"), "4.15.0": 1, "4.16.0": 300, "5.3.0": 2,
            "5.6.0": 2, "5.9.0": 2, "6.1.0": 4, "6.3.0": bytes(12), "6.10.0": 30, "6.13.0": 0, "6.17.0": 2, "6.18.0": 2,
            "6.19.0": 0, "6.24.0": bytes(12), "7.3.0": 100, "7.9.0": 700, "9.6.0": 0, "9.7.1.0": 0, "9.7.2.0": 3,
            "9.7.3.1.3.2.1": 4, "9.7.3.1.4.2.1": 5, "9.7.3.1.5.2.1": 1, "9.7.3.1.3.3.1": 6, "9.7.3.1.4.3.1": 7,
            "9.7.3.1.5.3.1": 16, "9.7.3.1.3.3.2": 4, "9.7.3.1.4.3.2": 5, "9.7.3.1.5.3.2": 1, "9.7.4.0": 2,
            "9.7.12.0": 1, "9.7.13.1.2.1": b"supply A", "9.7.13.1.4.1": 3, "9.9.2.0": 31, "9.9.4.0": 12,
            **dict.fromkeys(RECOVERY, FOREIGN),
        }  # fmt: skip
        self.slots: dict[str, dict[str, int | bytes]] = {
            f"{memory}.{number}": {"3": b"", "4": b"", "5": 0, "6": 0, "7": 0, "8": 3, "9": 1}
            for memory in (3, 4) for number in (1, 2)
        }  # fmt: skip
        self.source, self.multi, self.priority, self.mode = BLANK, b"", 1, 8
        self.ends: float | None = None
        self.looks = 0

    def is_bad(self, how: str) -> bool:
        return bool(self.switches.get(how))

    def now(self) -> float:
        pace = self.switches.get("pace", 1)
        assert isinstance(pace, int | float)
        return time.monotonic() * pace

    def tick(self) -> None:
        if self.is_bad("foreign") and self.source != FOREIGN:
            self.source, self.multi, self.priority, self.ends = FOREIGN, b"ACCIDENT", 200, None
        if self.ends is not None and self.now() >= self.ends:
            self.source, self.multi, self.priority, self.ends, self.mode = BLANK, b"", 1, None, 14

    def left(self) -> int:
        is_endless = self.ends is None or self.is_bad("endless")
        return 65535 if is_endless else max(0, int(((self.ends or 0) - self.now()) / 60 + 0.99))

    def get(self, suffix: str) -> int | bytes | None:
        self.tick()
        left = (
            65535 if self.ends is None or self.is_bad("endless") else max(0, int((self.ends - self.now()) / 60 + 0.99))
        )
        live: dict[str, int | bytes] = {
            "6.4.0": left,
            "6.5.0": self.source,
            "6.7.0": self.mode,
            "5.8.1.3.5.1": self.multi,
        }
        if suffix == "6.25.0" and self.is_bad("slow"):
            self.looks += 1
            return (4 if self.looks < 4 else 3) if self.is_bad("stuck") else (4 if self.looks < 4 else 2)
        if suffix == "6.1.0" and self.is_bad("local"):
            return 2
        if suffix == "9.7.1.0" and self.is_bad("hot"):
            return 1 << 11
        if suffix in live:
            return live[suffix]
        if suffix.startswith("5.8.1."):
            column, _, row = suffix[6:].partition(".")
            absent = column == "7" and self.is_bad("no_pixel_service")
            return None if absent else self.slots.get(row, {}).get(column)
        return self.values.get(suffix)

    def set(self, suffix: str, value: int | bytes) -> None:
        self.tick()
        if suffix.startswith("5.8.1."):
            return self.write(*suffix[6:].partition(".")[::2], value)
        if suffix == "6.3.0":
            assert isinstance(value, bytes)
            return self.activate(value)
        if suffix == "6.4.0":
            assert isinstance(value, int)
            if not self.is_bad("ignores_time"):
                self.ends = self.now() + value * 60
            return None
        if suffix == "9.7.4.0":
            return None
        if suffix not in self.values:
            raise RefusedSetError("no-creation")
        if not self.is_bad("forgets"):
            self.values[suffix] = value
        return None

    def write(self, column: str, row: str, value: int | bytes) -> None:
        slot = self.slots.get(row)
        if slot is None or (column == "7" and self.is_bad("no_pixel_service")):
            raise RefusedSetError("not-writable")
        if column != "9":
            if slot["9"] != 2:
                raise RefusedSetError("gen-error")
            slot[column] = value
        elif self.is_bad("status_read_only"):
            raise RefusedSetError("not-writable")
        elif value == 6:
            slot["9"] = 2
        elif value == 7 and slot["9"] == 2:
            wrong = self.is_bad("refuses_multi")
            self.values |= {"5.9.0": 5, "6.18.0": 5, "6.19.0": 12} if wrong else {"5.9.0": 2, "6.18.0": 2}
            text, beacon, pixel = slot["3"], slot["6"], 0 if self.is_bad("no_pixel_service") else slot["7"]
            assert isinstance(text, bytes)
            assert isinstance(beacon, int)
            assert isinstance(pixel, int)
            slot["5"] = crc_of(text + bytes((beacon, pixel)), is_modbus=self.is_bad("modbus"))
            slot["9"] = 5 if wrong else 4
        else:
            raise RefusedSetError("inconsistent-value")

    def activate(self, code: bytes) -> None:
        minutes, priority, memory, number, crc = struct.unpack(">HBBHH", code[:8])
        slot = self.slots.get(f"{memory}.{number}", {}) if memory != 7 else {"3": b"", "5": 0, "8": number, "9": 4}
        error = 2
        if self.is_bad("local"):
            error = 9
        elif priority < self.priority:
            error = 3
        elif slot.get("9") != 4:
            error = 4
        elif slot["5"] != crc:
            error = 7
        self.values |= {"6.17.0": error, "6.24.0": code}
        self.looks = 0
        if error != 2:
            raise RefusedSetError("gen-error")
        if self.is_bad("ignores"):
            return
        text, run_time = slot["3"], slot["8"]
        assert isinstance(text, bytes)
        assert isinstance(run_time, int)
        self.source, self.multi, self.priority, self.mode = code[3:8], text, run_time, 8
        self.ends = None if minutes == 65535 or memory == 7 else self.now() + minutes * 60


def parse(text: str) -> int | bytes:
    """A value as net-snmp's agent writes it."""
    kind, _, value = text.strip().partition(" ")
    if kind in ("integer", "gauge", "counter"):
        return int(value)
    inner = value.strip().strip('"')
    return bytes.fromhex(inner) if kind == "octet" else inner.encode("latin-1")


def serve(switches: Path) -> None:
    sign, ask = PassedSign(), sys.stdin
    while line := ask.readline():
        command = line.strip()
        if not command:  # the agent ends a value with two line ends
            continue
        if command == "PING":
            print("PONG", flush=True)
            continue
        wanted = json.loads(switches.read_text())
        if wanted.get("test") != sign.switches.get("test"):
            sign = PassedSign()
        sign.switches = wanted
        oid = ask.readline().strip()
        suffix = oid.removeprefix(ROOT)
        if command == "set":
            try:
                sign.set(suffix, parse(ask.readline()))
                print("DONE", flush=True)
            except RefusedSetError as refused:
                print(refused, flush=True)
            continue
        value = sign.get(suffix) if command == "get" else None
        if value is None:
            print("NONE", flush=True)
        elif isinstance(value, int):
            print(oid, "integer", value, sep="\n", flush=True)
        else:
            print(oid, "octet", value.hex(" "), sep="\n", flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
