"""README as data: its two halves, and in each what is to be typed and what it then shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tests.support import ROOT

README = ROOT / "README.md"
ENGLISH = "# placelibre in English\n"
ANYTHING = "…"
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s+# .*$")


class Step(NamedTuple):
    """Commands of one block, and the lines that the last of them shows; none where README shows nothing."""

    commands: tuple[str, ...]
    shown: tuple[str, ...]


def half(language: str) -> str:
    """The French or the English half of README."""
    french, _, english = README.read_text(encoding="utf-8").partition(ENGLISH)
    return {"fr": french, "en": english}[language]


def list_steps(text: str) -> list[Step]:
    """The blocks of ``sh`` in their order, each with the block of ``text`` that follows it at once."""
    steps: list[Step] = []
    end_of_last = -1
    for fence in _FENCE.finditer(text):
        kind, body = fence.groups()
        if kind == "sh":
            steps.append(Step(tuple(_commands(body)), ()))
        elif kind == "text":
            assert text[end_of_last : fence.start()].isspace(), f"nothing says what shows this:\n{body}"
            steps[-1] = steps[-1]._replace(shown=tuple(line for line in body.splitlines() if line.strip()))
        else:
            raise AssertionError(f"a block of {kind or 'nothing'}: README has sh and text\n{body}")
        end_of_last = fence.end()
    return steps


def _commands(body: str) -> Iterator[str]:
    for line in body.replace("\\\n", " ").splitlines():
        if command := _COMMENT.sub("", line).strip():
            yield " ".join(command.split())


def find_missing(shown: tuple[str, ...], printed: str) -> str | None:
    """The first line of ``shown`` that does not come in ``printed``, in this order; None where all do."""
    lines = iter(printed.splitlines())
    for wanted in shown:
        parts = (r"\s+".join(map(re.escape, part.split())) for part in wanted.split(ANYTHING))
        pattern = re.compile(".*".join(rf"\s*{part}\s*" for part in parts))
        if not any(pattern.search(line) for line in lines):
            return wanted
    return None
