"""Child processes that can be found and stopped again, by this run or by a later one.

A server is known by a small file with its process id *and* the time that process began, so that an id which the system
has given to another program is never stopped.
"""

import ctypes
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from parking.errors import ParkingError

_PR_SET_PDEATHSIG = 1
KILLED_AFTER_S = 15
_ours: list["subprocess.Popen[bytes]"] = []  # kept, so that a child's end is noticed and not warned about


class LocalError(ParkingError):
    """A local server could not be started or reached; the message says what to do."""


def _die_with_parent() -> None:
    """On Linux, be told to stop when whoever started us is gone, however it went."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(
    name: str, command: Sequence[str | Path], data_dir: Path, attached: bool, env: Mapping[str, str] | None = None
) -> psutil.Process:
    """Start a server that logs to ``data_dir/name.log``. ``attached``: it ends when this process ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    hook = _die_with_parent if attached and sys.platform == "linux" else None
    with (data_dir / f"{name}.log").open("ab") as log:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **(env or {})},
            start_new_session=True,  # Ctrl-C in the terminal is for the one who started us
            preexec_fn=hook,
        )
    _ours.append(child)
    process = psutil.Process(child.pid)
    _file(name, data_dir).write_text(json.dumps({"pid": child.pid, "began": process.create_time()}))
    return process


def _file(name: str, data_dir: Path) -> Path:
    return data_dir / f"{name}.pid.json"


def find(name: str, data_dir: Path) -> psutil.Process | None:
    """The running server of that name, or None."""
    try:
        noted = json.loads(_file(name, data_dir).read_text())
        process = psutil.Process(noted["pid"])
        alive = abs(process.create_time() - noted["began"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, ValueError, KeyError, psutil.Error):
        return None
    return process if alive else None


def stop(name: str, data_dir: Path) -> bool:
    """Stop a server kindly, then firmly; returns whether one was running."""
    process = find(name, data_dir)
    if process is None:
        return False
    try:
        process.terminate()
        try:
            process.wait(KILLED_AFTER_S)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(KILLED_AFTER_S)
    except psutil.NoSuchProcess:
        pass
    _ours[:] = [child for child in _ours if child.poll() is None]
    _file(name, data_dir).unlink(missing_ok=True)
    return True


def is_open(host: str, port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        try:
            return probe.connect_ex((host, port)) == 0
        except OSError:  # a name that nobody knows
            return False


def wait_until_open(name: str, host: str, port: int, data_dir: Path, patience_s: float) -> None:
    """Wait until a server that was just started listens.

    Where it ends or takes too long, or where this is interrupted, it is stopped; LocalError has the end of its log.
    """
    deadline = time.monotonic() + patience_s
    try:
        while not is_open(host, port):
            running = find(name, data_dir) is not None
            if not running or time.monotonic() > deadline:
                log = data_dir / f"{name}.log"
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
                what = f"did not listen on {host}:{port} within {patience_s:.0f} s" if running else "ended"
                raise LocalError(f"{name} {what}. The end of {log}:\n{tail}")
            time.sleep(0.05)
    except BaseException:
        stop(name, data_dir)
        raise


def refuse_foreign(name: str, host: str, port: int, setting: str) -> None:
    """LocalError where ``name`` cannot listen at this address: mostly because somebody else does."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise LocalError(
                f"{host}:{port} is taken by another program, so {name} cannot start there: "
                f"stop it, or choose another port with {setting}"
            ) from error
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        raise LocalError(
            f"{name} cannot listen on {host}:{port} ({why}): choose another address with {setting}"
        ) from error
