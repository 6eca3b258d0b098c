"""Everything that broke under attack and fault on 27 November 2026, line by line, and by what each is held since.

A line names scenes of ``tests/e2e/attacks.py``, played against a whole city, and tests, a file or one of its functions.
``make attack`` runs them all and says of each line whether it held; ``tests/test_attack_lines.py`` sees that they
exist.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT


class Line(NamedTuple):
    """One line of the report: its number there, how bad it was, what was done, what holds it."""

    number: int
    severity: str
    what: str
    scenes: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


LINES = [
    Line(1, "critical", "one counter says thousands of lane events of the last minutes", ("flood", "row"),
         ("tests/parking/fold/test_lane_bounds.py", "tests/parking/fold/test_device_bounds.py",
          "tests/streams/test_losses.py")),
    Line(2, "high", "values in Redis that are none of ours", ("redis",), ("tests/store/test_foreign.py",)),
    Line(3, "high", "entries of the change stream that are none of ours", ("stream",),
         ("tests/store/test_changes.py",)),
    Line(4, "high", "thousands of listeners who never read", (),
         ("tests/gateways/test_hub.py", "tests/serving/test_unsent.py",
          "tests/serving/test_connections.py::test_who_takes_nothing_of_an_answer_is_let_go")),
    Line(5, "medium", "a thousand connections that send a byte now and then", (),
         ("tests/serving/test_connections.py",)),
    Line(6, "medium", "the history's disk is full", (),
         ("tests/store/test_full_disk.py", "tests/streams/test_rolling_meters.py")),
    Line(7, "medium", "a host that a client names, in whichever header", (), ("tests/contract/test_hosts.py",)),
    Line(8, "medium", "metrics on the public port, no rate limits, no compression, Kafka in the clear", (),
         ("tests/e2e/test_secured.py", "tests/sensors/test_mqtt_tls.py",
          "tests/serving/test_probes.py", "tests/serving/test_rate_limits.py", "tests/serving/test_compression.py")),
    Line(9, "low", "methods without Allow, requests that the description allows and we refuse, or the other way", (),
         ("tests/gateways/test_schemathesis.py",)),
    Line(10, "low", "errors below the application are text", (),
         ("tests/serving/test_connections.py::test_what_is_no_http_is_answered_with_a_problem",)),
    Line(11, "low", "a Redis that is full logs several lines a second; what a sender controls comes back", (),
         ("tests/streams/test_retry.py", "tests/ops/test_calm.py", "tests/parking/test_printable.py")),
    Line(12, "low", "a foreign consumer in the worker's group", (), ("tests/streams/test_kafka_watch.py",)),
    Line(13, "critical", "the host's clock jumps a day ahead and back", (),
         ("tests/parking/test_wall.py", "tests/streams/test_timekeeping.py", "tests/parking/fold/test_taking_back.py",
          "tests/e2e/test_clocks.py")),
    Line(14, "high", "a header without end, before anybody is asked who they are", (),
         ("tests/serving/test_connections.py",)),
    Line(15, "high", "honest listeners in half a gigabyte", (),
         ("tests/serving/test_encodings.py", "tests/serving/test_unsent.py")),
    Line(16, "high", "Redis with a user who has no right to INFO", (), ("tests/store/test_rights.py",)),
    Line(17, "medium", "the observations topic grown behind our back", (),
         ("tests/streams/test_topics.py", "tests/streams/test_kafka_watch.py")),
    Line(18, "medium", "a topic that exists with another cleanup policy", (), ("tests/streams/test_topics.py",)),
    Line(19, "medium", "passwords in output, on the command line, in a file that all can read", (),
         ("tests/ops/test_hiding.py",)),
    Line(20, "medium", "a credential that speaks for somebody else's device", (),
         ("tests/sensors/test_webhook.py::test_a_credential_speaks_for_its_devices_alone",
          "tests/sensors/test_mqtt.py::test_a_topic_speaks_for_its_devices_alone")),
    Line(21, "medium", "a decoy of a device beside the real one", (),
         ("tests/sensors/test_webhook.py::test_the_device_that_is_read_is_the_one_that_is_counted",)),
    Line(22, "medium", "rows of the Table that are none of ours", ("table",), ("tests/streams/test_folding.py",)),
    Line(23, "medium", "SIGTERM while Redis refuses its user, hangs, or Kafka is away", (),
         ("tests/e2e/test_sigterm.py", "tests/store/test_cancelling.py", "tests/streams/test_cancelling.py")),
    Line(24, "medium", "malformed requests by the thousand, in the log", ("noise",), ("tests/ops/test_calm.py",)),
    Line(25, "low", "formulas in exports, escapes in tables", (),
         ("tests/sensors/test_formulas.py", "tests/ops/test_console.py")),
    Line(26, "not tried then", "poison in every topic and key", ("poison",), ("tests/streams/test_poison.py",)),
    Line(28, "not tried then", "poison among the decisions", ("decisions",),
         ("tests/parking/decisions/test_decisions.py",
          "tests/store/test_foreign.py::test_a_decision_that_is_none_of_ours_gives_way_to_ours")),
    Line(29, "not tried then", "a flood by one device among many", ("loud",), ()),
    Line(27, "not tried then", "a proxy that keeps the stream of changes back", (),
         ("tests/gateways/test_buffering.py",)),
]  # fmt: skip
"""26 and above are what the report had not tried."""


class Verdict(NamedTuple):
    """What became of a line: how many things held it, and what did not."""

    line: Line
    held: int
    broke: tuple[str, ...]
    skipped: tuple[str, ...]


def run_tests(lines: Iterable[Line], scratch: Path) -> dict[str, str]:
    """Each test of the lines, with ``passed``, ``failed`` or ``skipped``. Nothing else is run, and each once."""
    report = scratch / "attack.xml"
    wanted = sorted({test for line in lines for test in line.tests})
    if not wanted:
        return {}
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *wanted],
        cwd=ROOT, check=False, stdout=sys.stderr,
    )  # fmt: skip
    ended = {}
    for case in ET.parse(report).iter("testcase"):
        file = f"{case.get('classname', '').replace('.', '/')}.py"
        bad = {child.tag for child in case}
        state = "failed" if bad & {"failure", "error"} else "skipped" if "skipped" in bad else "passed"
        ended[f"{file}::{case.get('name')}"] = state
    return ended


def judge(line: Line, scenes: Mapping[str, bool], tests: Mapping[str, str]) -> Verdict:
    """A line held where every scene and test of it did; a test that was not found did not."""
    broke = [name for name in line.scenes if name in scenes and not scenes[name]]
    held = sum(scenes.get(name, False) for name in line.scenes)
    skipped = []
    for wanted in line.tests:
        mine = {name: state for name, state in tests.items() if _is_of(name, wanted)}
        held += sum(state == "passed" for state in mine.values())
        broke += [name for name, state in mine.items() if state == "failed"] or ([wanted] if not mine else [])
        skipped += [name for name, state in mine.items() if state == "skipped"]
    return Verdict(line, held, tuple(broke), tuple(skipped))


def _is_of(name: str, wanted: str) -> bool:
    return name.split("[")[0] == wanted or name.startswith(f"{wanted}::")
