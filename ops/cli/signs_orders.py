"""What operators do to signs: override, extend, release, preview, read, test, drill."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape

from gateways.signs.preview import read_lines
from ops.cities import find_city
from ops.console import AsJson, TenantOption, out, print_json, run, settings_of
from ops.ordering import Desk, in_a_while
from ops.past import find_clock
from ops.settings import Settings
from ops.times import understand
from parking.decisions.acting import DecisionNow
from parking.decisions.model import Decision
from parking.instants import in_text
from parking.signs.model import Sign
from parking.signs.orders import Override, TaskKind
from parking.signs.proposals import PROPOSAL_RULE
from parking.signs.words import InvalidSignError, OrderReason

SignArgument = Annotated[str, typer.Argument(metavar="SIGN", help="the sign's id", show_default=False)]
Author = Annotated[str, typer.Option(help="who says so; it stands in the record", show_default=False)]
Reason = Annotated[OrderReason, typer.Option(help="why", show_default=False)]
Until = Annotated[str | None, typer.Option(metavar="TIME", help="when it ends: 2026-05-04T14:30 is the city's time")]
For = Annotated[str | None, typer.Option("--for", metavar="WHILE", help="or after how long: 45m, 2h, 3d")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="wait for what the sign says")]
EXIT_NOT_DONE = 1
ORDER_PATIENCE_S = 30.0
DRILL_PATIENCE_S = 150.0


def override(
    context: typer.Context,
    sign: SignArgument,
    reason: Reason,
    author: Author,
    line: Annotated[
        list[str] | None, typer.Option(metavar="N=MESSAGE", help="what a line is to show, like 1=closed; others: dark")
    ] = None,
    test_pattern: Annotated[bool, typer.Option("--test-pattern", help="light every pixel instead")] = False,
    until: Until = None,
    for_: For = None,
    note: Annotated[str | None, typer.Option(help="a word more, for whoever reads the record")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="also where another override holds")] = False,
    wait: Wait = True,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Take a sign over until a time: lines show messages of the closed vocabulary, or nothing. Numbers are not shown.

    It ends by itself; nothing automatic moves its end. `signs extend` and `signs release` change it, `signs preview`
    draws it first. Exit code 1 where the sign did not do it.

    [bold]Examples[/bold]: placelibre signs override A12 --reason works --author m.durand --for 2h --line 1=closed ·
    placelibre signs override A12 --reason incident --author m.durand --until 2026-05-04T14:30
    """
    desk, settings = desk_of(context, tenant)
    found = run(desk.get_sign(sign))
    held = run(desk.find_held(found))
    if held is not None and not replace:
        raise InvalidSignError(
            f"{held.author} has taken sign {sign} over ({held.reason.value}) until {in_text(held.expires_at)}: "
            f"--replace ends that"
        )
    order = Override(
        reason=reason, author=author, expires_at=_end(settings, desk, until, for_), lines=read_lines(line or []),
        test=test_pattern, note=note,
    )  # fmt: skip
    finish(desk, run(desk.override(found, order)), wait, ORDER_PATIENCE_S, as_json)


