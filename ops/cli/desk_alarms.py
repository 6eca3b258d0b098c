"""``placelibre desk alarms`` and what is said to one: ack, shelve, unshelve, note."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from gateways.desk.watching.book import ANY_STATE, BookEntry
from gateways.desk.watching.documents import alarm_document, counts_document
from gateways.words.alarms import alarm_title
from gateways.words.language import Language
from ops.cities import find_city
from ops.console import AsJson, TenantOption, out, print_json, run, settings_of
from ops.desk_alarms import AlarmsNow
from ops.ordering import in_a_while
from ops.past import find_clock
from ops.settings import Settings
from ops.times import understand
from parking.health.alarms.acts import Acknowledge, AddNote, AlarmAct, Shelve, Unshelve
from parking.health.alarms.handling import ShelfReason
from parking.health.alarms.model import AlarmState
from parking.instants import in_text
from parking.printable import visible

AlarmArgument = Annotated[str, typer.Argument(metavar="ALARM", help="its id, as `desk alarms` lists it")]
AlarmAuthor = Annotated[str, typer.Option("--author", help="who says so; it stands in the record", show_default=False)]


def alarms(
    context: typer.Context,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="any, or one of ISA-18.2's: " + ", ".join(AlarmState))
    ] = None,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """List the alarms of a city, the most pressing first: what, whom it hits, since when, who is on it.

    [bold]Examples[/bold]: placelibre desk alarms · placelibre desk alarms --state shelved --json
    """
    if state not in (None, ANY_STATE, *AlarmState):
        raise typer.BadParameter(f"{state!r:.40} is no state: any, {', '.join(AlarmState)}")
    settings, desk = _desk(context, tenant)
    now, book = run(desk.now()), run(desk.read())
    found = book.listed(now, state)
    if as_json:
        documents = [alarm_document(entry, now) for entry in found]
        print_json({"tenant": desk.tenant, "counts": counts_document(book.entries(), now), "alarms": documents})
        return
    out.print(_table(settings.language, found, now))


def ack(context: typer.Context, alarm: AlarmArgument, author: AlarmAuthor, tenant: TenantOption = None) -> None:
    """Acknowledge an alarm: somebody has seen it.

    [bold]Example[/bold]: placelibre desk ack feed_silent-e95d403a72 --author m.durand
    """
    _say(context, tenant, alarm, Acknowledge(), author)


def shelve(
    context: typer.Context,
    alarm: AlarmArgument,
    author: AlarmAuthor,
    reason: Annotated[ShelfReason, typer.Option(help="why", show_default=False)],
    until: Annotated[str | None, typer.Option(metavar="TIME", help="2026-05-04T14:30 is the city's time")] = None,
    for_: Annotated[str | None, typer.Option("--for", metavar="WHILE", help="or for how long: 45m, 2h, 3d")] = None,
    note: Annotated[str, typer.Option(help="a word more, for the next shift")] = "",
    tenant: TenantOption = None,
) -> None:
    """Set an alarm aside until a time, a week away at most; then it is back by itself.

    [bold]Example[/bold]: placelibre desk shelve feed_silent-e95d403a72 --author m.durand --reason works --for 2h
    """
    settings, desk = _desk(context, tenant)
    if (until is None) is (for_ is None):
        raise typer.BadParameter("say when it ends, by one of --until 2026-05-04T14:30 and --for 2h")
    end = in_a_while(run(desk.now()), for_) if for_ else _instant(settings, desk.tenant, until or "")
    _say(context, tenant, alarm, Shelve(until=end, reason=reason, note=note), author)


def unshelve(context: typer.Context, alarm: AlarmArgument, author: AlarmAuthor, tenant: TenantOption = None) -> None:
    """Let an alarm count again at once.

    [bold]Example[/bold]: placelibre desk unshelve feed_silent-e95d403a72 --author m.durand
    """
    _say(context, tenant, alarm, Unshelve(), author)


def note(
    context: typer.Context,
    alarm: AlarmArgument,
    text: Annotated[str, typer.Argument(help="what the next shift should know")],
    author: AlarmAuthor,
    tenant: TenantOption = None,
) -> None:
    """Write something down about an alarm.

    [bold]Example[/bold]: placelibre desk note feed_silent-e95d403a72 "they come at two" --author m.durand
    """
    _say(context, tenant, alarm, AddNote(text=text), author)


def _desk(context: typer.Context, tenant: str | None) -> tuple[Settings, AlarmsNow]:
    settings = settings_of(context)
    return settings, AlarmsNow(settings, run(find_city(settings, tenant)))


def _say(context: typer.Context, tenant: str | None, alarm: str, act: AlarmAct, author: str) -> None:
    _, desk = _desk(context, tenant)
    decision = run(desk.say(alarm, act, author))
    out.print(f"{decision.id}  {in_text(decision.decided_at)}  {decision.subject}", markup=False, highlight=False)


def _instant(settings: Settings, tenant: str, text: str) -> datetime:
    return understand(text, find_clock(settings, tenant).zone).instant


def _table(language: Language, found: list[BookEntry], now: datetime) -> Table:
    table = Table()
    for name in ("id", "state", "what", "places", "spaces", "since", "owner"):
        table.add_column(language.say(f"alarm_table.{name}"))
    for entry in found:
        condition = entry.alarm.word.condition
        since = condition.since or entry.alarm.word.raised_at
        table.add_row(
            entry.alarm.id, language.word(entry.state(now)), visible(alarm_title(language, condition)),
            str(len(condition.places)), str(condition.spaces), in_text(since) if since else "?",
            visible(entry.alarm.handling.owner or ""),
        )  # fmt: skip
    return table
