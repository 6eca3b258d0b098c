"""What a public project owes its readers: dated decisions, an index, one figure for one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

HOUSE = Path(__file__).parent.parent
DECISIONS = sorted((HOUSE / "docs/decisions").glob("[0-9]*.md"))
HEAD = re.compile(r"# (\d+)\. (.+)\n\nDate: (\d{4}-\d\d-\d\d) · Status: (accepted|superseded by \d+)\n\n")


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_its_number_date_and_status_and_stands_in_the_index(path: Path) -> None:
    head = HEAD.match(path.read_text())
    assert head, "it begins with '# N. Title', an empty line, and 'Date: YYYY-MM-DD · Status: accepted'"
    number, title, date, status = head.groups()
    assert int(path.name[:4]) == int(number)
    row = f"| {number} | [{title}]({path.name}) | {date} | {status} |"
    assert row in (HOUSE / "docs/decisions/README.md").read_text().splitlines()


def test_the_index_of_decisions_names_no_file_that_is_not_there() -> None:
    named = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (HOUSE / "docs/decisions/README.md").read_text())
    assert sorted(named) == [path.name for path in DECISIONS]


def test_the_docs_name_as_many_alerts_as_there_are() -> None:
    groups = yaml.safe_load((HOUSE / "docker/alerts.yml").read_text())["groups"]
    alerts = sum(len(group["rules"]) for group in groups)
    assert f"`alerts.yml` holds {alerts} alerts" in (HOUSE / "docker/README.md").read_text()
