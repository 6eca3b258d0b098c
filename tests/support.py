"""Builders and helpers for tests: small, with sensible defaults."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from parking.catalogue.model import Device, Place, PlaceKind, Point, Space
from parking.observations import ClockTicked, make_event_id
from parking.words import Audience, ClockBasis, TimeBasis

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared" / "data"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TENANT = "testville"


def shared(path: str) -> Path:
    """A recorded file, or a skip that says why."""
    file = SHARED / path
    if not file.exists():
        pytest.skip(f"recorded data is not here: {file}")
    return file


def at(minutes: float = 0) -> datetime:
    """Minutes after noon of the test day."""
    return NOON + timedelta(minutes=minutes)


def envelope(minutes: float = 0, device: str = "d1", content: object = "", **more: Any) -> dict[str, Any]:
    """Envelope fields of an observation made ``minutes`` after noon that arrived at once."""
    observed_at = more.pop("observed_at", at(minutes))
    fields = {
        "event_id": make_event_id("src", device, observed_at, content, more.get("seq", 0)),
        "tenant": TENANT,
        "source": "src",
        "device_id": device,
        "observed_at": observed_at,
        "received_at": observed_at,
        "time_basis": TimeBasis.DEVICE,
    }
    return fields | more


def tick(minutes: float, tenant: str = TENANT) -> ClockTicked:
    """A tick of the event clock."""
    fields = envelope(minutes, device="event", content="tick") | {"tenant": tenant, "source": "clock"}
    return ClockTicked(**fields, basis=ClockBasis.EVENT)


def site(capacity: int | None = 100, **more: Any) -> Place:
    """A car park with one counter, whose numbers hold for 15 minutes."""
    fields: dict[str, Any] = {
        "tenant": TENANT,
        "id": "p1",
        "name": "Place du Test",
        "point": Point(-1.55, 47.21),
        "capacity": capacity,
        "devices": (Device(source="src", id="d1", valid_for_s=900),),
    }
    return Place(**fields | more)


def zone(count: int = 4, disabled: int = 0, **more: Any) -> Place:
    """A street zone of ``count`` spaces, the last ``disabled`` of them for badge holders; device ``s<i>`` at slot i."""
    audiences = [Audience.DISABLED if i >= count - disabled else Audience.PUBLIC for i in range(count)]
    fields: dict[str, Any] = {
        "tenant": TENANT,
        "id": "z1",
        "name": "Rue du Test",
        "kind": PlaceKind.ZONE,
        "point": Point(-1.55, 47.21),
        "spaces": tuple(Space(id=str(i), audiences=frozenset({a})) for i, a in enumerate(audiences)),
        "devices": tuple(Device(source="src", id=f"s{i}", slot=i, valid_for_s=3600) for i in range(count)),
    }
    return Place(**fields | more)


_given_ports: set[int] = set()


def free_ports() -> int:
    """A port that is free together with the next two, below those that the system hands to outgoing connections.

    None is given twice: two servers that are asked for one after the other are not there yet to be met.
    """
    while True:
        port = random.randrange(20_000, 32_000, 4)
        if port in _given_ports:
            continue
        with ExitStack() as probes:
            try:
                for near in range(port, port + 3):
                    probes.enter_context(socket.socket()).bind(("127.0.0.1", near))
            except OSError:
                continue
        _given_ports.add(port)
        return port


def wait_for(what: str, check: Callable[[], Any], patience_s: float = 40) -> Any:
    """Call ``check`` until it gives something true, or fail saying what was waited for."""
    deadline = time.monotonic() + patience_s
    last: Any = None
    while time.monotonic() < deadline:
        last = check()
        if last:
            return last
        time.sleep(0.1)
    pytest.fail(f"waited {patience_s:.0f} s for {what}; last was {last!r}")


def placelibre(env: dict[str, str], *args: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    command = [sys.executable, "-m", "ops", *map(str, args)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | env, capture_output=True, text=True, timeout=170, check=False
    )
    if check and done.returncode:
        pytest.fail(f"{' '.join(map(str, args))} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done
