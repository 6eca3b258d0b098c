"""What every command shares: settings from the root's flags, two consoles, and errors that say what to do."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import redis.asyncio as aioredis
import typer
from rich.console import Console, ConsoleOptions, RenderableType
from rich.errors import MarkupError
from rich.markup import escape
from rich.segment import Segment
from rich.text import Text

from ops.ending import until_told
from ops.hiding import hide, hide_in
from ops.logs import speaks_json
from ops.settings import Settings
from parking.printable import visible, visible_json
from store.connecting import open_redis

log = logging.getLogger(__name__)
T = TypeVar("T")


class SafeConsole(Console):
    """A console that obeys us alone: what others wrote is seen and does nothing, and no secret is shown."""

    def render_str(self, text: str, **how: Any) -> Text:
        """See rich. What only looks like markup is shown as it is."""
        text = visible(hide(text), keep="\n")
        try:
            return super().render_str(text, **how)
        except MarkupError:
            return super().render_str(text, **how | {"markup": False})

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """See rich."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield Segment(visible(segment.text, keep="\n"), segment.style)


out = SafeConsole()
err = SafeConsole(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, and nothing else")]
TenantOption = Annotated[
    str | None, typer.Option(help="the city; default: the setting `tenant`, or the only one there is")
]


def settings_of(context: typer.Context) -> Settings:
    """The settings that the root command loaded."""
    settings = context.find_root().obj
    assert isinstance(settings, Settings)
    return settings


def say(line: str) -> None:
    """A step of something long, for whoever waits."""
    if speaks_json():
        log.info("%s", line)
        return
    err.print(f"· {escape(line)}")


def print_json(document: object) -> None:
    """One JSON document on standard output, and nothing else."""
    typer.echo(visible_json(json.dumps(hide_in(document), ensure_ascii=False, indent=2)))


@asynccontextmanager
async def live_state(settings: Settings) -> AsyncIterator["aioredis.Redis"]:
    """A connection to Redis that gives up within seconds, for a question asked once."""
    client = open_redis(settings.redis, connect_s=3, reply_s=10)
    try:
        yield client
    finally:
        await client.aclose()


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, or until SIGTERM, which the main thread alone hears."""
    is_told = threading.current_thread() is threading.main_thread()
    return asyncio.run(until_told(work) if is_told else work)


def read_speed(text: str) -> float | None:
    """How many times faster than it happened; None for "max"."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1e6:
        raise typer.BadParameter(f"{text!r} must be a number above 0 (60 is an hour a minute), or max")
    return speed
