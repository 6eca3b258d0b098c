"""net-snmp's own agent as a child process, with a sign behind it: a BER and SNMP that nobody here wrote."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.gateways.signs.ntcip import passed_sign
from tests.support import free_ports, wait_for

INSTALL = "apt-get install --yes --no-install-recommends snmpd"
ROOT_OID = ".1.3.6.1.4.1.1206.4.2.3"


def find_snmpd() -> str:
    """The program, or a skip that says how to get it."""
    found = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin")
    return found or pytest.skip(f"no snmpd here: {INSTALL}")


class Snmpd:
    """An agent on a port of its own, by UDP and TCP. ``bad`` makes a new sign that is bad in these ways."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self._switches = port, folder / "switches.json"
        self._tests = itertools.count()
        self.bad()

    def bad(self, **switches: object) -> None:
        """A new sign; with none it is a good one."""
        self._write({"test": next(self._tests), **switches})

    def turn(self, **switches: object) -> None:
        """The same sign goes bad, or good again."""
        self._write(json.loads(self._switches.read_text()) | switches)

    def _write(self, switches: dict[str, object]) -> None:
        new = self._switches.with_suffix(".new")
        new.write_text(json.dumps(switches))
        new.replace(self._switches)


@contextmanager
def run_snmpd(folder: Path) -> Iterator[Snmpd]:
    program, agent = find_snmpd(), Snmpd(folder, free_ports())
    config = folder / "agent.conf"
    config.write_text(
        "rwcommunity Public 127.0.0.1\nrocommunity looking 127.0.0.1\nsysdescr a sign behind net-snmp\n"
        f"pass_persist {ROOT_OID} {sys.executable} {passed_sign.__file__} {folder / 'switches.json'}\n"
    )
    addresses = f"udp:127.0.0.1:{agent.port},tcp:127.0.0.1:{agent.port}"
    (folder / "kept").mkdir()
    with (folder / "snmpd.log").open("wb") as log:
        child = subprocess.Popen(
            [program, "-f", "-Lo", "-C", "-c", str(config), "-p", str(folder / "pid"), addresses],
            stdout=log, stderr=log, env={**os.environ, "SNMP_PERSISTENT_DIR": str(folder / "kept"), "MIBS": ""},
        )  # fmt: skip
    try:
        wait_for("snmpd", lambda: _answers(agent.port), 10)
        yield agent
    finally:
        child.terminate()
        child.wait()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True
