"""``placelibre signs audit``: who decided what about which sign, what came of it; is the record as it was."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from ops.auditing import HEADS, LISTED_FOR, Verified, list_acts, verify
from ops.cities import find_city
from ops.console import AsJson, TenantOption, out, print_json, run, settings_of
from ops.past import find_clock
from ops.times import understand
from parking.decisions.acting import DecisionNow
from parking.instants import in_text

EXIT_TAMPERED = 1
LATEST = 50
"""Rows of the table; --json has all."""


def audit(
    context: typer.Context,
    sign: Annotated[str | None, typer.Option(help="one sign's id; default: all")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="from then on; default: for a day")] = None,
    verify_: Annotated[bool, typer.Option("--verify", help="find any change, and seal what is new")] = False,
    heads: Annotated[Path | None, typer.Option(help="file of seals; default: audit-heads.jsonl in data_dir")] = None,
    expect: Annotated[str | None, typer.Option(help="a seal's digest that was written down elsewhere")] = None,
    tenant: TenantOption = None,
    as_json: AsJson = False,
) -> None:
    """List what was decided and said about signs, from what, by whom, and what came of it; from topic and history.

    With --verify: whether an entry was changed, taken out or put in, the end of the record cut off, or a part of it
    replaced since the last such audit. Exit code 1 if so. See docs/signs.md, Audit.

    [bold]Examples[/bold]: placelibre signs audit --sign A12 --json · placelibre signs audit --verify
    """
    settings = settings_of(context)
    city = run(find_city(settings, tenant))
    zone = find_clock(settings, city).zone if since else UTC
    start = understand(since, zone).instant if since else datetime.now(UTC) - LISTED_FOR
    verified = run(verify(settings, heads or settings.data_dir / HEADS, expect, city)) if verify_ else None
    acts = [] if verify_ and not as_json else run(list_acts(settings, city, sign, start))
    if as_json:
        document: dict[str, Any] = {"acts": [_document(act) for act in acts]}
        if verified is not None:
            document["verified"] = {**verified._asdict(), "findings": [one._asdict() for one in verified.findings]}
        print_json(document)
    else:
        _print(acts, verified)
    if verified is not None and any(finding.is_fault for finding in verified.findings):
        raise typer.Exit(EXIT_TAMPERED)


def _document(act: DecisionNow) -> dict[str, Any]:
    decision: dict[str, Any] = msgspec.to_builtins(act.decision, str_keys=True)
    return {"decision": decision, "state": act.state, "confirmation": msgspec.to_builtins(act.confirmation)}


def _print(acts: list[DecisionNow], verified: Verified | None) -> None:
    if verified is None:
        table = Table("when", "about", "what", "by", "state")
        for act in acts[-LATEST:]:
            decision = act.decision
            said = decision.output.get("text", decision.output)
            by = f"{decision.author} ({decision.reason})" if decision.author else decision.rule
            cells = (in_text(decision.decided_at), decision.subject, str(said) or "dark", by, act.state)
            table.add_row(*map(escape, cells))
        out.print(table)
        if len(acts) > LATEST:
            out.print(f"the last {LATEST} of {len(acts)}; --json lists all", highlight=False)
        return
    for finding in verified.findings:
        out.print(
            f"{'✗' if finding.is_fault else '·'} {escape(finding.where)}: {escape(finding.what)}", highlight=False
        )
    faults = sum(finding.is_fault for finding in verified.findings)
    out.print(
        f"{verified.records} records in {verified.chains} chains, {faults} faults. Seal to be written down elsewhere: "
        f"{verified.head or 'none, the record is empty'}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
