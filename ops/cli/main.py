"""The root command, its flags, and what happens to an error."""

import errno
import inspect
import logging
import os
import re
import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer
from aiokafka.errors import KafkaError
from redis.exceptions import AuthenticationError, RedisError
from rich.markup import escape

from ops.cli import (
    adapters,
    catalogue,
    city,
    decode,
    desk,
    devices,
    feed,
    feeds,
    fuzz,
    history,
    intake,
    local,
    query,
    rejects,
    service,
    signs,
    simulate,
    why,
)
from ops.console import err
from ops.ending import told_at_the_end
from ops.hiding import hide, remember
from ops.logs import set_up, speaks_json
from ops.mappings import register_mappings
from ops.settings import list_misspelt, list_open_secrets, load_settings
from parking.errors import ParkingError
from serving.errors import BrokenServiceError

log = logging.getLogger(__name__)
EXIT_FAILED = 2
_ADDRESS = re.compile(r"\('([^']+)', (\d+), <[^>]+>\)")
"""A broker as aiokafka writes it."""
VERSION = version("placelibre")
"""As pyproject.toml had it when this was installed."""

app = typer.Typer(
    name="placelibre",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Dit à une ville, en direct et honnêtement, où il reste de la place. · Tells a city, live and honestly, where "
    "there is a space to park.\n\n"
    "Start with [bold]placelibre run[/bold]; ask with [bold]placelibre sites[/bold] and "
    "[bold]placelibre nearest -1.5577 47.2131[/bold]. Every setting is also PLACELIBRE_<NAME> in the environment or a "
    "line in placelibre.toml (docs/settings.md).",
    epilog=f"placelibre {VERSION}",
)


def _show_version(asked: bool) -> None:
    if asked:
        print(f"placelibre {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    kafka: Annotated[str | None, typer.Option(help="Kafka, host:port")] = None,
    redis: Annotated[str | None, typer.Option(help="Redis or Valkey, as a URL")] = None,
    namespace: Annotated[str | None, typer.Option(help="prefix of topics")] = None,
    lang: Annotated[str | None, typer.Option(help="language of tables and pictures: fr, en or br")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error")] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="say which version this is")
    ] = False,
) -> None:
    """Load the settings; flags given here go before environment and file."""
    settings = load_settings(kafka=kafka, redis=redis, namespace=namespace, lang=lang, log_level=log_level)
    remember(settings)
    set_up(settings.log_level, settings.log_format)
    for sentence in [*list_misspelt(os.environ), *list_open_secrets(redis)]:
        log.warning("%s", sentence)
    register_mappings(settings)
    context.obj = settings


app.command()(service.run)
app.command()(service.worker)
app.command()(service.serve)
app.command()(feeds.poll)
app.command()(feeds.replay)
app.add_typer(feed.app, name="feed")
app.command()(adapters.adapters)
app.command()(decode.decode)
app.command()(fuzz.fuzz)
app.command()(simulate.simulate)
app.command()(intake.mqtt)
app.command()(intake.webhook)
app.command()(query.sites)
app.command()(query.site)
app.command(context_settings={"ignore_unknown_options": True})(query.nearest)
app.command()(devices.devices)
app.command()(history.history)
app.command()(history.at)
app.command()(why.why)
app.command()(history.plot)
app.add_typer(rejects.app, name="rejects")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(city.app, name="city")
app.add_typer(signs.app, name="signs")
app.add_typer(desk.app, name="desk")
app.command()(service.doctor)
app.add_typer(local.app, name="local")


def _let_flow(of: typer.Typer) -> None:
    """Help as wide as the terminal: within a paragraph, the lines of our files end nowhere."""
    for command in of.registered_commands:
        paragraphs = inspect.getdoc(command.callback) or ""
        command.help = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs.split("\n\n"))
    for group in of.registered_groups:
        if group.typer_instance is not None:
            _let_flow(group.typer_instance)


_let_flow(app)


def main() -> None:
    """Run the command line; a foreseen error is one sentence that says what to do, and exit code 2."""
    set_up("info", os.environ.get("PLACELIBRE_LOG_FORMAT", "text"))  # until the settings say how
    try:
        with told_at_the_end():
            app()
    except BrokenServiceError as error:
        from streams.worker_app import EXIT_BROKEN  # here: with Faust, which only a worker needs

        logging.getLogger(__name__).critical("%s", error)
        sys.exit(EXIT_BROKEN)
    except ParkingError as error:
        _fail(str(error))
    except AuthenticationError as error:
        _fail(f"Redis refuses its user ({error}): set user and password in PLACELIBRE_REDIS.")
    except RedisError as error:
        _fail(f"Redis does not answer ({error}). Start one with `placelibre local up`, or set PLACELIBRE_REDIS.")
    except KafkaError as error:
        why = _ADDRESS.sub(r"\1:\2", str(error))
        _fail(f"Kafka does not answer ({why}). Start one with `placelibre local up`, or set PLACELIBRE_KAFKA.")
    except OSError as error:
        if error.errno == errno.ENOSPC:
            _fail(f"the disk is full ({error}): make room, then start again; what was not written is written then")
        if error.filename is None:
            _confess(error)
        _fail(f"{error.filename} cannot be used ({error.strerror}): give another path, or the right to write there")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        _confess(error)


def _confess(error: Exception) -> NoReturn:
    """The traceback of a mistake of ours takes the way of the log as well, so no secret is in it."""
    log.critical("this is a mistake of placelibre's, not yours: %s", error, exc_info=error)
    sys.exit(1)


def _fail(message: str) -> NoReturn:
    if speaks_json():
        log.critical("%s", message)
        sys.exit(EXIT_FAILED)
    err.print(f"[bold red]error:[/bold red] {escape(hide(message))}", soft_wrap=True)
    sys.exit(EXIT_FAILED)
