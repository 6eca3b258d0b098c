"""The document says what is served: each path, each act, and documents with the fields that it names."""

from __future__ import annotations

from gateways.desk.watching.described import WATCHING_PATHS, WATCHING_SCHEMAS
from gateways.desk.watching.documents import alarm_document
from gateways.desk.watching.handling import ACTS
from tests.gateways.desk.watching.test_alarm_desk import Desk
from tests.support import at


def test_every_act_is_described() -> None:
    described = {path.rpartition("/")[2] for path in WATCHING_PATHS if path.startswith("/v1/desk/alarms/{id}/")}
    assert described == set(ACTS)


def test_an_alarm_has_what_its_schema_says() -> None:
    desk = Desk()
    desk.raise_alarm()
    (entry,) = desk.book.entries()
    assert set(WATCHING_SCHEMAS["DeskAlarm"]["required"]) <= set(alarm_document(entry, at(1)))
