"""The repair round to take along: stops in walking order, what is to be looked at, and a box to tick."""

from collections.abc import Mapping
from typing import Any

from gateways.desk.pages.frame import DeskReader, text
from gateways.desk.pages.parts import Markup, query_choice, query_field, table, told, trouble
from gateways.documents import Document
from gateways.words.language import Language
from parking.words import Problem


def round_body(known: Document | None, asked: Mapping[str, str], why: str | None, reader: DeskReader) -> str:
    """The page's body: ``known`` as GET /v1/desk/round says it, or ``why`` there is none."""
    say = reader.language.say
    form = _form(asked, reader.language)
    if known is None:
        return form + trouble(why)
    left = len(known["left_out"])
    lead = say(
        "desk_round.in_all", stops=len(known["stops"]), metres=known["walk_m"], minutes=known["estimated_min"],
        left=left, nowhere=len(known["without_point"]),
    )  # fmt: skip
    heads = [say(f"desk_round.{name}") for name in ("stop", "walk", "place", "device", "problem")]
    heads += [say("desk_books_round.since"), say("desk_books_round.done")]
    rows = [row for stop in known["stops"] for row in _stop(stop, reader)]
    rest = [("–", None, *_about(device, reader), "") for device in (*known["left_out"], *known["without_point"])]
    others = f"<section>{table(reader, say('desk_books_round.others'), heads, rest)}</section>" if rest else ""
    return (
        f"{form}<p>{text(lead)} <span class='soft'>{text(told(reader, known['as_of']))}</span></p>"
        f"<section>{table(reader, say('desk_books_round.title'), heads, rows)}</section>{others}"
    )


def _form(asked: Mapping[str, str], language: Language) -> str:
    say = language.say
    problems = [("", say("desk_books_round.every")), *((one.value, language.word(one)) for one in Problem)]
    csv = "".join(f'<input type="hidden" name="{name}" value="{text(value)}">' for name, value in asked.items())
    example = " placeholder=-1.5577,47.2131"
    fields = (
        query_field(say("desk_books_round.start"), "start", asked.get("start", ""), more=example),
        query_field(say("desk_books_round.stops"), "stops", asked.get("stops", ""), "number", " min=1 max=400"),
        query_field(say("desk_books_round.minutes"), "minutes", asked.get("minutes", ""), "number", " min=1 max=1440"),
        query_choice(say("desk_round.problem"), "problem", problems, asked.get("problem", "")),
    )
    return (
        f'<form class="order no-print" method="get" action="/round">{"".join(fields)}'
        f"<button>{text(say('desk_books_round.plan'))}</button></form>"
        '<form class="order no-print" method="get" action="/v1/desk/round">'
        f'<input type="hidden" name="form" value="csv">{csv}<button>CSV</button></form>'
    )


def _stop(stop: Document, reader: DeskReader) -> list[tuple[Any, ...]]:
    """A row a device; number and walk stand with the stop's first."""
    return [
        (
            str(stop["stop"]) if first else "″", stop["walk_m"] if first else None, *_about(device, reader),
            Markup('<span class="tick" aria-hidden="true">☐</span>'),
        )
        for number, device in enumerate(stop["devices"])
        for first in [number == 0]
    ]  # fmt: skip


def _about(device: Document, reader: DeskReader) -> tuple[Any, ...]:
    where = " · ".join(filter(None, (device["place"] or device["place_id"], device["space"], device["address"])))
    return (
        where, f"{device['source']}/{device['device_id']}", reader.language.word(Problem(device["problem"])),
        told(reader, device["since"]),
    )  # fmt: skip
