"""What was refused, and why; and sending it again after the fix."""

from collections import Counter, defaultdict
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from gateways.words.language import Language
from ops.console import err, out, print_json, run, settings_of
from ops.redriving import redrive as send_again
from ops.settings import Settings
from parking.errors import ParkingError
from parking.instants import in_text
from parking.printable import visible
from parking.words import RejectReason
from streams.rejects import Kept, read_rejects

SHOWN_REJECT = 120
app = typer.Typer(invoke_without_command=True, rich_markup_mode="rich")

OfTenant = Annotated[str | None, typer.Option("--tenant", help="only this city; default: all")]
OfReason = Annotated[RejectReason | None, typer.Option("--reason", help="only this reason (docs/dictionary.md)")]
OfSource = Annotated[str | None, typer.Option("--source", help="only this source")]
All = Annotated[bool, typer.Option("--all", help="also those that have been sent again")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output")]


class UnknownRejectError(ParkingError):
    """No reject bears that id; the message says where ids are listed."""


def _read(
    settings: Settings, tenant: str | None, reason: RejectReason | None, source: str | None, everything: bool
) -> list[Kept]:
    return [
        kept
        for kept in run(read_rejects(settings.kafka, settings.namespace))
        if (tenant is None or kept.reject.tenant == tenant)
        and (reason is None or kept.reject.reason is reason)
        and (source is None or kept.reject.source == source)
        and (everything or kept.is_open)
    ]


@app.callback(help="Records that were refused, counted by reason, each with an example.\n\n"
              "[bold]Examples[/bold]: placelibre rejects --json · placelibre rejects list --reason negative_count · "
              "placelibre rejects redrive --reason unknown_site")  # fmt: skip
def rejects(context: typer.Context, tenant: OfTenant = None, everything: All = False, as_json: AsJson = False) -> None:
    """Counts by reason, where no other command is named."""
    if context.invoked_subcommand is None:
        settings = settings_of(context)
        _summarise(settings.language, _read(settings, tenant, None, None, everything), as_json)


@app.command("list")
def list_rejects(
    context: typer.Context, tenant: OfTenant = None, reason: OfReason = None, source: OfSource = None,
    everything: All = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """List every refused record with the reason in a sentence, and the beginning of its bytes.

    [bold]Example[/bold]: placelibre rejects list --reason unknown_site --source nantes
    """
    settings = settings_of(context)
    found = _read(settings, tenant, reason, source, everything)
    if as_json:
        print_json([_row(kept) for kept in found])
        return
    for kept in found:
        detail, raw = visible(kept.reject.detail), visible(_text(kept)[:SHOWN_REJECT])
        out.print(f"{kept.reject.reject_id}  {detail}\n    {raw}", markup=False)
    err.print(settings.language.say("rejects.refused", count=len(found)))


@app.command()
def show(
    context: typer.Context,
    reject_id: Annotated[str, typer.Argument(metavar="ID", help="as `rejects list` shows it")],
    as_json: AsJson = False,
) -> None:
    """Show one refused record, with all its bytes.

    [bold]Example[/bold]: placelibre rejects show 1b0da66f59cff919
    """
    settings = settings_of(context)
    found = [kept for kept in _read(settings, None, None, None, True) if kept.reject.reject_id == reject_id]
    if not found:
        raise UnknownRejectError(f"there is no reject {reject_id!r}: `placelibre rejects list --all` lists them")
    row = _row(found[0])
    if as_json:
        print_json(row)
        return
    for name, value in row.items():
        out.print(f"[dim]{name:12}[/dim] {escape(visible(str(value)))}", highlight=False, soft_wrap=True)


@app.command()
def redrive(
    context: typer.Context,
    reject_ids: Annotated[list[str] | None, typer.Argument(help="these only; default: all")] = None,
    tenant: OfTenant = None, reason: OfReason = None, source: OfSource = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="read them again, send nothing")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Send refused records again, once, after the catalogue or an adapter was corrected.

    Each is read again by today's adapter and goes where today's catalogue says. A record that is still unusable stays
    open. One that was sent is not sent again, unless it is refused again.

    [bold]Examples[/bold]: placelibre rejects redrive --reason unknown_site --dry-run ·
    placelibre rejects redrive 1b0da66f59cff919
    """
    settings = settings_of(context)
    chosen = _read(settings, tenant, reason, source, False)
    if reject_ids:
        strangers = set(reject_ids) - {kept.reject.reject_id for kept in chosen}
        if strangers:
            raise UnknownRejectError(f"not open (never refused, or sent again already): {', '.join(sorted(strangers))}")
        chosen = [kept for kept in chosen if kept.reject.reject_id in reject_ids]
    with Progress(console=err, transient=True) as progress:
        bar = progress.add_task(settings.language.say("rejects.reading"), total=len(chosen))
        report = run(send_again(settings, chosen, dry_run, lambda: progress.advance(bar)))
    if as_json:
        print_json({"dry_run": dry_run, "read": len(chosen), "sent_rejects": report.rejects,
                    "sent_observations": report.observations, "still_refused": report.still_refused,
                    "problems": report.problems})  # fmt: skip
        return
    told = settings.language.say(
        "rejects.would_send" if dry_run else "rejects.sent_again",
        count=report.rejects, all=len(chosen), observations=report.observations,
    )  # fmt: skip
    out.print(told, highlight=False)
    for reject_id, why in (report.still_refused | report.problems).items():
        out.print(f"  {reject_id}  {visible(why)}", markup=False, highlight=False, soft_wrap=True)


def _summarise(language: Language, found: list[Kept], as_json: bool) -> None:
    counts = Counter((kept.reject.reason, kept.reject.source) for kept in found)
    example: dict[tuple[RejectReason, str], str] = {}
    for kept in found:
        example.setdefault((kept.reject.reason, kept.reject.source), kept.reject.detail)
    if as_json:
        by_reason: dict[str, dict[str, object]] = defaultdict(dict)
        for (why, source), count in sorted(counts.items()):
            by_reason[why.value][source] = {"count": count, "example": example[why, source]}
        print_json({"total": len(found), "by_reason": by_reason})
        return
    table = Table(caption=language.say("rejects.refused", count=len(found)), caption_justify="left")
    for name in ("reason", "meaning", "source", "number", "example"):
        table.add_column(language.say(f"rejects.{name}"))
    for (why, source), count in counts.most_common():
        table.add_row(why.value, language.word(why), _safe(source), language.number(count), _safe(example[why, source]))
    out.print(table)


def _safe(text: str) -> str:
    return escape(visible(text))


def _text(kept: Kept) -> str:
    return kept.reject.raw.decode("utf-8", "backslashreplace")


def _row(kept: Kept) -> dict[str, object]:
    reject = kept.reject
    return {
        "reject_id": reject.reject_id,
        "tenant": reject.tenant,
        "source": reject.source,
        "device_id": reject.device_id,
        "place_id": reject.place_id,
        "reason": reject.reason.value,
        "detail": reject.detail,
        "rejected_at": in_text(reject.rejected_at),
        "times": kept.times,
        "open": kept.is_open,
        "raw_length": reject.raw_length,
        "raw": _text(kept),
    }
