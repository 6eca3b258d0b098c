"""The month report and what is wrong now, to take away as a workbook or CSV."""

from datetime import date, datetime

from gateways.desk.pages.frame import DeskReader, text
from gateways.desk.past import REPORT_TABLES

_MONTHS = 6


def report_body(now: datetime, reader: DeskReader) -> str:
    """The page's body: the last months, the running one last of all, each in both forms."""
    say = reader.language.say
    rows = "".join(_month(month, reader) for month in list_months(now.astimezone(reader.clock.zone).date()))
    tables = "".join(f'<option value="{name}">{text(say(f"report_table.{name}"))}</option>' for name in REPORT_TABLES)
    return (
        f"<section><h2>{text(say('desk_books_report.months'))}</h2><p>{text(say('desk_books_report.lead'))}</p>"
        f'<ul class="downloads">{rows}</ul></section>'
        f"<section><h2>{text(say('desk_books_report.one'))}</h2>"
        '<form class="order" method="get" action="/v1/desk/report"><input type="hidden" name="form" value="csv">'
        f"<label>{text(say('desk_books_report.month'))} "
        f'<input name="month" type="month" required pattern="[0-9]{{4}}-[0-9]{{2}}" placeholder="2026-10"></label>'
        f'<label>{text(say("desk_books_report.which"))} <select name="table">{tables}</select></label>'
        f"<button>CSV</button></form></section>"
        f"<section><h2>{text(say('desk_books_report.trouble'))}</h2>"
        f'<ul class="downloads"><li>{_forms("/v1/desk/trouble/export?", say("desk_books_report.trouble"))}</li></ul>'
        "</section>"
    )


def list_months(today: date) -> list[str]:
    """The last months that are over, newest first, and then the one that runs."""
    number = today.year * 12 + today.month - 1
    names = [f"{one // 12:04}-{one % 12 + 1:02}" for one in range(number - _MONTHS, number + 1)]
    return [*reversed(names[:-1]), names[-1]]


def _month(month: str, reader: DeskReader) -> str:
    return f"<li><b>{month}</b> {_forms(f'/v1/desk/report?month={month}&amp;', month)}</li>"


def _forms(to: str, what: str) -> str:
    return " ".join(
        f'<a href="{to}form={form}" download aria-label="{text(what)} {name}">{name}</a>'
        for form, name in (("xlsx", "XLSX"), ("csv", "CSV"))
    )