def extend(
    context: typer.Context,
    sign: SignArgument,
    author: Author,
    until: Until = None,
    for_: For = None,
    wait: Wait = True,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Let the override that holds on a sign end at another time; what it shows stays.

    [bold]Example[/bold]: placelibre signs extend A12 --author m.durand --for 1h
    """
    desk, settings = desk_of(context, tenant)
    found = run(desk.get_sign(sign))
    end = _end(settings, desk, until, for_, run(desk.find_held(found)))
    finish(desk, run(desk.extend(found, author, end)), wait, ORDER_PATIENCE_S, as_json)


def release(
    context: typer.Context,
    sign: SignArgument,
    author: Author,
    reason: Annotated[OrderReason | None, typer.Option(help="why; default: as it was taken")] = None,
    wait: Wait = True,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """End the override of a sign: it shows what is free again.

    [bold]Example[/bold]: placelibre signs release A12 --author m.durand
    """
    desk, _ = desk_of(context, tenant)
    found = run(desk.get_sign(sign))
    finish(desk, run(desk.release(found, author, reason)), wait, ORDER_PATIENCE_S, as_json)


def health(
    context: typer.Context, sign: SignArgument, author: Author, tenant: TenantOption = None, as_json: AsJson = False
) -> None:
    """Read now what a sign says of itself: pixels, power, door, temperature, photocell, running hours.

    [bold]Example[/bold]: placelibre signs health A12 --author m.durand
    """
    _ask(context, sign, TaskKind.READ, author, OrderReason.MAINTENANCE, ORDER_PATIENCE_S, tenant, as_json)


def try_pixels(
    context: typer.Context, sign: SignArgument, author: Author, tenant: TenantOption = None, as_json: AsJson = False
) -> None:
    """Have a sign try all its pixels, and say which have failed.

    [bold]Example[/bold]: placelibre signs test-pixels A12 --author m.durand
    """
    _ask(context, sign, TaskKind.PIXEL_TEST, author, OrderReason.TESTING, DRILL_PATIENCE_S, tenant, as_json)


def drill(
    context: typer.Context, sign: SignArgument, author: Author, tenant: TenantOption = None, as_json: AsJson = False
) -> None:
    """Prove that a sign goes dark by itself: it is given one minute and not spoken for until it says that it is blank.

    Prints after how many seconds it was. Exit code 1 where it was not, or where its protocol does not promise it.

    [bold]Example[/bold]: placelibre signs drill A12 --author m.durand
    """
    _ask(context, sign, TaskKind.DRILL, author, OrderReason.TESTING, DRILL_PATIENCE_S, tenant, as_json)


def desk_of(context: typer.Context, tenant: str | None) -> tuple[Desk, Settings]:
    """The city's signs as orders are given to them, and the settings."""
    settings = settings_of(context)
    return Desk(settings, run(find_city(settings, tenant))), settings


def _end(settings: Settings, desk: Desk, until: str | None, for_: str | None, held: Override | None = None) -> datetime:
    if (until is None) is (for_ is None):
        raise InvalidSignError("say when it ends, by one of --until 2026-05-04T14:30 and --for 2h")
    if for_ is not None:
        return in_a_while(held.expires_at if held else run(desk.now()), for_)
    return understand(until or "", find_clock(settings, desk.tenant).zone).instant


def _ask(
    context: typer.Context, sign: str, kind: TaskKind, author: str, reason: OrderReason, patience_s: float,
    tenant: str | None, as_json: bool,
) -> None:  # fmt: skip
    desk, _ = desk_of(context, tenant)
    found: Sign = run(desk.get_sign(sign))
    finish(desk, run(desk.ask(found, kind, author, reason)), True, patience_s, as_json)


def finish(desk: Desk, decision: Decision, wait: bool, patience_s: float, as_json: bool) -> None:
    """Print what came of it; exit code 1 where it was not done. For a second person nobody waits."""
    wait = wait and decision.rule != PROPOSAL_RULE[0]
    known = run(desk.outcome(decision, patience_s)) if wait else DecisionNow(decision)
    said: dict[str, Any] = dict(known.confirmation.said) if known.confirmation else {}
    if as_json:
        print_json({"decision": msgspec.to_builtins(decision), "state": known.state, "said": said})
    else:
        out.print(
            f"{decision.subject}  {known.state}  ({decision.id}, until {in_text(decision.valid_until)})",
            highlight=False,
        )
        for name, value in said.items():
            out.print(f"  {escape(name)}: {escape(str(value))}", highlight=False, soft_wrap=True)
        if decision.rule == PROPOSAL_RULE[0]:
            out.print("  it waits for a second person: placelibre signs confirm SIGN --author …", soft_wrap=True)
        if wait and known.is_open:
            out.print(
                "  nobody has said yet that it was done: does `signs run` run, and does the sign answer? "
                "It stands in the record, and is done once they do",
                soft_wrap=True,
            )
    if wait and known.state != "acted":
        raise typer.Exit(EXIT_NOT_DONE)
