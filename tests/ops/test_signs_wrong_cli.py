"""How wrong the signs were, asked from the command line over real files: no Kafka and no Redis answers here."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="pip install 'placelibre[history]'")

from parking.decisions.acting import ActResult, Confirmation, confirm
from parking.decisions.model import Decision, DecisionInput, decide
from tests.ops.in_process import Command, command_in
from tests.ops.test_cli import NOWHERE
from tests.store.history_logs import append, said
from tests.store.test_decided_history import log_of, roll
from tests.support import NOON, at

CITY = "nantes"


def shown(
    minute: float, state: str, text: str, subject: str = "sign:A12/1", place: str = "677"
) -> tuple[Decision, Confirmation]:
    output = {"state": state, "text": f"COMMERCE {text}", "legend": "COMMERCE", "value": text}
    until = at(minute) + timedelta(minutes=15)
    decision = decide(CITY, subject, ("signs.plan", 1), [DecisionInput(place_id=place)], output, at(minute), until)
    return decision, confirm(decision, ActResult.ACTED, {"shown": text}, at(minute))


FIRST, _ = shown(0, "spaces", "40")
DAY = ("--day", "2026-05-04")


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """40 were shown from noon, of which 3 were left at 12:05; that was published at 12:10, and full from 12:15 on."""
    late = said(2, (1, 2), "677", at(10), CITY, 3, observed_at=at(5), capacity=400)
    rest = [
        said(number, (1, number), "677", at(minute), CITY, vacant, capacity=400)
        for number, minute, vacant in ((1, 0, 40), (3, 15, 0), (4, 29, 0))
    ]
    append(tmp_path, [rest[0], late, *rest[1:], said(9, (1, 9), "700", at(40), CITY, 1)])
    record = [*shown(0, "spaces", "40"), *shown(10, "spaces", "3"), *shown(15, "full", "COMPLET")]
    record += [*shown(30, "dark", ""), *shown(0, "spaces", "7", "sign:B/1", "nobody")]
    roll(tmp_path / "decisions", log_of(*record))
    return command_in(NOWHERE | {"PLACELIBRE_HISTORY_DIR": str(tmp_path)}, monkeypatch, capsys)


def test_the_minutes_that_were_wrong_are_counted_and_lead_to_a_decision(command: Command) -> None:
    answer = command("signs", "wrong", *DAY, "--json").document
    assert (answer["tenant"], answer["from"], answer["until"]) == (CITY, "2026-05-03T22:00:00Z", "2026-05-04T12:40:00Z")
    first, second = answer["signs"]
    assert (first["sign"], first["wrong_min"], second["wrong_min"]) == ("A12", 5, 0)
    (line,) = first["lines"]
    assert (line["lit_min"], line["dark_min"], line["wrong_by_kind_min"]) == (30, 10, {"more_than_free": 5})
    assert line["lit_min"] + line["dark_min"] + line["unknown_min"] == 14 * 60 + 40
    assert line["worst"] == {
        "kind": "more_than_free", "text": "COMMERCE 40", "free": 3, "off_by": 37, "from": "2026-05-04T12:05:00Z",
        "until": "2026-05-04T12:10:00Z", "decision": FIRST.id,
    }  # fmt: skip
    assert second["lines"][0]["unjudged_min"] == 15


def test_one_sign_may_be_asked_about_and_the_tolerance_is_the_asker_s(command: Command) -> None:
    answer = command("signs", "wrong", *DAY, "--sign", "A12", "--tolerance", 37, "--json").document
    assert [(one["sign"], one["wrong_min"]) for one in answer["signs"]] == [("A12", 0)]


def test_people_get_a_table(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for code, words in (("fr", ("Panneau", "5,0", "plus qu’il n’y en avait")), ("en", ("Sign", "5.0"))):
        monkeypatch.setenv("PLACELIBRE_LANG", code)
        done = command("signs", "wrong", *DAY)
        table = " ".join(done.stdout.split())
        assert [
            word for word in (*words, "A12", "COMMERCE 40", "14:05:00 – 14:10:00", FIRST.id) if word not in table
        ] == [], done


@pytest.mark.parametrize(
    ("args", "answer"),
    [
        (["--day", "yesterday"], "write it like 2026-05-04"),
        (["--day", "2026-05-06"], "nothing of 2026-05-06 can be judged yet"),
        ([*DAY, "--tolerance", "-1"], "--tolerance"),
        ([*DAY, "--tenant", "atlantis"], "no history of city 'atlantis'"),
    ],
)
def test_what_cannot_be_answered_says_why(command: Command, args: list[str], answer: str) -> None:
    done = command("signs", "wrong", *args)
    assert done.code != 0
    assert answer in done.stderr


def test_a_day_of_which_no_sign_tells_says_so(command: Command) -> None:
    done = command("signs", "wrong", *DAY, "--sign", "Z99")
    assert done.code == 0
    assert "no sign decided anything on Monday, 4 May 2026" in done.stdout


def test_without_a_record_of_decisions_the_way_to_one_is_named(command: Command, tmp_path: Path) -> None:
    (tmp_path / "decisions").rename(tmp_path / "gone")
    done = command("signs", "wrong", *DAY)
    assert "`placelibre history` writes it" in done.stderr
    assert NOON.isoformat() not in done.stderr
