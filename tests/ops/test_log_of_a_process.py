"""Every line that a process says in JSON mode is one object with its time, whoever speaks and however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.support import ROOT, free_ports, wait_for

GARBAGE = [
    b"\x16\x03\x01 no\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
]


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    away = f"127.0.0.1:{free_ports()}"
    ours = {"KAFKA": away, "REDIS": f"redis://{away}/0", "TENANT": "nantes", "LOG_FORMAT": "json",
            "DATA_DIR": str(tmp_path),
            "WEBHOOK_TOKENS": '{"counter": "sixteen-characters-or-more"}'} | more  # fmt: skip
    return os.environ | {f"PLACELIBRE_{name}": value for name, value in ours.items()}


def read(text: str) -> list[dict]:
    lines = [json.loads(line) for line in text.splitlines()]
    assert all({"at", "level", "logger", "message"} <= line.keys() for line in lines)
    return lines


def test_of_a_gateway_that_is_flooded_with_what_is_no_request(tmp_path: Path) -> None:
    listen, log = f"127.0.0.1:{free_ports()}", tmp_path / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops", "serve"], cwd=ROOT, stdout=out, stderr=out,
            env=environment(tmp_path, LISTEN=listen),
        )  # fmt: skip
        wait_for("the gateway", lambda: _answers(listen), 30)
        for number in range(200):
            with socket.create_connection(("127.0.0.1", int(listen.rpartition(":")[2])), 5) as link:
                link.sendall(GARBAGE[number % len(GARBAGE)])
                link.recv(100)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) in (0, -signal.SIGTERM)
    lines = read(log.read_text())
    refused = [line for line in lines if line["logger"] == "uvicorn.error"]
    assert len(refused) <= 6, refused
    assert sum(line.get("held", 1) for line in refused if "Invalid HTTP" in line["message"]) == 100


def _answers(listen: str) -> bool:
    try:
        return httpx.get(f"http://{listen}/healthz", timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


@pytest.mark.parametrize("command", ["worker", "webhook", "sites", "poll --once --source nope", "rejects list"])
def test_of_one_that_cannot_even_start(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops", *command.split()], cwd=ROOT, env=environment(tmp_path), check=False,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode
    assert read(done.stderr)[-1]["level"] == "critical"
    assert done.stdout == ""
