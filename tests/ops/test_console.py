"""What others wrote is seen in a terminal, and does nothing there."""

from __future__ import annotations

import io
import json

import pytest
from rich.table import Table
from rich.text import Text

from gateways.terminal.place import place_lines
from gateways.terminal.render import snapshot_table
from gateways.words.city_clock import clock_of
from gateways.words.language import get_language
from ops.console import SafeConsole, print_json
from parking.words import ClockBasis
from serving.problems import ProblemDocument
from store.changes import ChangesPosition
from store.snapshots import PlaceNow, Snapshot
from tests.gateways.serving import counted
from tests.support import TENANT, at, site

EVIL = "\x1b]0;owned\x07\x1b[2J[/b][red]\u202e\x9b1m\r\ngrown.exe"


def shown(*what: object) -> str:
    console = SafeConsole(file=io.StringIO(), force_terminal=True, width=300, color_system=None)
    console.print(*what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def cell() -> Table:
    table = Table("name")
    table.add_row(EVIL)
    return table


@pytest.mark.parametrize("what", [EVIL, Text(EVIL), f"· {EVIL}", cell(), Text.assemble(("x", "bold"), EVIL)])
def test_nothing_steers_the_terminal(what: object) -> None:
    told = shown(what)
    assert not set(told) - {"\n"} & set("\x1b\x07\x9b\r\u202e"), told
    assert "\\x1b" in told


def test_a_place_with_such_a_name_is_one_row_of_the_table_and_one_line_of_its_card() -> None:
    language, now = get_language("en"), at(1)
    row = PlaceNow(site(name=EVIL, address=EVIL), counted("p1", 7, 1).availability)
    snapshot = Snapshot(TENANT, now, ClockBasis.WALL, ChangesPosition("", "0-0"), [row])
    told = shown(snapshot_table(language, snapshot, TENANT, 300))
    assert told.count("owned") == 1
    assert sum("grown.exe" in line and "7" in line for line in told.splitlines()) == 1
    lines = list(place_lines(language, row, now, clock_of(TENANT, None)))
    assert all(text.isprintable() for _, text in lines)


def test_json_reads_as_it_was_and_steers_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": EVIL})
    told = capsys.readouterr().out
    assert json.loads(told) == {"name": EVIL}
    assert told.replace("\n", "").isprintable()


def test_a_problem_says_what_was_sent_and_can_be_seen() -> None:
    body = ProblemDocument(400, "Bad request", f"event is {EVIL}", EVIL, EVIL).body().decode()
    assert body.isprintable()
    assert "owned" in body
