"""The machine: one core for the worker that is measured, the others for everybody else, and what the worker used."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil

STOP_PATIENCE_S = 10


def cores() -> tuple[set[int], set[int]]:
    """The worker's core, and the others; on a machine of one core, and where nobody can be pinned, no difference."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    usable = os.sched_getaffinity(0)
    return ({max(usable)}, usable - {max(usable)}) if len(usable) > 1 else (usable, usable)


def pin(to: set[int]) -> None:
    """Keep this process, and all that it starts from now on, on these cores."""
    if to:
        os.sched_setaffinity(0, to)


class Worker:
    """A process of its own group on a core of its own, which ends with the block. Use as ``with``."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], log: Path, core: set[int]) -> None:
        self._command, self._environment, self._log, self._core = command, environment, log, core
        self.peak_mb = 0.0

    def __enter__(self) -> "Worker":
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: pin(self._core),
            )
        self._process = psutil.Process(self._child.pid)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signal(signal.SIGTERM)
        try:
            self._child.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.kill()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._child.pid

    def kill(self) -> None:
        """As kill -9: no farewell."""
        self._signal(signal.SIGKILL)
        self._child.wait()

    def _signal(self, number: int) -> None:
        if self._child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._child.pid, number)

    @property
    def ended(self) -> str | None:
        """The end of its log where it has ended by itself, else None."""
        if self._child.poll() is None:
            return None
        return f"ended with {self._child.returncode}: {self.said()}"

    def said(self) -> str:
        """The end of its log."""
        return self._log.read_text(errors="replace")[-1500:].strip()

    def cpu_s(self) -> float:
        """Processor time used so far, and a look at the memory. Everybody who is measured here is one process."""
        try:
            self.peak_mb = max(self.peak_mb, self._process.memory_info().rss / 1e6)
            return float(sum(self._process.cpu_times()[:2]))
        except psutil.Error:
            return 0.0
