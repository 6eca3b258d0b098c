"""What was refused within a day, by source and reason, with the bytes; and the button that sends it again."""

from typing import Any

from gateways.desk.pages.frame import DeskReader, text
from gateways.desk.pages.parts import Markup, table, told
from gateways.documents import Document
from parking.desk.operators import Role
from parking.words import RejectReason

_BAR, _HEIGHT = 5, 24


def rejects_body(groups: list[Document], tenant: str, reader: DeskReader, *, is_complete: bool) -> str:
    """The page's body; ``groups`` are those of GET /v1/desk/rejects."""
    say = reader.language.say
    may = reader.operator.may(Role.OPERATE, tenant)
    heads = [say(f"desk_books_rejects.{name}") for name in ("source", "reason", "day", "hour", "hours", "last", "act")]
    total = sum(group["count"] for group in groups)
    lead = say("desk_books_rejects.lead", count=total)
    partial = "" if is_complete else f'<p class="notice made-up">{text(say("desk_books_rejects.partial"))}</p>'
    rows = [_row(group, reader, may) for group in groups]
    return (
        f"{partial}<p>{text(lead)}</p><section>{table(reader, say('desk_books_rejects.title'), heads, rows)}</section>"
    )


def _row(group: Document, reader: DeskReader, may: bool) -> tuple[Any, ...]:
    reason = Markup(
        f'{text(reader.language.word(RejectReason(group["reason"])))} <code class="soft">{text(group["reason"])}</code>'
    )
    acts = _example(group, reader) + (_again(group, reader) if may and group["open_examples"] else "")
    return (
        group["source"], reason, group["count"], group["last_hour"], _bars(group["by_hour"], reader),
        told(reader, group["last_at"]), Markup(acts),
    )  # fmt: skip


def _bars(hours: list[int], reader: DeskReader) -> Markup:
    """A day's hours as bars; in words beside it are the day and the last hour."""
    most = max([*hours, 1])
    bars = "".join(
        f'<rect x="{number * _BAR}" y="{_HEIGHT - high}" width="{_BAR - 1}" height="{high}"/>'
        for number, count in enumerate(hours)
        for high in [max(1, round(count / most * _HEIGHT)) if count else 0]
    )
    label = text(reader.language.say("desk_books_rejects.most", count=max(hours, default=0)))
    width = len(hours) * _BAR
    return Markup(
        f'<svg class="bars" role="img" aria-label="{label}" viewBox="0 0 {width} {_HEIGHT}" width="{width}" '
        f'height="{_HEIGHT}">{bars}</svg>'
    )


def _example(group: Document, reader: DeskReader) -> str:
    if (example := group["example"]) is None:
        return ""
    say = reader.language.say
    where = " · ".join(filter(None, (example["device_id"], example["place_id"])))
    rest = ""
    if example["bytes"] > example["shown_bytes"]:
        cut = say("desk_books_rejects.cut", shown=example["shown_bytes"], all=example["bytes"])
        rest = f'<p class="soft">{text(cut)}</p>'
    return (
        f"<details><summary>{text(say('desk_books_rejects.example'))}</summary>"
        f'<p lang="en">{text(example["detail"])}</p><p class="soft">{text(where)}</p>'
        f'<pre tabindex="0">{text(example["text"])}</pre><pre tabindex="0" class="soft">{text(example["hex"])}</pre>'
        f"{rest}</details>"
    )


def _again(group: Document, reader: DeskReader) -> str:
    """A form that the desk's script sends as JSON."""
    say = reader.language.say
    named = f"{group['source']}, {reader.language.word(RejectReason(group['reason']))}"
    return (
        '<form data-post="/v1/desk/rejects/redrive">'
        f'<input type="hidden" name="source" value="{text(group["source"])}">'
        f'<input type="hidden" name="reason" value="{text(group["reason"])}">'
        f'<button aria-label="{text(say("desk_books_rejects.again"))} : {text(named)}">'
        f"{text(say('desk_books_rejects.again'))}</button></form>"
    )
