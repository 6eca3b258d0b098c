"""Feeding every adapter with broken input, and counting what goes wrong."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ops.console import err, out, print_json, settings_of
from sensors import fuzzing

EXIT_FOUND = 1


def fuzz(
    context: typer.Context,
    frames: Annotated[int, typer.Option(help="radio messages; a whole document follows every eighth", min=1)] = 10_000,
    seed: Annotated[int, typer.Option(help="the same seed gives the same input")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="JSON on standard output")] = False,
) -> None:
    """Feed broken input, and other makes' frames, to the reader of every source; exit code 1 if one fails.

    None may raise, no byte may vanish, and no state may be read out of another make's frame, but for one byte.

    [bold]Example[/bold]: placelibre fuzz --frames 100000 --seed 7 --json
    """
    language = settings_of(context).language
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(language.say("ask.fuzz"), total=frames)
        found = fuzzing.fuzz(frames, seed, lambda done: bar.update(task, completed=done))
    if as_json:
        print_json(found._asdict() | {"examples": list(found.examples), "seed": seed})
    else:
        counts: dict[str, Any] = {name: value for name, value in found._asdict().items() if isinstance(value, int)}
        counts |= {"believed": _by_make(found.believed), "one_byte": _by_make(found.one_byte)}
        for key in ("ask.fuzzed", "ask.foreign"):
            out.print(language.say(key, **counts), highlight=False, soft_wrap=True)
        for example in found.examples:
            out.print(escape(example), highlight=False, soft_wrap=True)
    if found.exceptions or found.bytes_lost or found.believed:
        raise typer.Exit(EXIT_FOUND)


def _by_make(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{make} {count:,}" for make, count in counts.items()) or "0"
