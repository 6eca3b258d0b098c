"""README done as it says: every command of it in its order, and what it shows is what comes.

A block of ``sh`` is typed line by line into one shell; the block of ``text`` after it is what the last line prints, in
this order, where … stands for anything. ``make run`` has a terminal of its own, as README says. Only the addresses are
others, for those in README may be taken here, and there is no internet: so it is the made-up day on every machine. What
fails is tried again for a while, since numbers take a moment; what fails to the end fails.
"""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.readme import Step, find_missing, half, list_steps
from tests.support import ROOT, free_ports

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")
pytestmark = [
    pytest.mark.skipif(
        not (ROOT / ".venv" / ".ready").exists(), reason="README begins with `make run`: run that first"
    ),
    pytest.mark.timeout(300),
]
PATIENCE_S = 40
STARTS_IN_S = 90
START = "make run"
DONE = "@@done"
PICTURE = ROOT / "theatre.png"
STOPPED = {"fr": "tout est arrêté", "en": "everything has stopped"}


class Terminal:
    """A program that is read while it runs, and typed into."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, start_new_session=True,
        )  # fmt: skip
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def until(self, ending: re.Pattern[str], patience_s: float) -> str:
        """What it prints up to a line in which ``ending`` is found."""
        printed, deadline = "", time.monotonic() + patience_s
        while not ending.search(printed):
            try:
                printed += self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no {ending.pattern!r} within {patience_s:.0f} s, but:\n{printed}")
        return printed

    def type(self, command: str) -> tuple[int, str]:
        """Type a command into a shell: its exit code, and what was printed meanwhile."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\nprintf '\\n{DONE} %s\\n' $?\n")
        self.process.stdin.flush()
        printed, _, code = self.until(re.compile(rf"^{DONE} \d+$", re.MULTILINE), PATIENCE_S).rpartition(DONE)
        return int(code), printed

    def end(self, how: signal.Signals) -> int:
        """Send a signal to it and what it started in its terminal; its exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        return self.process.wait(40)

    def close(self) -> None:
        """Let go of what was read; to be called when it has ended."""
        self._reader.join(10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """An environment whose addresses and folders are free."""
    servers, gateways = free_ports(), free_ports()
    return os.environ | {
        "PLACELIBRE_KAFKA": f"127.0.0.1:{servers}",
        "PLACELIBRE_REDIS": f"redis://127.0.0.1:{servers + 2}/0",
        "PLACELIBRE_LISTEN": f"127.0.0.1:{gateways}",
        "PLACELIBRE_SIGNS_LISTEN": f"127.0.0.1:{gateways + 2}",
        "PLACELIBRE_DESK_LISTEN": "",
        "PLACELIBRE_WEBHOOK_LISTEN": f"127.0.0.1:{gateways + 1}",
        "PLACELIBRE_DATA_DIR": str(tmp_path / "data"),
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "NO_PROXY": "127.0.0.1",
        "COLUMNS": "120",
    }


@pytest.fixture
def picture() -> Iterator[Path]:
    """The picture that README draws into the folder where it is typed."""
    assert not PICTURE.exists(), "a picture of yours is here: move it away"
    yield PICTURE
    PICTURE.unlink(missing_ok=True)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_command_does_what_readme_says(language: str, elsewhere: dict[str, str], picture: Path) -> None:
    env = elsewhere | {"PLACELIBRE_LANG": language}
    first, *others = list_steps(_moved(half(language), env))
    assert first.commands == (START,)
    house, shell = Terminal(["make", "run"], env), Terminal(["bash"], env)
    try:
        house.until(re.compile(r"\s+".join(map(re.escape, first.shown[0].split()))), STARTS_IN_S)
        for step in others:
            _do(shell, step)
        assert picture.read_bytes().startswith(b"\x89PNG")
        house.end(signal.SIGINT)
        house.until(re.compile(STOPPED[language]), PATIENCE_S)
    finally:
        shell.end(signal.SIGKILL)
        house.end(signal.SIGINT)
        for terminal in (shell, house):
            terminal.close()


def _moved(text: str, env: dict[str, str]) -> str:
    """README with the addresses of this run in place of its own."""
    for written, name in (("127.0.0.1:18080", "PLACELIBRE_LISTEN"), ("127.0.0.1:18090", "PLACELIBRE_WEBHOOK_LISTEN")):
        text = text.replace(written, env[name])
    return text


def _do(shell: Terminal, step: Step) -> None:
    for number, command in enumerate(step.commands, start=1):
        shown = step.shown if number == len(step.commands) else ()
        deadline = time.monotonic() + PATIENCE_S
        while True:
            code, printed = shell.type(command)
            missing = find_missing(shown, printed)
            if code == 0 and missing is None:
                print(f"{time.monotonic():.1f} {command}")
                break
            if time.monotonic() > deadline:
                pytest.fail(f"{command}\nended with {code}; not shown: {missing!r}; it printed:\n{printed}")
            time.sleep(0.5)
