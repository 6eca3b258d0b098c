"""Who did what, page by page, filtered; the CSV has all of it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from gateways.desk.audit import SaidFound, audit_csv, audit_document, newest_first, read_wanted
from parking.decisions.acting import ActResult, DecisionNow, confirm
from parking.decisions.model import decide
from parking.instants import in_text
from serving.problems import ProblemDocument
from tests.support import TENANT, at

END = at(60)


def said(
    minute: int, author: str | None = "Ada", subject: str = "place:p1/opening", rule: str = "desk.override"
) -> DecisionNow:
    decision = decide(TENANT, subject, (rule, 1), (), {"n": minute}, at(minute), at(99), author=author, reason="=works")
    return DecisionNow(decision, confirm(decision, ActResult.ACTED, {}, at(minute + 1)) if minute % 2 else None)


ALL = [
    said(5),
    said(1, None, "sign:A/1", "signs.plan"),
    said(9, "Bob"),
    said(7, "Ada", "sign:A/override", "signs.override"),
]


def asked(**fields: str) -> list[int]:
    wanted = read_wanted({"until": in_text(END), **fields}, END)
    return [one.decision.output["n"] for one in newest_first(ALL, wanted)]


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({}, [9, 7, 5]),
        ({"who": "all"}, [9, 7, 5, 1]),
        ({"author": "Ada"}, [7, 5]),
        ({"subject": "sign:"}, [7]),
        ({"rule": "desk."}, [9, 5]),
        ({"since": in_text(at(7))}, [9, 7]),
        ({"until": in_text(at(7))}, [5]),
    ],
)
def test_filters(fields: dict[str, str], found: list[int]) -> None:
    assert asked(**fields) == found


def test_pages_follow_each_other_without_a_gap_and_without_an_entry_twice() -> None:
    found, after = [], {}
    for _ in range(5):
        wanted = read_wanted({"who": "all", "limit": "1", **after}, END)
        page = audit_document(SaidFound(newest_first(ALL, wanted)), wanted, TENANT)
        found += [entry["decision"]["output"]["n"] for entry in page["entries"]]
        assert page["total"] == 4
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == [9, 7, 5, 1]


def test_the_csv_has_all_with_what_came_of_it_and_no_formula() -> None:
    wanted = read_wanted({"limit": "1"}, END)
    body = b"".join(audit_csv(SaidFound(newest_first(ALL, wanted)), wanted, ZoneInfo("Europe/Paris")))
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [row["Qui / Who"] for row in rows] == ["Bob", "Ada", "Ada"]
    assert rows[0]["Quand / When"] == "2026-05-04T14:09:00+02:00"
    assert {row["Motif / Reason"] for row in rows} == {"'=works"}
    assert [row["État / State"] for row in rows] == ["acted", "acted", "acted"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("since", "yesterday"),
        ("since", "2026-05-04T12:00"),
        ("limit", "0"),
        ("limit", "1e3"),
        ("who", "me"),
        ("after", "x"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(field: str, text: str) -> None:
    with pytest.raises(ProblemDocument) as refused:
        read_wanted({field: text}, END)
    assert (refused.value.status, refused.value.field) == (400, field)


def test_without_words_it_is_the_last_day() -> None:
    wanted = read_wanted({}, END)
    assert (wanted.until, wanted.until - wanted.since) == (END, timedelta(days=1))
