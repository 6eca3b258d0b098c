"""The command line in this process: a process for each question would take a second."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest

from ops.cli import main


class Done(NamedTuple):
    """What a command ended with and printed; its complaints as one line."""

    code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        return json.loads(self.stdout)


Command = Callable[..., Done]


def command_in(
    environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """``placelibre`` with these settings."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*args: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["placelibre", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        shown = capsys.readouterr()
        return Done(int(ended.value.code or 0), shown.out, " ".join(shown.err.split()))

    return run
