"""``placelibre signs confirm``: the second person, where an override takes two."""

from typing import Annotated

import typer
from rich.markup import escape

from ops.cli.signs_orders import ORDER_PATIENCE_S, Author, SignArgument, Wait, desk_of, finish
from ops.console import AsJson, TenantOption, out, run
from parking.instants import in_text
from parking.signs.model import Sign
from parking.signs.proposals import Proposal
from parking.signs.words import InvalidSignError

EXIT_NOT_SEEN = 1


def confirm(
    context: typer.Context,
    sign: SignArgument,
    author: Author,
    proposal: Annotated[
        str | None, typer.Option(metavar="ID", help="the proposal that you have seen; without it, it is printed")
    ] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="let it wait no longer instead")] = False,
    wait: Wait = True,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """Confirm the override that somebody else has proposed for a sign; needed where signs_two_persons is set.

    Prints what is proposed; say it again with --proposal and its id to confirm that. The command line believes
    --author: who may use it here may be anybody. Exit code 1 where nothing was confirmed.

    [bold]Examples[/bold]: placelibre signs confirm A12 --author s.leroy ·
    placelibre signs confirm A12 --author s.leroy --proposal 6f0c2b…
    """
    desk, _ = desk_of(context, tenant)
    found = run(desk.get_sign(sign))
    if proposal is None:
        _show(found, run(desk.find_proposal(found)))
        raise typer.Exit(EXIT_NOT_SEEN)
    if refuse:
        finish(desk, run(desk.withdraw(found, author, proposal)), False, ORDER_PATIENCE_S, as_json)
        return
    finish(desk, run(desk.confirm(found, author, proposal)), wait, ORDER_PATIENCE_S, as_json)


def _show(sign: Sign, waiting: Proposal | None) -> None:
    if waiting is None:
        raise InvalidSignError(f"nothing waits for a second person on sign {sign.id}")
    wanted = waiting.override
    lines = ", ".join(f"{number}={message.value}" for number, message in sorted(wanted.lines.items()))
    shown = "every pixel lit" if wanted.test else lines or "dark"
    note = f" ({wanted.note})" if wanted.note else ""
    out.print(
        escape(
            f"{waiting.author} proposes for sign {sign.id}: {shown}, until {in_text(wanted.expires_at)}, for "
            f"{wanted.reason.value}{note}. To confirm it before {in_text(waiting.until)}: --proposal {waiting.decision}"
        ),
        highlight=False,
        soft_wrap=True,
    )
