"""A real Mosquitto as a child process."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support import free_ports, wait_for

INSTALL = "apt-get install --yes --no-install-recommends mosquitto"


def find_mosquitto() -> str:
    """The program, or a skip that says how to get it."""
    path = "/usr/sbin:/usr/local/sbin"  # where Debian and others put it, and a user's PATH may not lead
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path=path)
    return found or pytest.skip(f"no Mosquitto here: {INSTALL}")


class Mosquitto:
    """A broker on a free port that keeps its sessions on disk and can be killed and started again."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.port = free_ports()
        self._program = find_mosquitto()
        self._folder = folder
        self._config = folder / "mosquitto.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            "persistence true",
            f"persistence_location {folder}/",
            "user root",
            *more,
        ]
        self._config.write_text("\n".join(lines) + "\n")
        self._log = folder / "mosquitto.log"
        self._child: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._child = subprocess.Popen([self._program, "-c", str(self._config)], stdout=log, stderr=log)
        wait_for("Mosquitto", self._answers, 10)

    def save(self, text: str) -> None:
        """Make it write its sessions to disk, until ``text`` is in them: it does so only now and then by itself."""

        def saved() -> bool:
            assert self._child is not None
            self._child.send_signal(signal.SIGUSR1)
            kept = self._folder / "mosquitto.db"
            return kept.exists() and text.encode() in kept.read_bytes()

        wait_for(f"{text} on the broker's disk", saved, 10)

    def kill(self) -> None:
        """kill -9."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True
