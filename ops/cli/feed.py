"""Writing a mapping for a city's feed: propose one, and see what it reads."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from gateways.terminal.render import words_for_age
from gateways.words.language import Language
from ops.cli.catalogue import EXIT_REFUSED
from ops.console import out, print_json, run, settings_of
from ops.feeding import access_to, open_client
from ops.mappings import open_mapping
from ops.settings import Settings
from parking.errors import ParkingError
from parking.instants import in_text
from sensors.contract import Paging
from sensors.intake.access import NO_ACCESS, Access
from sensors.intake.fetching import FeedState, NoBodyError, fetch, unpacked
from sensors.intake.paging import PAGERS
from sensors.recognising import find_readers
from sensors.sources.mapped.guessing import guess_mapping
from sensors.sources.mapped.trial import Trial, TriedRefusal, TriedRow, try_mapping

SHOWN_BYTES = 160
app = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
Where = Annotated[str, typer.Argument(metavar="URL|FILE", help="the feed, or a saved answer of it", show_default=False)]


class NoFeedError(ParkingError):
    """There is nothing to read there; the message says what to give."""


@app.callback()
def feed() -> None:
    """Write a mapping for a city's own feed, without code (docs/mapping/mapped.md): propose one, and see what it reads.

    [bold]Examples[/bold]: placelibre feed guess samples/feeds/exempleville.json ·
    placelibre feed try samples/feeds/exempleville.json --mapping samples/feeds/exempleville.toml
    """


@app.command("try")
def try_(
    context: typer.Context,
    where: Where,
    mapping: Annotated[Path, typer.Option(help="a mapping (*.toml)", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:
    """Show what a mapping reads, record by record, and all that it refuses, with the reason. Nothing is sent anywhere.

    A file is judged by its own times, an address by now. Ends with 1 where anything was refused, else with 0.

    [bold]Examples[/bold]: placelibre feed try samples/feeds/exempleville.json
    --mapping samples/feeds/exempleville.toml ·
    placelibre feed try https://data.example/parkings --mapping samples/feeds/exempleville.toml --json
    """
    settings, source = settings_of(context), open_mapping(mapping)
    is_file = not _is_address(where)
    access = NO_ACCESS if is_file else access_to(source.INFO.id, settings)
    bodies = run(_bodies(where, settings, access, source.INFO.paging))
    trial = try_mapping(source, bodies, datetime.now(UTC), recorded=is_file)
    if as_json:
        print_json(_document(trial))
    else:
        _print(settings.language, source.INFO.id, trial)
    raise typer.Exit(EXIT_REFUSED if trial.refusals else 0)


@app.command()
def guess(context: typer.Context, where: Where) -> None:
    """Propose a mapping for a feed, as TOML on standard output: where each line came from, and what is doubtful.

    It is a beginning to be read and corrected: lines marked "doubtful" are guesses, and no word or number without a
    clear meaning is given one. Then see what it reads with [bold]placelibre feed try[/bold]. Where a source of ours
    reads the feed as it is, that is said first.

    [bold]Examples[/bold]: placelibre feed guess samples/feeds/exempleville.json ·
    placelibre feed guess https://data.example/parkings
    """
    bodies = run(_bodies(where, settings_of(context), NO_ACCESS, Paging.NEXT_LINK))
    for name in find_readers(bodies[0], datetime.now(UTC)):
        typer.echo(f"# The source {name} reads this as it is: placelibre decode {name} FILE shows what.")
    typer.echo(guess_mapping(bodies[0], where), nl=False)


def _is_address(where: str) -> bool:
    return where.startswith(("http://", "https://"))


async def _bodies(where: str, settings: Settings, access: Access, paging: Paging) -> Sequence[bytes]:
    """What a file holds, or an address answers. Raises NoFeedError."""
    if not _is_address(where):
        return [_read_file(Path(where))]
    async with open_client(settings) as client:
        polled = await fetch(client, FeedState(where, PAGERS[paging], access), datetime.now(UTC))
    if not polled.bodies:
        raise NoFeedError(f"the feed did not answer: {polled.error or 'it had nothing to say'}")
    return polled.bodies


def _read_file(path: Path) -> bytes:
    try:
        body = path.read_bytes()
        return unpacked(body) if body.startswith(b"\x1f\x8b") else body
    except (OSError, NoBodyError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise NoFeedError(f"{path} cannot be read: {why}; give a saved answer, or an address (https://…)") from error


def _print(language: Language, source: str, trial: Trial) -> None:
    names = ("id", "name", "vacant", "capacity", "category", "opening", "time", "position")
    _table(language, names, escape(source), [_cells(language, row) for row in trial.rows])
    refused = map(_refused, trial.refusals)
    _table(language, ("id", "reason", "became", "bytes"), language.say("feed.refused"), list(refused))
    counts: dict[str, Any] = dict(trial.counts)
    out.print(language.say("feed.summary", **counts), highlight=False, soft_wrap=True)


def _table(language: Language, names: Sequence[str], title: str, rows: Sequence[Sequence[str]]) -> None:
    """All rows, and each cell whole: what is too wide goes on in the next line."""
    table = Table(title=title)
    for name in names:
        table.add_column(language.say(f"feed.{name}"), overflow="fold")
    for cells in rows:
        table.add_row(*map(_plain, cells))
    if rows:
        out.print(table)


def _cells(language: Language, row: TriedRow) -> tuple[str, ...]:
    word = row.level or row.fault
    said = row.vacant if row.vacant is not None else row.state or (word and language.word(word))
    at = f"{in_text(row.observed_at)} ({words_for_age(language, row.age_s)})"
    point = "–" if row.point is None else f"{row.point.lon:.5f} {row.point.lat:.5f}"
    numbers = [str(said if said is not None else "–"), str(row.capacity if row.capacity is not None else "–")]
    words = (language.word(word) if word else "–" for word in (row.category, row.opening))
    return row.device_id, row.name or "–", *numbers, *words, at, point


def _refused(refusal: TriedRefusal) -> tuple[str, ...]:
    reject = refusal.reject
    raw = " ".join(reject.raw[:SHOWN_BYTES].decode("utf-8", "replace").split()) + (
        "…" if reject.raw_length > SHOWN_BYTES else ""
    )
    return reject.device_id or "–", f"{reject.reason}: {reject.detail}", refusal.sentence, raw


def _plain(text: str) -> str:
    """Nothing from a wire moves the cursor or sets a colour."""
    return escape("".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text))


def _document(trial: Trial) -> dict[str, Any]:
    return {
        "records": [{name: msgspec.to_builtins(value) for name, value in row._asdict().items()} for row in trial.rows],
        "refused": [
            {
                "device_id": one.reject.device_id, "reason": one.reject.reason, "detail": one.reject.detail,
                "became": one.sentence, "raw": one.reject.raw.decode("utf-8", "replace"),
            }
            for one in trial.refusals
        ],
        "counts": dict(trial.counts),
    }  # fmt: skip
