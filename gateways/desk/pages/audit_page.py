"""Who did what, and what came of it, the newest first."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from gateways.desk.pages.frame import DeskReader, text
from gateways.desk.pages.parts import Markup, query_choice, query_field, table, told, trouble
from gateways.documents import Document

_OF_THE_PAGE = ("author", "subject", "rule", "since", "until", "who")


def audit_body(known: Document | None, asked: Mapping[str, str], why: str | None, reader: DeskReader) -> str:
    """The page's body: ``known`` as GET /v1/desk/audit says it, or ``why`` there is none."""
    say = reader.language.say
    form = _form(asked, reader)
    if known is None:
        return form + trouble(why)
    heads = [say(f"desk_books_audit.{name}") for name in ("when", "who", "what", "why", "state", "decision")]
    between = say(
        "desk_books_audit.between", since=told(reader, known["since"]), until=told(reader, known["until"]),
        total=known["total"],
    )  # fmt: skip
    rows = [_row(entry, reader) for entry in known["entries"]]
    kept = {name: asked[name] for name in _OF_THE_PAGE if asked.get(name)}
    more = ""
    if known["next"] is not None:
        to = text(f"/audit?{urlencode(kept | {'after': known['next']})}")
        more = f'<p><a href="{to}">{text(say("desk_books_audit.older"))}</a></p>'
    return (
        f"{form}{trouble(known['trouble'])}<p>{text(between)}</p>"
        f"<section>{table(reader, say('desk_books_audit.title'), heads, rows)}{more}</section>"
    )


def _row(entry: Document, reader: DeskReader) -> tuple[Any, ...]:
    decision = entry["decision"]
    subject = Markup(f'{text(decision["subject"])} <code class="soft">{text(decision["rule"])}</code>')
    return (
        told(reader, decision["decided_at"]), decision["author"], subject, decision["reason"], entry["state"],
        Markup(f"<code>{text(decision['id'])}</code>"),
    )  # fmt: skip


def _form(asked: Mapping[str, str], reader: DeskReader) -> str:
    say = reader.language.say
    who = [("people", say("desk_books_audit.people")), ("all", say("desk_books_audit.all"))]
    fields = (
        query_field(say("desk_books_audit.who"), "author", asked.get("author", "")),
        query_field(say("desk_books_audit.what"), "subject", asked.get("subject", ""), more=" placeholder=place:677/"),
        query_field(say("desk_books_audit.since"), "since", asked.get("since", ""), "datetime-local"),
        query_field(say("desk_books_audit.until"), "until", asked.get("until", ""), "datetime-local"),
        query_choice(say("desk_books_audit.of"), "who", who, asked.get("who", "")),
    )
    button = f"<button>{text(say('desk_books.show'))}</button>"
    return f'<form class="order" method="get" action="/audit">{"".join(fields)}{button}</form>'
