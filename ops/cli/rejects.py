"""What was refused, and why."""

from collections import Counter, defaultdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ops.console import out, print_json, run, settings_of
from ops.settings import Settings
from parking.rejects import Reject
from parking.words import RejectReason
from streams.rejects import read_rejects

SHOWN_RAW = 120


async def _read(settings: Settings, tenant: str | None, reason: RejectReason | None) -> list[Reject]:
    """Distinct rejects: the same record refused again for the same reason counts once."""
    found: dict[str, Reject] = {}
    async for reject in read_rejects(settings.kafka, settings.namespace):
        if (tenant is None or reject.tenant == tenant) and (reason is None or reject.reason is reason):
            found.setdefault(reject.reject_id, reject)
    return list(found.values())


def rejects(
    context: typer.Context,
    tenant: Annotated[str | None, typer.Option(help="only this city; default: all")] = None,
    reason: Annotated[RejectReason | None, typer.Option(help="list every reject of one reason, with its bytes")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:
    """Records that were refused, counted by reason, each with an example.

    [bold]Examples[/bold]: placelibre rejects --json · placelibre rejects --reason negative_count
    """
    found = run(_read(settings_of(context), tenant, reason))
    if reason is not None:
        _list(found, as_json)
    else:
        _summarise(found, as_json)


def _summarise(found: list[Reject], as_json: bool) -> None:
    counts = Counter((reject.reason, reject.source) for reject in found)
    example: dict[tuple[RejectReason, str], str] = {}
    for reject in found:
        example.setdefault((reject.reason, reject.source), reject.detail)
    if as_json:
        by_reason: dict[str, dict[str, object]] = defaultdict(dict)
        for (why, source), count in sorted(counts.items()):
            by_reason[why.value][source] = {"count": count, "example": example[why, source]}
        print_json({"total": len(found), "by_reason": by_reason})
        return
    table = Table(caption=f"{len(found)} refusés · refused", caption_justify="left")
    for name in ("Raison · reason", "Source", "Nombre · count", "Exemple · example"):
        table.add_column(name)
    for (why, source), count in counts.most_common():
        table.add_row(why.value, source, str(count), escape(example[why, source]))
    out.print(table)


def _list(found: list[Reject], as_json: bool) -> None:
    rows = [
        {
            "reject_id": reject.reject_id,
            "tenant": reject.tenant,
            "source": reject.source,
            "device_id": reject.device_id,
            "reason": reject.reason.value,
            "detail": reject.detail,
            "rejected_at": reject.rejected_at.isoformat(),
            "raw_length": reject.raw_length,
            "raw": reject.raw.decode("utf-8", "backslashreplace"),
        }
        for reject in found
    ]
    if as_json:
        print_json(rows)
    else:
        for row in rows:
            out.print(f"{row['reject_id']}  {row['detail']}\n    {str(row['raw'])[:SHOWN_RAW]}", markup=False)
