"""``placelibre why`` for people and for programs, over chains made by hand: no Kafka and no Redis answers here."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from ops.cli import main, why
from parking.decisions.acting import ActResult, DecisionNow, confirm
from parking.decisions.model import Decision
from tests.ops.test_cli import NOWHERE
from tests.parking.decisions.test_decisions import decided
from tests.support import TENANT, at


async def _traced(settings: object, tenant: str, place_id: str, revision: object, at_: object) -> dict[str, Any]:
    return {
        "revision": [1, 7],
        "published": {"vacant": 40, "faults": [], "level": "spaces_available"},
        "published_in": "history",
        "heard": {
            "partition": 0, "offset": 7, "logged_at": "2026-05-04T12:00:00+00:00",
            "observation": {"type": "site_counted", "vacant": 40}, "source": {"id": "src", "name": "[bold]A source"},
        },
        "heard_before": None,
        "not_heard": None,
    }  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """The command in this process, about a decision that is given."""
    from ops import why as tracing

    for name, value in NOWHERE.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tracing, "trace_revision", _traced)

    def run(decision: Decision, acted: bool, *args: str) -> str:
        async def find(*_: object) -> DecisionNow:
            return DecisionNow(decision, confirm(decision, ActResult.ACTED, {"status": 4}, at(1)) if acted else None)

        monkeypatch.setattr(why, "find_decided", find)
        monkeypatch.setattr(sys, "argv", ["placelibre", "why", decision.subject, "--tenant", TENANT, *args])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code
        return capsys.readouterr().out

    return run


def test_people_get_the_chain_as_a_tree(asked: Any) -> None:
    shown = asked(decided(author="a person", output={"line": "[red]COMMERCE", "shown": "\x1b[31m"}), True)
    for words in ("COMMERCE", "[red]", "rule signs.plan version 3", "author a person", "acted at", "vacant 40",
                  "the last word folded in", "type site_counted", "[bold]A source", "using vacant_low 12"):  # fmt: skip
        assert words in shown
    assert "\x1b[31m" not in shown


def test_an_open_decision_says_that_nobody_knows_yet(asked: Any) -> None:
    assert "only the other side can tell" in asked(decided(), False)


def test_programs_get_one_document(asked: Any) -> None:
    document = json.loads(asked(decided(), True, "--json"))
    assert document["state"] == "acted"
    assert document["decision"]["id"] == decided().id
    (of,) = document["decision"]["inputs"]
    assert (of["place_id"], of["limits"], of["published"]["vacant"]) == ("p1", {"vacant_low": 12}, 40)
