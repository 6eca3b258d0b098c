"""``placelibre desk at``: the whole desk as it was."""

from datetime import datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from gateways.desk.then import ThenKnown, then_document
from gateways.terminal.render import snapshot_table
from gateways.words.language import Language
from ops.console import AsJson, TenantOption, err, out, print_json, settings_of
from ops.desk_past import DeskPast
from ops.past import open_past
from parking.printable import visible
from parking.words import ClockBasis
from store.changes import ChangesPosition
from store.snapshots import Snapshot


def at(
    context: typer.Context,
    time: Annotated[
        str, typer.Argument(metavar="TIME", help="2026-05-04T14:30 is the city's time; or with Z or +02:00")
    ],
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Show the whole desk as it was: what was published, what was set by hand, alarms, what signs were told to show.

    Places are as `placelibre at` says them; the rest is what had been decided by then and still held.

    [bold]Example[/bold]: placelibre desk at 2026-05-04T14:05 --tenant nantes
    """
    settings = settings_of(context)
    then = DeskPast(settings, open_past(settings, tenant).tenant).find_then(time)
    if as_json:
        print_json(then_document(then))
        return
    language = settings.language
    told = then.clock.tell(language, then.at)
    out.print(language.say("desk_past.label", time=told), style="bold reverse", highlight=False, soft_wrap=True)
    snapshot = Snapshot(then.tenant, then.at, ClockBasis.WALL, ChangesPosition("", "0-0"), then.rows)
    out.print(snapshot_table(language, snapshot, f"{then.tenant}, {told}", out.width))
    if then.decided is None:
        err.print(language.say("desk_past.no_decisions", trouble=then.trouble or ""), highlight=False, soft_wrap=True)
        return
    out.print(_decided_table(language, then))


def _decided_table(language: Language, then: ThenKnown) -> Table:
    """What had been decided, a line each."""
    assert then.decided is not None
    table = Table(title=language.say("desk_past.decided"), title_justify="left")
    for name in ("subject", "said", "author", "since"):
        table.add_column(language.say(f"desk_past.{name}"), overflow="fold")
    known = [line.known for line in then.decided.lines] + [order.known for order in then.decided.sign_orders]
    for alarm in then.decided.alarms:
        condition, raised = alarm.word.condition, alarm.word.raised_at
        said = f"{alarm.state(then.at).value}: {condition.name} ({condition.kind.value})"
        cells = (f"alarm:{alarm.id}", said, alarm.handling.owner or "", "" if raised is None else _when(then, raised))
        table.add_row(*map(_safe, cells))
    for one in [*known, *then.decided.places]:
        decision = one.decision
        said = str(decision.output.get("text", decision.reason or ""))
        cells = (decision.subject, said, decision.author or "", _when(then, decision.decided_at))
        table.add_row(*map(_safe, cells))
    return table


def _when(then: ThenKnown, at: datetime) -> str:
    return f"{at.astimezone(then.clock.zone):%Y-%m-%d %H:%M:%S}"


def _safe(text: str) -> str:
    return escape(visible(text))
