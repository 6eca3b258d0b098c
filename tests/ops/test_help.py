"""Every --help has an example, and every example is one that its command understands, about files that are here."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from ops.cli.main import app
from tests.support import ROOT

PROGRAM = typer.main.get_command(app)
_WORDS_AFTER = re.compile(r"\[bold\]Examples?\[/bold\](?: \([^)]*\))?:(.*)$", re.DOTALL)


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in getattr(group, "commands", {}).items():
        yield (*path, name), command
        yield from _commands(command, (*path, name))


COMMANDS = dict(_commands(PROGRAM))


def _examples(path: tuple[str, ...]) -> list[str]:
    text = " ".join((COMMANDS[path].help or "").split())
    found = _WORDS_AFTER.search(text)
    assert found, f"placelibre {' '.join(path)} --help has no example"
    return [one.strip() for one in found[1].split(" · ")]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_an_example_of_each_command_is_understood_by_it(path: tuple[str, ...]) -> None:
    for example in _examples(path):
        words = [word for word in shlex.split(example) if not re.match(r"PLACELIBRE_\w+=", word)]
        assert words[0] == "placelibre"
        assert _read(words[1:])[: len(path)] == path, f"{example!r} is of another command"
        assert [word for word in words if word.startswith("samples/") and not (ROOT / word).exists()] == []


def _read(words: list[str]) -> tuple[str, ...]:
    """The command that these words call, with its options read as it reads them; it is not run."""
    command, path = PROGRAM, ()
    context = command.make_context("placelibre", words)
    while hasattr(command, "commands") and (rest := [*context._protected_args, *context.args]):
        name, command, given = command.resolve_command(context, rest)
        path, context = (*path, name), command.make_context(name, given, parent=context)
    return path
