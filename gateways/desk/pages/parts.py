"""Parts that pages are made of: a table, a time as people read it, a notice in words that are not the page's."""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime

from gateways.desk.pages.frame import DeskReader, text

_NO_VALUE = "–"
_Cell = str | int | float | None


class Markup(str):
    """Made here, of parts that were made inert: it goes into a page as it is."""


def table(reader: DeskReader, caption: str, heads: Sequence[str], rows: Iterable[Sequence[_Cell]]) -> Markup:
    """A table with its caption; a column of numbers stands at its end, the first cell heads its row."""
    held = [list(row) for row in rows]
    if not held:
        return Markup(f"<h2>{text(caption)}</h2><p>{text(reader.language.say('desk_books.nothing'))}</p>")
    counts = {at for row in held for at, cell in enumerate(row) if isinstance(cell, int | float)}
    named = "".join(f'<th scope="col"{_aside(at in counts)}>{text(head)}</th>' for at, head in enumerate(heads))
    body = "".join(f"<tr>{''.join(_cells(row, counts, reader))}</tr>" for row in held)
    return Markup(
        f'<h2>{text(caption)}</h2><div class="wide" tabindex="0" role="group" aria-label="{text(caption)}">'
        f"<table><thead><tr>{named}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def told(reader: DeskReader, instant: datetime | str | None) -> str:
    """A time by the city's clock, to the second; of a document it is text."""
    if instant is None:
        return _NO_VALUE
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return reader.language.moment(at, reader.clock.zone)


def trouble(words: str | None) -> Markup:
    """A sentence of the desk's own, which are English; nothing where there is none."""
    return Markup(f'<p class="notice lost" role="alert" lang="en">{text(words)}</p>' if words else "")


def query_field(label: str, name: str, value: str = "", kind: str = "text", more: str = "") -> Markup:
    """A field of a form, with its label around it."""
    given = f' value="{text(value)}"' if value or kind == "datetime-local" else ""  # its emptiness is meant
    return Markup(f'<label>{text(label)} <input type="{kind}" name="{name}"{given}{more}></label>')


def query_choice(label: str, name: str, choices: Iterable[tuple[str, str]], chosen: str = "") -> Markup:
    """A choice in a form: values with their words."""
    options = "".join(
        f'<option value="{text(value)}"{" selected" if value == chosen else ""}>{text(words)}</option>'
        for value, words in choices
    )
    return Markup(f'<label>{text(label)} <select name="{name}">{options}</select></label>')


def _aside(is_count: bool) -> str:
    return ' class="number"' if is_count else ""


def _cells(row: Sequence[_Cell], counts: Container[int], reader: DeskReader) -> Iterable[str]:
    for at, cell in enumerate(row):
        shown, aside = _shown(cell, reader), _aside(at in counts)
        yield f'<th scope="row"{aside}>{shown}</th>' if at == 0 else f"<td{aside}>{shown}</td>"


def _shown(cell: _Cell, reader: DeskReader) -> str:
    if isinstance(cell, Markup):
        return cell
    if isinstance(cell, int | float):
        return text(reader.language.number(cell))
    return text(_NO_VALUE if cell is None or cell == "" else cell)
